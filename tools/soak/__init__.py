"""Proofs that take their time: ``make soak``.

A special call of full length, promises under kill -9 at every point between word and row, calls without a
pause; each over a home of its own, with figures for people and programs (docs/soak.md). Never enters: a proof
that a test can give within seconds.
"""
