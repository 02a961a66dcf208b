"""Figures: what calls came to, counted from the rows.

One module a figure, and each says how it counts: the board and the history are the same counts over other
days. Rows of other rooms are read and never written; the files of a month that is over are put where the
settings say. Never enters: a picture, a page's words, and a rule about a single call.
"""
