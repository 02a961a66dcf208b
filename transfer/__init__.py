"""The order of ringing: the desk asked for, its neighbours, giving up.

Pure over the directory of an instant: the ladder says whom, in which order and why; the hunt says what
follows when a phone was busy, silent or answered.
Never enters: what the caller hears, or sound that is kept.
"""
