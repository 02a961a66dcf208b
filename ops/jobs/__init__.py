"""Clock-driven work of this node: jobs, followers of Asterisk's files, and their schedule."""
