"""The verdict of the health page: what keeps a call from being served, and what is amiss beside."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """Faults, a sentence each that begins with its part."""

    missing: tuple[str, ...] = ()
    degraded: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """Nothing is amiss: what was refused as one too many since the start."""

    def lines(self) -> list[str]:
        """Lines as health and ``hotline doctor`` print them; ``ok`` only when a call would be served."""
        return [
            *([f"missing: {fault}" for fault in self.missing] or ["ok"]),
            *(f"degraded: {fault}" for fault in self.degraded),
            *(f"note: {told}" for told in self.notes),
        ]
