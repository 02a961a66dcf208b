"""The Asterisk door: FastAGI in, channel variables out.

A session is one bounded decision of milliseconds. It translates and decides
nothing; no file but ``line.py`` imports pyst2's AGI.
"""
