"""Measured duties: how extensions, sections and agencies answer the calls that are put through to them.

Pure: legs come in, figures come out; no row is read, and what was said in a call never enters.
"""
