"""Rows with a history, and who changed them: effective dating, entries, undo, the audit log and its chain.

A row holds for a period and is replaced, never changed; an entry tells what was changed at once, by whom, why
and from when on. Every act leaves an audit row that becomes a link of a chain. Knows no table of any room:
each store tells the kind of its rows. Never enters: what a row means, and who may change it.
"""
