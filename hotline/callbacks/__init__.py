"""Promises to call a citizen back (spec P5.1.1, §9.2): their states, their clocks, whose they are.

``rules`` is pure and decides what may follow what; ``service`` gives promises and ``work`` keeps them, each
step once and under a name; ``chase`` is what the clock does. A promise and the messages about it are written
in one transaction. Never enters: who answers the phone, what the caller hears, and how a citizen is dialled.
"""
