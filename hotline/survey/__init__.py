"""The satisfaction survey (P10.3): who is asked after a talk or about a closed case, and what was answered.

``rules`` draws and counts, ``drawing`` decides within a call, ``service`` keeps what was answered. Never
enters: how a question sounds, and which agent talked; of that the record of calls knows.
"""
