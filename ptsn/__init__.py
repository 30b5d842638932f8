"""The command line: one file a command. The only place that knows all the other packages."""
