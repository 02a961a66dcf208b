"""The monthly pack: every report of a month that is over, counted once and frozen as an edition (P10, §20).

An edition is one row, written whole or not at all, and stays as it is; where a number is otherwise later, the
next edition names what differs. Never enters: the words of a page, and a file's place.
"""
