"""Tickets beside cases: problem tickets, the contact log, faults of the telephones (P4.1.2, P4.1.4, P11).

A ticket has an answerer and an end; who rings meanwhile is decided elsewhere.
"""
