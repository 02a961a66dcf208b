"""Rows with a history, and who changed them: effective dating, entries that are undone as a whole, the audit log and its chain."""
