"""Backups of a node, and a node made anew from one (resilience row 48).

A backup is a folder of plain files with a list of their hashes: a copy of the database, then the event log,
the journals and the configuration; sound lies beside it, once for all backups. ``taking`` makes one,
``restoring`` puts one back on an empty machine, ``rules`` says which stay. Never enters: the keys of the
installation.
"""
