"""Cost of the hotline, measured against plain dialplan and a plain AGI server in the same run.

``python -m tools.bench`` starts everything it needs on free ports in a directory
of its own, ends it all, prints tables and can write JSON. Nothing here serves callers.
"""
