"""Promises to call a citizen back (spec P5.1.1, §9.2)."""
