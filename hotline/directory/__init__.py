"""The directory of the city: agencies, sections, persons, desks (spec P2, P5.1.2).

A ledger (design law 7): rows have valid-from and valid-to, an author and a history, so a call is routed,
and can be explained later, as of its instant. Nothing here rings a phone.
"""
