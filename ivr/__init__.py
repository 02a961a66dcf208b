"""The conversation: what a caller hears and presses, on any line.

``engine.advance`` is pure and serves Asterisk, Twilio and the keyboard alike.
Never enters: a socket, a channel variable, a clock, an SQL statement outside
``store.py``.
"""
