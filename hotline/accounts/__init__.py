"""Proof of identity at the pages: passwords, second factors, sessions, invitations (resilience.md §2, 21-25).

Who somebody is and may do is ``hotline.staff``'s; this room only answers whether it is them. A secret is
kept as its hash or not at all, and nothing here knows what a browser is.
"""
