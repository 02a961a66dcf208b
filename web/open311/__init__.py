"""Open311 GeoReport v2 for programs of others: what may be reported, how cases stand, and reports sent in.

The standard's own text decides what is asked and answered. Never enters: who reported a case, a word of what
they wrote, and a report that becomes a case without a person.
"""
