"""Stretches of time: joined, overlapped, taken from each other, counted."""

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


def without(one: Iterable[Span], other: Iterable[Span]) -> list[Span]:
    """The time that lies in the first and not in the other."""
    left = joined(one)
    for a, b in joined(other):
        left = [part for start, end in left for part in ((start, min(end, a)), (max(start, b), end))]
        left = [(start, end) for start, end in left if start < end]
    return left


def seconds(spans: Iterable[Span]) -> float:
    """Total length in seconds."""
    return sum((end - start for start, end in joined(spans)), timedelta()).total_seconds()
