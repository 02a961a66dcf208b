"""The directory as files: CSV and XLSX read, held against the rows,
imported as a whole or not at all, and written.

A second import of the same files changes nothing. What a cell may hold is decided in ``hotline.sheets`` for
every way in; contradictions between lines are found here. Workbooks that people send are read by a process of
its own. Never enters: a page's upload or who approves it (``administration``).
"""
