"""News of agencies for the call centre, told before citizens ask: messages, surges of calls to come, new
measures (P4.3, P4.7, P4.10).

Read by agents, searched, withdrawn, never deleted; entries of the book are named by their number. What may
not wait is an emergency bulletin (``hotline.bulletins``). Never enters: what callers hear.
"""
