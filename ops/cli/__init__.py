"""The command line: a file a family of commands, and how their answers are written."""
