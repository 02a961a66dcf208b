"""The conversation: what a caller hears and presses, on any line.

``engine.advance`` is pure and serves Asterisk, Twilio and the keyboard alike; menus and prompts are data of
``dialplans``. A turn is taken in ``turns``, which is given who keeps its facts. Never enters: a socket, a
channel variable, a clock, an SQL statement; what happened in a call is ``calls``'.
"""
