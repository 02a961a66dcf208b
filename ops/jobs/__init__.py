"""Clock-driven jobs of this node, and followers of the files that Asterisk and the journal write.

``schedule`` declares every job once with its interval; ``python -m ops.jobs`` runs them, a thread each. Work
is claimed by rows, so that nodes that share a database never do the same twice, and a job that fails is tried
again at its next time. Never enters: a caller's wait; no decision needs a job to have run.
"""
