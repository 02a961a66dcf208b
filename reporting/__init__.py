"""Figures: what calls came to, counted from the rows.

One module a figure, and each says how it counts: the board and the history are the same counts over other
days. Rows of other rooms are read and never written; reports of a month that is over are frozen (``packs``).
Never enters: a picture, a page's words, and a rule about a single call.
"""
