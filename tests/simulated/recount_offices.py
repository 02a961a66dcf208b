"""Tables of offices recounted: rings, busy lines, silent days, obligations, reviews of the book, video."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from calls.store import Leg
from hotline.clock import TAIPEI
from hotline.directory.store import AgencyRow, ContactRow, DeskRow, PersonRow, SectionRow
from hotline.knowledge.store import FaqRequest, FaqReview, FaqRow
from hotline.ledger.store import EntryLine, EntryRow
from hotline.news.store import MessageRow
from hotline.staff.store import StaffRow
from hotline.video.counter_store import MisuseRow
from hotline.video.store import VideoSession
from tests.simulated.known import OFFICE_KINDS, KnownRows, Row, day_of, grouped, percent, slow

OFFICES = ("liaison", "quick-liaison", "manager", "control-officer")
NOTICED = ("agency", "section", "person", "desk", "business", "contact")
SECOND = timedelta(seconds=1)


def _legs(known: KnownRows) -> list[Leg]:
    """Phones of offices that were rung in the whole month, also by calls that 1999 placed."""
    every = [leg for legs in known.legs.values() for leg in legs]
    here = [leg for leg in every if known.since <= leg.started_at < known.until]
    return [leg for leg in here if leg.kind in OFFICE_KINDS and leg.outcome]


def _key(leg: Leg, parts: int) -> tuple[str, ...]:
    return (leg.agency, leg.section, leg.extension)[:parts]


def _named(known: KnownRows, key: Sequence[str]) -> Row:
    at = min(known.at, known.until - SECOND)
    tables = (("agency", AgencyRow), ("section", SectionRow), ("extension", DeskRow))
    found = {
        head: known.named(table, code, at) or "?" for (head, table), code in zip(tables, key, strict=False)
    }
    if len(key) == len(tables):
        found["extension"] = f"{key[2]} {_desk(known, key[2], at)}".strip() or "?"
    return found


def _desk(known: KnownRows, extension: str, at: datetime) -> str:
    """Its own name, or that of who sits there."""
    desk = next((one for one in known.in_force(DeskRow, at) if one.key == extension), None)
    if desk is None or desk.name:
        return desk.name if desk else ""
    return next((str(one.name) for one in known.in_force(PersonRow, at) if one.key == desk.person), "")


def rings(known: KnownRows, parts: int) -> list[Row]:
    """By extension (3), section (2) or agency (1)."""
    of = grouped(_legs(known), lambda leg: _key(leg, parts))
    rows = list[Row]()
    for key in sorted(of):
        legs = of[key]
        answered = [leg for leg in legs if leg.outcome == "answered"]
        soon = sum((leg.ring_seconds or 0) <= 9.0 for leg in answered)
        busy = sum(leg.outcome == "busy" for leg in legs)
        rang = sorted(leg.ring_seconds for leg in legs if leg.ring_seconds)
        counts = {
            "legs": len(legs),
            "in 3 rings": soon,
            "later": len(answered) - soon,
            "unanswered": len(legs) - len(answered) - busy,
            "busy": busy,
        }
        rows.append(
            {
                **_named(known, key),
                **{head: str(many) for head, many in counts.items()},
                "mean ring s": f"{sum(rang) / len(rang):.1f}" if rang else "",
                "95 % ring s": f"{slow(rang):.1f}" if rang else "",
                "by proxy": percent(sum(leg.proxy for leg in answered), len(answered), 0),
            }
        )
    return rows


def busy(known: KnownRows) -> list[Row]:
    """By extension, the busiest first."""
    of = grouped(_legs(known), lambda leg: _key(leg, 3))
    many = {key: sum(leg.outcome == "busy" for leg in legs) for key, legs in of.items()}
    ordered = sorted(of, key=lambda key: (-many[key] / len(of[key]), key))
    return [
        {
            **_named(known, key),
            "legs": str(len(of[key])),
            "busy": str(many[key]),
            "busy rate": percent(many[key], len(of[key])),
            "above 20 %": "yes" if 100 * many[key] > 20 * len(of[key]) else "",
        }
        for key in ordered
    ]


def silent(known: KnownRows) -> list[Row]:
    """A section, a day in office hours, nobody answered or was busy, and not all rings were others'."""
    legs = _legs(known)
    followed = {(leg.call_id, leg.asked) for leg in legs if leg.kind == "forward"}
    opened = [leg for leg in legs if known.worktime.is_open(leg.started_at)]
    of = grouped(opened, lambda leg: (leg.agency, leg.section, day_of(leg.started_at)))
    rows = list[Row]()
    for key in sorted(of):
        rung = of[key]
        is_met = any(leg.outcome in ("answered", "busy") for leg in rung)
        own = [leg for leg in rung if not leg.proxy and (leg.call_id, leg.extension) not in followed]
        if own and not is_met:
            rows.append({**_named(known, key[:2]), "day": key[2], "legs": str(len(rung))})
    return rows


def owed(known: KnownRows) -> list[Row]:
    """What each agency owed and gave; an agency's entries are those that were there all the month."""
    last = _last(known)
    there, seen = _there(known), _seen(known)
    due = [one for one in known.all(FaqRequest) if known.since <= one.due_at <= last]
    late = [one for one in due if (one.replied_at or last) > one.due_at]
    told = Counter(one.agency for one in known.all(MessageRow) if known.since <= one.posted_at <= last)
    held = {(one.agency, role) for one in known.in_force(StaffRow, last) for role in one.roles}
    held |= {(one.agency, one.role) for one in known.in_force(ContactRow, last)}
    early, tardy = _changes(known)
    rows = list[Row]()
    for agency in known.in_force(AgencyRow, last):
        of = [row for row in there if row.agency == agency.key]
        asked = sum(one.agency == agency.key for one in due)
        missed = sum(one.agency == agency.key for one in late)
        counts = {
            "entries": len(of),
            "reviewed": sum(row.key in seen for row in of),
            "asked": asked,
            "replied in time": asked - missed,
            "late": missed,
            "changes in time": early[agency.key],
            "changes late": tardy[agency.key],
            "messages": told[agency.key],
        }
        vacant = " ".join(role for role in OFFICES if (agency.key, role) not in held)
        cells = {head: str(many) for head, many in counts.items()}
        rows.append({"agency": f"{agency.key} {agency.name}", "vacant": vacant, **cells})
    return rows


def reviews(known: KnownRows) -> list[Row]:
    """Entries that nobody looked at."""
    seen, last = _seen(known), _last(known)
    rows = [
        {
            "agency": known.named(AgencyRow, row.agency, last),
            "entry": row.key,
            "question": row.question,
            "last written": day_of(row.valid_from),
        }
        for row in _there(known)
        if row.key not in seen
    ]
    return sorted(rows, key=lambda row: (row["agency"], int(row["entry"])))


def _last(known: KnownRows) -> datetime:
    """The last instant of the month that has come: all of it counts to its last microsecond."""
    return min(known.at, known.until - timedelta(microseconds=1))


def _there(known: KnownRows) -> list[FaqRow]:
    old = {row.key for row in known.in_force(FaqRow, known.since)}
    return [row for row in known.in_force(FaqRow, _last(known)) if row.key in old]


def _seen(known: KnownRows) -> set[str]:
    last = _last(known)
    return {one.number for one in known.all(FaqReview) if known.since <= one.at <= last}


def _changes(known: KnownRows) -> tuple[Counter[str], Counter[str]]:
    """Changes of data told in the month, in time and late, by agency."""
    lines = grouped(known.all(EntryLine), lambda one: one.entry)
    undone = {one.undoes for one in known.all(EntryRow) if one.undoes}
    early, tardy = Counter[str](), Counter[str]()
    for one in known.all(EntryRow):
        is_change = one.action in ("directory.change", "directory.import") and not one.undoes
        touched = {(line.kind, line.key) for line in lines.get(one.id, ())}
        is_noticed = any(kind in NOTICED for kind, _key in touched)
        if is_change and is_noticed and one.id not in undone and known.since <= one.at <= _last(known):
            if one.effective_at < known.since - timedelta(days=7):
                continue
            due = _notice_due(known, one.effective_at.astimezone(TAIPEI).date())
            for agency in {_agency_of(known, kind, key) for kind, key in touched}:
                (early if one.at <= due else tardy)[agency] += 1
    return early, tardy


def _notice_due(known: KnownRows, effective: date) -> datetime:
    """The close of the n-th working day before it."""
    day, left = effective, known.notice_days
    while left:
        day -= timedelta(days=1)
        left -= known.worktime.calendar.is_working(day)
    closes = known.worktime.hours_of(day).closes
    return datetime.combine(day, closes, TAIPEI)


def _agency_of(known: KnownRows, kind: str, key: str) -> str:
    """Of a person, that of the section which was written last."""
    assert kind == "person"
    persons = [row for row in sorted(known.all(PersonRow), key=lambda row: row.id) if row.key == key]
    sections = [r for r in sorted(known.all(SectionRow), key=lambda r: r.id) if r.key == persons[-1].section]
    return str(sections[-1].agency)


def video(known: KnownRows) -> list[Row]:
    """By agency of the counter, own devices last."""
    asked = [one for one in known.all(VideoSession) if known.holds(one.requested_at)]
    seen = [one for one in known.all(MisuseRow) if known.holds(one.at)]
    agencies = sorted(({one.counter_agency for one in asked} | {one.agency for one in seen}) - {""})
    rows = list[Row]()
    for agency in (*agencies, ""):
        of = [one for one in asked if one.counter_agency == agency]
        served = [one for one in of if one.accepted_at]
        seconds = sum(
            (min(one.ended_at or known.end, known.end) - one.accepted_at).total_seconds() for one in served
        )
        misused = sum(one.is_misuse for one in of) + sum(one.agency == agency for one in seen)
        counts = {
            "persons served": len(served),
            "minutes": round(seconds / 60),
            "extended": sum(one.extensions > 0 for one in served),
            "not served": sum(not one.accepted_at and one.ended_at is not None for one in of),
            "misuse": misused,
        }
        name = known.named(AgencyRow, agency, known.end) if agency else ""
        rows.append({"agency": name, **{head: str(many) for head, many in counts.items()}})
    return rows
