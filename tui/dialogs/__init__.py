"""What asks before something is done: a window over a page, named buttons, Enter and Escape."""
