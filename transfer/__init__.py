"""Who rings next: the desk asked for, its neighbours, giving up.

Never enters: what the caller hears, or sound that is kept.
"""
