"""Small scripts that run foreign code in a process of its own: it blocks, or wants the event loop for itself."""
