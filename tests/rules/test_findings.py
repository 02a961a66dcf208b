"""What is wrong or lacking in a directory: each planted fault is found, a whole city has none."""

from dataclasses import replace

import pytest

from hotline.clock import taipei
from hotline.directory.findings import Finding, Severity, findings, of_rows
from hotline.directory.rows import KIND_AT
from hotline.directory.rules import (
    Agency,
    Booking,
    Business,
    City,
    Contact,
    Desk,
    Directory,
    DutyOfficer,
    Person,
    Seat,
    Section,
)
from hotline.ledger.periods import Period
from transfer import findings as hunts
from wording import CHINESE, ENGLISH, sentence

START = taipei("2026-11-24T08:00")
WHOLE = Directory(
    START,
    agencies={
        "epb": Agency("epb", "環保局"),
        "apo": Agency("apo", "府外", True, "(02)2960-0001", "0900000001"),
    },
    sections={
        "air": Section("air", "epb", "空氣"),
        "noise": Section("noise", "epb", "噪音"),
        "off": Section("off", "apo", "外"),
    },
    desks={
        "5112": Desk("5112", "air", "p-1", seat=Seat("8F", 0, 0)),
        "5113": Desk("5113", "air", seat=Seat("8F", 2, 0)),
        "5201": Desk("5201", "noise", seat=Seat("8F", 4, 0)),
        "6101": Desk("6101", "off"),
        "6102": Desk("6102", "off"),
    },
    persons={"p-1": Person("p-1", "air", "示範")},
    contacts={f"{one}/liaison/1": Contact(one, "liaison", 1, "p-1") for one in ("epb", "apo")},
    duty=(DutyOfficer(1, "值日", "0911000001"),),
)


def found(then: Directory) -> list[Finding]:
    return [*findings(then, ()), *hunts.findings(then)]


def test_a_whole_directory_has_nothing() -> None:
    """Not a single line."""
    assert found(WHOLE) == []


PLANTED = {
    "P4.1 agency:epb": {"contacts": {"apo/liaison/1": WHOLE.contacts["apo/liaison/1"]}},
    "P4.9 agency:apo": {"agencies": {**WHOLE.agencies, "apo": Agency("apo", "府外", True, "(02)2960-0001")}},
    "P2-a agency:epb": {
        "agencies": {**WHOLE.agencies, "epb": Agency("epb", "環", closed=True, successor="x")}
    },
    "P2-a section:new": {"sections": {**WHOLE.sections, "new": Section("new", "epb", "新")}},
    "P5.1.2 section:air": {"away": {"p-1": "會議"}, "desks": {**WHOLE.desks, "5113": Desk("5113", "noise")}},
    "P2-a person:p-1": {"desks": {**WHOLE.desks, "5113": Desk("5113", "air", "p-1")}},
    "P2-a desk:5199": {"desks": {**WHOLE.desks, "5199": Desk("5199", "nowhere")}},
    "P5.1.1 desk:5112": {
        "desks": {**WHOLE.desks, "5112": replace(WHOLE.desks["5112"], neighbours=("9999",))}
    },
    "P5.1.2 forward:5112": {"forwards": {"5112": "9999"}},
    "P5.1.2 forward:5113": {"forwards": {"5112": "5113", "5113": "5112"}},
    "P5.1.2 forward:5201": {
        "forwards": {"5201": "5300"},
        "desks": {**WHOLE.desks, "5300": Desk("5300", "noise", number="0912345678")},
    },
    "P4.1.1 business:b": {"businesses": {"b": Business("b", "nowhere", name="x")}},
    "P4.1 contact:epb/liaison/1": {
        "contacts": {**WHOLE.contacts, "epb/liaison/1": Contact("epb", "liaison", 1, "gone")},
    },
    "P5.1.2 booking:air": {"bookings": {"air": Booking("air", "會議", "9999")}},
    "P5.1.2 booking:noise": {"bookings": {"noise": Booking("noise", "會議")}},
    "P5.1.3 duty": {"duty": ()},
    "P5.1.3 duty:2": {"duty": (DutyOfficer(1, "值日", "5112"), DutyOfficer(2, "值日", "9999"))},
    "P5.1.1 desk:6101": {"desks": {key: one for key, one in WHOLE.desks.items() if key != "6102"}},
}


@pytest.mark.parametrize("what", PLANTED)
def test_each_planted_fault_is_found(what: str) -> None:
    """With its clause, its subject and what to do."""
    told = found(replace(WHOLE, **PLANTED[what]))  # type: ignore[arg-type]
    assert what in [f"{one.clause} {one.subject}" for one in told]
    assert all(
        sentence(one, language).endswith((".", "。")) for one in told for language in (CHINESE, ENGLISH)
    )


def test_law_7_rows_that_claim_one_instant_twice_or_none() -> None:
    """As only a hand in the database could write them."""
    later, much_later = taipei("2026-11-25"), taipei("2026-11-26")
    rows = {
        "forwards": (("1", "2", Period(START, much_later)), ("1", "3", Period(later))),
        "away": (("p", "x", Period(later, START)),),
    }
    told = list(of_rows(City(rows), KIND_AT))
    assert [(one.severity, one.subject) for one in told] == [
        (Severity.ERROR, "forward:1"),
        (Severity.ERROR, "absence:p"),
    ]
    whole = City({"away": (("p", "x", Period(START, later)), ("p", "y", Period(later)))})
    assert list(of_rows(whole, KIND_AT)) == []
