"""Tables of cases recounted: states, times, petitions, late ones, defects, notices by telephone."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from hotline.cases.store import Case
from hotline.categories.store import CategoryRow
from hotline.clock import TAIPEI
from hotline.directory.store import AgencyRow
from hotline.reviews.store import CaseReview, Feedback
from tests.simulated.known import KnownRows, Row, grouped, mean_median_slow, minute_of, percent

UNANSWERED = (
    *("FILED", "DISPATCHED", "REDISPATCH", "JOINT", "SIGNED", "STAGE2_PENDING", "IN_PROGRESS", "DONE"),
)
"""States in which the citizen waits for an answer."""
STATES = (
    *("FILED", "DISPATCHED", "REDISPATCH", "JOINT", "EXTERNAL", "SIGNED", "STAGE2_PENDING", "IN_PROGRESS"),
    *("REPLIED", "RESULT_RECORDED", "DONE", "NO_ACTION", "CLOSED", "CANCELLED", "UNDER_AUDIT"),
)


def fate(known: KnownRows, row: Case) -> str:
    """Whether the citizen was answered in time."""
    if row.state in ("CANCELLED", "EXTERNAL"):
        return "outside"
    if row.overdue_at or row.stage == 3 or row.stage_asked == 3:
        return "late"
    if row.due_at:
        if row.replied_at and row.replied_at > row.due_at:
            return "late"
        if row.state in UNANSWERED and row.state != "DONE" and row.due_at < known.at:
            return "late"
    return "inside limit" if row.state in UNANSWERED else "on time"


def states(known: KnownRows) -> list[Row]:
    """How many stand where."""
    return [
        {
            **names,
            "filed": str(len(of)),
            **{f"state {one}": str(sum(row.state == one for row in of)) for one in STATES},
        }
        for names, of in _places(known, known.filed)
    ]


def times(known: KnownRows) -> list[Row]:
    """In time or late, and how long it took."""
    rows = list[Row]()
    for names, of in _places(known, known.filed):
        signed = [row.signed_at - row.filed_at for row in of if row.signed_at and row.filed_at]
        done = list[timedelta]()
        for row in of:
            over = row.done_at or (None if row.kind == "quick" else row.closed_at)
            if over and row.filed_at:
                done.append(over - row.filed_at)
        in_time = str(sum(_is_signed_in_time(known, row) for row in of))
        heads = ("sign mean min", "sign median min", "sign 95 % min")
        rows.append(
            {
                **names,
                **_timely(known, of),
                "signed": str(len(signed)),
                "signed in time": in_time,
                **dict(zip(heads, mean_median_slow(signed, 60), strict=True)),
                **_replied(of),
                "completed": str(len(done)),
                **_three("completion", done),
            }
        )
    return rows


def petitions(known: KnownRows) -> list[Row]:
    """Those alone."""
    mine = [row for row in known.filed if row.kind == "petition"]
    return [{**names, **_timely(known, of), **_replied(of)} for names, of in _places(known, mine)]


def _places(known: KnownRows, rows: Sequence[Case]) -> list[tuple[Row, list[Case]]]:
    """By agency and category, then all."""
    of = grouped(rows, lambda row: (row.agency, row.category))
    found = list[tuple[Row, list[Case]]]()
    for agency, category in sorted(of):
        names = known.named(AgencyRow, agency, known.end), known.named(CategoryRow, category, known.end)
        found.append(({"agency": names[0] or "?", "category": names[1] or "?"}, of[agency, category]))
    return [*found, ({"agency": "all", "category": ""}, list(rows))]


def _timely(known: KnownRows, of: Sequence[Case]) -> Row:
    fates = [fate(known, row) for row in of]
    on_time, late = fates.count("on time"), fates.count("late")
    return {
        "filed": str(len(of)),
        "on time": str(on_time),
        "late": str(late),
        "rate": percent(on_time, on_time + late),
        "inside limit": str(fates.count("inside limit")),
        "outside": str(fates.count("outside")),
    }


def _is_signed_in_time(known: KnownRows, row: Case) -> bool:
    limits = [one for one in known.deadlines.get(row.id, ()) if one.kind == "sign"]
    last = max(limits, key=lambda one: one.id, default=None)
    return bool(row.signed_at and last and row.signed_at <= last.due_at)


def _replied(of: Sequence[Case]) -> Row:
    took = [row.replied_at - row.filed_at for row in of if row.replied_at and row.filed_at]
    return {"replied": str(len(took)), **_three("reply", took)}


def _three(what: str, took: Sequence[timedelta]) -> Row:
    heads = (f"{what} mean h", f"{what} median h", f"{what} 95 % h")
    return dict(zip(heads, mean_median_slow(took, 3600), strict=True))


def overdue(known: KnownRows) -> list[Row]:
    """Late at some time of the month, the first due first; those without a due time last."""
    late = list[Case]()
    for row in known.cases:
        owed = row.state in UNANSWERED
        was_late = bool(row.overdue_at and row.overdue_at < known.end)
        is_late = bool(owed and row.due_at and row.due_at < known.end)
        over = row.replied_at or row.closed_at or row.cancelled_at
        if row.lead_id is None and (was_late or is_late) and (owed or (over and over >= known.since)):
            late.append(row)
    never = datetime.max.replace(tzinfo=TAIPEI)
    return [
        {
            "agency": known.named(AgencyRow, row.agency, known.end) or "?",
            "category": known.named(CategoryRow, row.category, known.end) or "?",
            "case": row.number or "",
            "due": minute_of(row.due_at),
            "state": row.state,
            "late ground": row.late_ground,
            "answered at": ""
            if row.state in UNANSWERED
            else minute_of(row.replied_at or row.closed_at or row.cancelled_at),
        }
        for row in sorted(late, key=lambda row: (row.due_at or never, row.id))
    ]


def defects(known: KnownRows) -> list[Row]:
    """By agency: of the month, then of the year up to its end."""
    new_year = datetime(known.first.year, 1, 1, tzinfo=TAIPEI)
    cases = {row.id: row for row in known.all(Case)}
    found = dict[str, dict[str, int]]()
    numbers = dict[str, list[str]]()

    def count(agency: str, at: datetime, what: str) -> None:
        if new_year <= at < known.end:
            of = found.setdefault(agency, {})
            of[f"{what} of the year"] = of.get(f"{what} of the year", 0) + 1
            of[what] = of.get(what, 0) + (at >= known.since)

    for event in sorted(known.case_events, key=lambda one: one.id):
        row = cases[event.case_id]
        if event.kind == "reopen" and row.lead_id is None:
            count(row.agency, event.at, "defects")
            if known.since <= event.at < known.end:
                numbers.setdefault(row.agency, []).append(row.number or "")
    for one in known.all(CaseReview):
        count(one.agency, one.asked_at, "reviews")
        if (one.reported_at or one.decided_at or known.at) > one.due_at:
            count(one.agency, one.asked_at, "late reviews")
    for said in known.all(Feedback):
        count(said.agency, said.at, f"{said.kind}s")
    months = ("defects", "reviews", "late reviews", "complaints", "commendations")
    years = ("defects of the year", "complaints of the year", "commendations of the year")
    return [
        {
            "agency": known.named(AgencyRow, agency, known.end) or "?",
            **{what: str(found[agency].get(what, 0)) for what in (*months, *years)},
            "cases": " ".join(numbers.get(agency, [])),
        }
        for agency in sorted(found)
    ]


def notified(known: KnownRows) -> list[Row]:
    """Minutes from the call to who acts at once."""
    begun = {one.id: one.started_at for one in known.all_calls()}
    told = [
        row
        for row in sorted(known.all(Case), key=lambda row: row.id)
        if row.notified_at and begun.get(row.call_id) and known.holds(row.filed_at)
    ]
    rows = list[Row]()
    for agency, of in [*sorted(grouped(told, lambda row: row.agency).items()), ("all", told)]:
        took = [row.notified_at - begun[row.call_id] for row in of]
        name = "all" if agency == "all" else known.named(AgencyRow, agency, known.end)
        counts = {"agency": name or "?", "notified": str(len(of))}
        heads = ("mean min", "median min", "95 % min")
        missed = str(sum(row.not_reached for row in of))
        cells = dict(zip(heads, mean_median_slow(took, 60), strict=True))
        rows.append({**counts, "not reached": missed, **cells})
    return rows
