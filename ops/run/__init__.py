"""Starting processes and watching them: the supervisor, each process of ours, readiness, users."""
