"""Suppression: which counts are withheld so that no small one can be computed from those that are told. Pure.

A small count is withheld, and beside it as many others as it takes. One is safe when there is another whole
table of counts that agrees with everything told and has another number in its place: then no sum, difference
or knowledge that counts are never negative leads to it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

Cell = tuple[str, ...]
"""The name of a count."""
BUDGET: Final = 400
"""Steps of the search for another table; where it finds none, more is withheld."""
LONGEST: Final = 30
"""Counts that differ in it, at most."""


@dataclass(frozen=True, slots=True)
class TableSum:
    """A total and the parts of which it is the sum."""

    total: Cell
    parts: tuple[Cell, ...]


def withheld(counts: Mapping[Cell, int], sums: Sequence[TableSum], least: int) -> frozenset[Cell]:
    """The counts that are not told: those under ``least``, and those that would lead to them.

    A total that is none of the counts is never told; what it stands for says that two sums are the same.
    """
    cover = _Cover(counts, sums, least)
    left = sorted(cover.hidden & counts.keys())
    while left:
        more = None if cover.is_safe(left[-1]) else cover.next_to(left[-1])
        if more is None:
            left.pop()
        else:
            cover.hidden.add(more)
            left.insert(0, more)
    return frozenset(cover.hidden & counts.keys())


class _Cover:
    """Counts with what is withheld of them so far."""

    def __init__(self, counts: Mapping[Cell, int], sums: Sequence[TableSum], least: int) -> None:
        self._counts, self._budget = counts, 0
        self._terms = [((one.total, -1), *((part, 1) for part in one.parts)) for one in sums]
        self._of = defaultdict[Cell, list[tuple[int, int]]](list)
        for number, terms in enumerate(self._terms):
            for cell, sign in terms:
                self._of[cell].append((number, sign))
        small = {cell for cell, count in counts.items() if count < least}
        self.hidden = small | (self._of.keys() - counts.keys())

    def is_safe(self, cell: Cell) -> bool:
        """Tell whether another table has one more, or one less, in this place."""
        return any(self._may_be(cell, step) for step in (1, -1))

    def next_to(self, cell: Cell) -> Cell | None:
        """The count to withhold next, where a cell is not safe: in the sum that has fewest withheld, of all
        that withheld counts lead to from here. None where all of them are withheld: then all may be larger.
        """
        seen, near, numbers = {cell}, [cell], set[int]()
        while near:
            found = {number for one in near for number, _sign in self._of[one]} - numbers
            numbers |= found
            near = [one for number in sorted(found) for one in self._withheld(number) if one not in seen]
            seen.update(near)
        for number in sorted(numbers, key=self._withheld_in):
            if told := [one for one in self._terms[number] if one[0] not in self.hidden]:
                return min((self._cost(cell, sign), cell) for cell, sign in told)[1]
        return None

    def _cost(self, cell: Cell, sign: int) -> tuple[bool, int, int]:
        """Parts before totals, then those that no sum would have as its only one, then small ones."""
        alone = sum(not self._withheld(number) for number, _sign in self._of[cell])
        return sign < 0, alone, self._counts[cell]

    def _withheld(self, number: int) -> list[Cell]:
        return [cell for cell, _sign in self._terms[number] if cell in self.hidden]

    def _withheld_in(self, number: int) -> tuple[int, int]:
        return len(self._withheld(number)), number

    def _may_be(self, cell: Cell, step: int) -> bool:
        self._budget = BUDGET
        return self._can(cell, step) and self._settles(frozenset((cell,)), self._off({}, cell, step))

    def _can(self, cell: Cell, step: int) -> bool:
        """Tell whether a count may change so: none falls below nothing."""
        return cell not in self._counts or self._counts[cell] + step >= 0

    def _off(self, off: Mapping[int, int], cell: Cell, step: int) -> dict[int, int]:
        """By how much which sums do not add up, after a change."""
        found = dict(off)
        for number, sign in self._of[cell]:
            found[number] = found.get(number, 0) + sign * step
        return {number: by for number, by in found.items() if by}

    def _settles(self, changed: frozenset[Cell], off: Mapping[int, int]) -> bool:
        """Tell whether other changes make all sums add up again; those that mend most are tried first."""
        if not off:
            return True
        self._budget -= 1
        if self._budget < 0 or len(changed) >= LONGEST:
            return False
        options = sorted(self._options(changed, off), key=lambda one: sum(map(abs, one[1].values())))
        return any(self._settles(changed | {cell}, after) for cell, after in options)

    def _options(
        self, changed: frozenset[Cell], off: Mapping[int, int]
    ) -> Iterator[tuple[Cell, dict[int, int]]]:
        """Changes by one of a withheld count in the sum that has the fewest of them."""
        number = min(off, key=self._withheld_in)
        for cell, sign in self._terms[number]:
            step = -sign if off[number] > 0 else sign
            if cell in self.hidden and cell not in changed and self._can(cell, step):
                yield cell, self._off(off, cell, step)
