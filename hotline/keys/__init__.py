"""The keys of an installation, and what is sealed by them: values of columns, lines of files, data keys.

``ring`` seals and opens, ``files`` knows where the keys come from, ``columns`` seals at the border of the
database, ``data_keys`` keeps one key for each thing that is to be destroyed by itself, ``checks`` tells a
key that is lacking before anything is read. Never enters: what is personal and what is not, which each store
says of its own columns.
"""
