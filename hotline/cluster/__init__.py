"""Several machines over one database: which there are, which take no new calls, and what one does for all.

``nodes`` keeps a row a machine, with its roles and its latest sign of life; ``leases`` gives work that runs
once to one machine at a time. Never enters: what that work is.
"""
