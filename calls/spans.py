"""Stretches of time on a line: joined, overlapped, counted."""

from collections.abc import Iterable
from datetime import datetime, timedelta

Span = tuple[datetime, datetime]


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same time without overlaps, in order; a span that ends before it begins is none."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        elif start <= end:
            merged.append((start, end))
    return merged


def common(one: Iterable[Span], other: Iterable[Span]) -> list[Span]:
    """The time that lies in both."""
    others = joined(other)
    return [
        (max(start, a), min(end, b))
        for start, end in joined(one)
        for a, b in others
        if max(start, a) <= min(end, b)
    ]


def seconds(spans: Iterable[Span]) -> float:
    """Total length in seconds."""
    return sum((end - start for start, end in joined(spans)), timedelta()).total_seconds()
