"""Acts of administrators over many rows: files brought into the directory, undo as a whole, days declared and
rehearsed, the directory's check, what is wrong today.

Use cases that need more than one room of ``hotline``, or the ladder or the menus beside it; each is given
what it needs and is offered alike by pages, API and command line. Never enters: a form, an HTTP status,
Asterisk's manager, and anything that one room can do by itself.
"""
