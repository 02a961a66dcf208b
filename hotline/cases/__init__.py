"""Cases: what a citizen reports, from the caller's words to the last deadline (spec §10 to §13).

``rules`` is pure: one table of moves a kind (petition, notify, quick) says what may follow what, by whom, and
what it sets going. ``filing`` makes a draft a case, ``moving`` performs every later move.
A case, its event, its deadlines and the messages about it are written in one transaction.
Never enters: a telephone. A placed call and the check of a caller are known by their numbers.
"""
