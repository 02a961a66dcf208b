"""Cases to and from other systems: every event goes out as a line of JSON, replies come back the same way.

A line is numbered, kept and handed to the outbox in one transaction; files are copies of what is kept. What a
reply may do is decided where every other door's is: by the tables of ``hotline.cases``.
"""
