"""The permitted words of a row of the directory, whichever way they come: rows, columns, headings, faults.
Pure.

Files, forms, commands and the API are held to the same columns, so that an export can always be imported
again. A fault is a fact with its file, line and column; its sentence is a door's. Never enters: a database,
and what rows mean together (``hotline.directory.files`` looks at that).
"""
