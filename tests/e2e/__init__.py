"""The whole line, through the command line."""
