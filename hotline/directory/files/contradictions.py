"""Contradictions between lines of files, and between lines and rows: told before anything is written."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from hotline.clock import TAIPEI
from hotline.directory.circles import LEADING, StatedFacts, circle_of
from hotline.ledger.history import DatedRow
from hotline.ledger.periods import Period
from hotline.sheets.columns import SheetRecord
from hotline.sheets.faults import SheetFault, SheetFaultKind

Known = Mapping[str, Mapping[str, Sequence[DatedRow]]]
"""The rows that count, by kind and key."""
COLUMN: Final = {"forward": "target", "booking": "cover", "desk": "section"}
"""By which an extension comes to follow another."""


def backwards(records: Sequence[SheetRecord], effective: datetime) -> Iterator[SheetFault]:
    """Lines without a beginning of their own that end before the date of effect."""
    for record in records:
        if record.since is None and record.until and record.until <= effective:
            when = f"{effective.astimezone(TAIPEI):%Y-%m-%d %H:%M}"
            yield record.fault("until", SheetFaultKind.OVER_ALREADY, when=when)


def circles(
    records: Sequence[SheetRecord], known: Known, gone: Mapping[str, frozenset[str]], effective: datetime
) -> Iterator[SheetFault]:
    """Lines by which an extension would follow itself (P5.1.2); lines that change nothing do not count."""
    facts = StatedFacts(lambda kind, key: known[kind].get(key, ()))
    for kind in LEADING:
        for key in gone.get(kind, ()):
            facts.end(kind, key, effective)
    for record in [one for one in records if one.kind in LEADING and _is_news(facts, one, effective)]:
        if found := circle_of(facts, record.kind, record.key):
            column = COLUMN[record.kind]
            yield record.fault(column, SheetFaultKind.IN_A_CIRCLE, circle=found.way, since=found.since)


def _is_news(facts: StatedFacts, record: SheetRecord, effective: datetime) -> bool:
    period = Period(record.since or effective, record.until)
    before = next(
        (said for there, said in facts.of(record.kind, record.key) if there.holds(period.since)), {}
    )
    empty = {"cover": ""} if record.kind == "booking" else {}
    return facts.say(record.kind, record.key, {**empty, **before, **record.says}, period)
