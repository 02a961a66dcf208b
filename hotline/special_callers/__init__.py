"""The special list and the record of special calls (spec §15, P7.1, P7.3).

Knows who may be on the list and what was done to a call; the conversation and its clocks are elsewhere.
"""
