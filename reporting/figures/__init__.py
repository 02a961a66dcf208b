"""Figures of a month on what came of calls and cases: one module a figure, each counted from the rows alone.

Each gives a table and, where its numbers can be opened, the rows that are behind them. What lies behind a
figure that was frozen (``reporting.packs``) may change later; the figure stays.
"""
