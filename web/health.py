"""The verdict of the health page: what keeps a call from being served, and what is amiss beside."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """All faults, a sentence each that begins with its part."""

    missing: tuple[str, ...] = ()
    degraded: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """Nothing is amiss: what was refused as one too many since the start."""
