"""Categories of cases (P5.4.1): who is in charge of a matter where, within which limits, what the caller
is asked, by which words it is found. Rows with a history; a running case keeps the version it was filed by.

Knows when a review or an agency's prevention note is due. Never enters: a case, and what a limit does to it.
"""
