"""Tools that only developers run: benches, long proofs, the rendering of prompts, the supply chain. Not
shipped.

May import everything; nothing imports it, and the wheel leaves it out. Its commands stand in the Makefile, or
are added to ``hotline`` in a checkout by entry points. Never enters: anything a call needs.
"""
