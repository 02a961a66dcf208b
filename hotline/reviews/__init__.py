"""Reviews of closed cases, and what citizens say of agencies: commendations, complaints (P10.4, P14).

Which cases may deserve a review is listed, whether one is asked for a person decides. Counted are agencies
and years. Never enters: a ranking, and a count of a citizen or of one person of the staff.
"""
