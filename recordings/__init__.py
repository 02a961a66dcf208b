"""Sound that is kept: what may be recorded, where it lies, that it is whole.

Every recording is expected before its file is there, and looked at once its call has ended; a checksum tells
if it was changed. Never enters: who rings next, or what the caller hears.
"""
