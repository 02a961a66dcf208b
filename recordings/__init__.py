"""Sound that is kept: what may be recorded, where it lies, that it is whole.

Never enters: who rings next, or what the caller hears.
"""
