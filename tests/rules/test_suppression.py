"""Suppression: no withheld count can be computed from those that are told."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reporting.open_figures import COLUMNS, LEAST, OpenState, OpenTable, RequestGroup, sums, told
from reporting.suppression import Cell, TableSum, withheld

TOTAL = "total"
MOST = 400
"""No count of these tests is larger."""
NEAR = 2
SMALL = st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=2), min_size=2, max_size=3)
GROUPS = st.lists(
    st.builds(
        RequestGroup,
        st.sampled_from(("3001", "3002", "3003", "3004")),
        st.sampled_from(("板橋區", "三重區", "新店區")),
        st.sampled_from(("pwd", "epb", "police")),
        st.sampled_from(OpenState),
        st.integers(1, 14),
    ),
    max_size=25,
)


def table(rows: Sequence[Sequence[int]]) -> tuple[dict[Cell, int], list[TableSum]]:
    """Counts with the totals of rows and columns, and what adds up."""
    counts = {
        (str(row), str(column)): many for row, line in enumerate(rows) for column, many in enumerate(line)
    }
    columns = [str(column) for column in range(len(rows[0]))]
    names = [str(row) for row in range(len(rows))]
    for row in names:
        counts[row, TOTAL] = sum(counts[row, column] for column in columns)
    for column in (*columns, TOTAL):
        counts[TOTAL, column] = sum(counts[row, column] for row in names)
    found = [TableSum((row, TOTAL), tuple((row, one) for one in columns)) for row in (*names, TOTAL)]
    found += [TableSum((TOTAL, one), tuple((row, one) for row in names)) for one in (*columns, TOTAL)]
    return counts, found


def holds(counts: Mapping[Cell, int], found: Sequence[TableSum]) -> bool:
    return all(counts[one.total] == sum(counts[part] for part in one.parts) for one in found)


def test_a_table_without_small_counts_is_told_whole() -> None:
    """At five exactly too."""
    counts, found = table([[5, 6], [7, 5]])
    assert withheld(counts, found, 5) == frozenset()


def test_one_small_count_takes_three_others_with_it() -> None:
    """One in its row, one in its column, and the corner that closes the square: the smallest ones."""
    counts, found = table([[3, 9], [8, 7], [60, 50]])
    assert withheld(counts, found, 5) == {("0", "0"), ("0", "1"), ("1", "0"), ("1", "1")}


def test_a_sum_of_nothing_is_not_told_beside_its_parts() -> None:
    """Two rows of none: that they are none would follow from the total of all, so a larger row goes too."""
    counts, found = table([[0, 0], [0, 0], [30, 40], [50, 60]])
    hidden = withheld(counts, found, 5)
    assert {one for one in hidden if counts[one] >= 5}


@settings(max_examples=40, deadline=None)
@given(SMALL)
def test_another_table_agrees_with_all_that_is_told(rows: list[list[int]]) -> None:
    """Found by trying: for each withheld count one that adds up, without a negative count."""
    counts, found = table(rows)
    hidden = withheld(counts, found, 5)
    inner = [cell for cell in counts if TOTAL not in cell]
    assert {cell for cell, many in counts.items() if many < 5} <= hidden
    left, ranges = set(hidden), [_around(counts[cell], cell in hidden) for cell in inner]
    for tried in product(*ranges):
        lines = [list(tried[place : place + 2]) for place in range(0, len(tried), 2)]
        other, _sums = table(lines)
        if all(other[cell] == counts[cell] for cell in counts if cell not in hidden):
            left -= {cell for cell in left if other[cell] != counts[cell]}
            if not left:
                break
    assert not left


def _around(many: int, is_hidden: bool) -> Sequence[int]:
    return range(max(0, many - 2), many + 3) if is_hidden else (many,)


@settings(max_examples=30, deadline=None)
@given(GROUPS)
def test_no_withheld_count_of_open_figures_follows_by_adding_and_subtracting(
    groups: list[RequestGroup],
) -> None:
    """By elimination over all tables of a month together; and a mean is told only beside its count."""
    counts = _recounted(groups)
    rows = told(groups, {})
    hidden = {
        (row["by"], row["code"], column) for row in rows for column in COLUMNS if row[str(column)] is None
    }
    assert {cell for cell, many in counts.items() if many < LEAST} <= hidden
    adding = sums(groups, counts)
    unknown = sorted(hidden | {one.total for one in adding if one.total not in counts})
    assert not _determined(adding, unknown) & hidden
    for row in rows:
        told_ones = [row[str(column)] for column in COLUMNS if row[str(column)] is not None]
        assert all(one >= LEAST for one in told_ones)
        assert (row["mean_hours"] is None) == (row["closed"] is None)


def _recounted(groups: Sequence[RequestGroup]) -> dict[Cell, int]:
    """Every count, in the naive way."""
    keys = [("all", "")]
    keys += [(str(by), code) for by in OpenTable for code in sorted({"", *(one.code(by) for one in groups)})]
    return {
        (by, code, str(column)): sum(
            one.many
            for one in groups
            if (by == "all" or one.code(OpenTable(by)) == code) and column in ("requests", one.state)
        )
        for by, code in keys
        for column in COLUMNS
    }


def _determined(adding: Sequence[TableSum], unknown: Sequence[Cell]) -> set[Cell]:
    """Unknowns that have one value alone: rows of the reduced system with one of them."""
    place = {cell: number for number, cell in enumerate(unknown)}
    lines = []
    for one in adding:
        line = dict[int, Fraction]()
        for cell, sign in ((one.total, -1), *((part, 1) for part in one.parts)):
            if cell in place:
                line[place[cell]] = line.get(place[cell], Fraction()) + sign
        lines.append({number: value for number, value in line.items() if value})
    reduced = dict[int, dict[int, Fraction]]()
    for line in lines:
        for pivot, known in reduced.items():
            _take(line, known, pivot)
        if line:
            pivot = min(line)
            scaled = {number: value / line[pivot] for number, value in line.items()}
            for known in reduced.values():
                _take(known, scaled, pivot)
            reduced[pivot] = scaled
    return {unknown[pivot] for pivot, line in reduced.items() if len(line) == 1}


def _take(line: dict[int, Fraction], known: Mapping[int, Fraction], pivot: int) -> None:
    factor = line.get(pivot, Fraction())
    for number, value in known.items() if factor else ():
        left = line.get(number, Fraction()) - factor * value
        if left:
            line[number] = left
        else:
            line.pop(number, None)


class _Attack:
    """Somebody who knows all that is told of a month, what adds up, and that no count is negative."""

    def __init__(self, groups: Sequence[RequestGroup]) -> None:
        self.real = _recounted(groups)
        self.told: dict[Cell, int | None] = {
            (row["by"], row["code"], str(column)): row[str(column)]
            for row in told(groups, {})
            for column in COLUMNS
        }
        self._sums = sums(groups, self.real)
        self._of = defaultdict[Cell, list[TableSum]](list)
        for one in self._sums:
            self.real.setdefault(one.total, sum(self.real[part] for part in one.parts))
            for cell in (one.total, *one.parts):
                self._of[cell].append(one)

    @property
    def withheld(self) -> list[Cell]:
        return [cell for cell, many in self.told.items() if many is None]

    def ranges(self) -> dict[Cell, tuple[int, int]]:
        """The least and the most that each count can be."""
        found = {cell: (0, MOST) if many is None else (many, many) for cell, many in self.told.items()}
        return found | {one.total: (0, MOST) for one in self._sums if one.total not in found}

    def narrowed(self, ranges: dict[Cell, tuple[int, int]], first: Sequence[Cell]) -> bool:
        """Narrow ranges by what adds up until nothing moves, beginning at these; False where none fits."""
        waiting = list(dict.fromkeys(one for cell in first for one in self._of[cell]))
        while waiting:
            one = waiting.pop()
            for cell, low, high in self._limits(one, ranges):
                least, most = max(low, ranges[cell][0]), min(high, ranges[cell][1])
                if least > most:
                    return False
                if (least, most) != ranges[cell]:
                    ranges[cell] = least, most
                    waiting += [other for other in self._of[cell] if other not in waiting]
        return True

    def _limits(
        self, one: TableSum, ranges: Mapping[Cell, tuple[int, int]]
    ) -> Iterator[tuple[Cell, int, int]]:
        low, high = (sum(ranges[part][end] for part in one.parts) for end in (0, 1))
        yield one.total, low, high
        least, most = ranges[one.total]
        for part in one.parts:
            own = ranges[part]
            yield part, least - high + own[1], most - low + own[0]

    def can_be(self, cell: Cell, many: int) -> bool:
        """Tell whether some whole month that agrees with all that is told has this number there: one that is
        found near the real one is enough.
        """
        ranges = {
            one: (max(low, self.real[one] - NEAR), min(high, self.real[one] + NEAR))
            for one, (low, high) in self.ranges().items()
        }
        ranges[cell] = many, many
        return self._fits(ranges, tuple(self._of))

    def _fits(self, ranges: dict[Cell, tuple[int, int]], first: Sequence[Cell]) -> bool:
        if not self.narrowed(ranges, first):
            return False
        left = [cell for cell, (low, high) in ranges.items() if low < high]
        if not left:
            return True
        cell = min(left, key=lambda one: (ranges[one][1] - ranges[one][0], one))
        low, high = ranges[cell]
        order = sorted(range(low, high + 1), key=lambda one: abs(one - self.real[cell]))
        return any(self._fits({**ranges, cell: (one, one)}, (cell,)) for one in order)


@pytest.mark.matrix
@settings(max_examples=150, deadline=None)
@given(GROUPS)
def test_no_withheld_count_is_enclosed_by_what_is_told(groups: list[RequestGroup]) -> None:
    """Between a least and a most that are the same, over all that adds up."""
    attack = _Attack(groups)
    ranges = attack.ranges()
    assert attack.narrowed(ranges, tuple(ranges))
    assert [cell for cell in attack.withheld if ranges[cell][0] == ranges[cell][1]] == []


@pytest.mark.matrix
@pytest.mark.parametrize("seed", range(12))
def test_every_withheld_count_could_be_another_in_a_whole_month(seed: int) -> None:
    """By trying other months that agree with all that is told together."""
    draw = Random(seed)
    attack = _Attack(
        [
            RequestGroup(
                draw.choice(("3001", "3002")),
                draw.choice(("板橋區", "三重區")),
                draw.choice(("pwd", "epb")),
                draw.choice(list(OpenState)),
                draw.randint(1, 14),
            )
            for _ in range(draw.randint(3, 9))
        ]
    )
    for cell in attack.withheld:
        real = attack.real[cell]
        assert any(attack.can_be(cell, other) for other in (real + 1, real - 1) if other >= 0), cell


def test_the_attack_finds_what_is_told_by_too_much() -> None:
    """Were one count of a sum withheld alone, it would be computed."""
    group = RequestGroup("3001", "板橋區", "pwd", OpenState.CLOSED, 40)
    attack = _Attack(
        [group, *(RequestGroup("3001", "板橋區", "pwd", one, 9) for one in list(OpenState)[::2])]
    )
    cell = ("all", "", "closed")
    attack.told = dict(attack.real) | {cell: None}
    assert attack.can_be(cell, 40) and not attack.can_be(cell, 41) and not attack.can_be(cell, 39)


def test_a_category_that_one_agency_alone_has_does_not_tell_of_it() -> None:
    """An agency's number less that of its other category would be the small one's."""
    groups = [
        RequestGroup("3001", "板橋區", "pwd", OpenState.CLOSED, 40),
        RequestGroup("3002", "板橋區", "pwd", OpenState.CLOSED, 3),
        RequestGroup("3003", "三重區", "epb", OpenState.CLOSED, 50),
        RequestGroup("3004", "三重區", "epb", OpenState.CLOSED, 60),
    ]
    rows = {(row["by"], row["code"]): row["requests"] for row in told(groups, {})}
    assert rows["category", "3002"] is None
    assert rows["agency", "pwd"] is None or rows["category", "3001"] is None


@pytest.mark.parametrize(("many", "hours"), [(4, None), (5, 2.0)])
def test_a_mean_of_few_is_not_told(many: int, hours: float | None) -> None:
    """Under five closed there is none."""
    group = RequestGroup("3001", "板橋區", "pwd", OpenState.CLOSED, many, many * 7200.0)
    others = [RequestGroup("3001", "板橋區", "pwd", OpenState(one), 9) for one in ("open", "cancelled")]
    assert told([group, *others], {})[0]["mean_hours"] == hours
