"""The special list: nothing works without approval, and every change has a name (P7.3)."""

from datetime import date, datetime, timedelta

import pytest

from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.ledger.audit import audit_rows
from hotline.ledger.periods import Period
from hotline.permissions import Role
from hotline.special_callers import service as list_of
from hotline.special_callers.rules import Approval, EntryState, ListedCaller, NotApprovable, review_day
from hotline.special_callers.service import NotProposable, SpecialList, UnknownListedCaller
from hotline.staff.rules import Staff
from hotline.staff.service import NotPermitted, UnknownStaff, set_staff

NOW = taipei("2026-11-24T10:00")
TODAY = date(2026, 11, 24)
NUMBER = "+886912345678"
PEOPLE = {"boss": Role.SUPERVISOR, "mayor": Role.APPROVER, "deputy": Role.APPROVER, "agent": Role.AGENT}


@pytest.fixture
def city(factory: Sessions) -> Sessions:
    """A supervisor, two approvers, an agent."""
    with transaction(factory) as session:
        for login, role in PEOPLE.items():
            set_staff(session, Staff(login, login, frozenset({role})), Period(NOW), at=NOW, by="test")
    return factory


def proposed(city: Sessions) -> int:
    with transaction(city) as session:
        return list_of.propose(session, ["0912345678"], "abuse", ["test-1.1"], by="boss", at=NOW)


def approve(city: Sessions, entry: int, **said: object) -> ListedCaller:
    words = {"level": "市長", "document": "新北研話字第1號", "by": "mayor", "at": NOW, **said}
    with transaction(city) as session:
        return list_of.approve(session, entry, **words)  # type: ignore[arg-type]


def listed(city: Sessions, number: str = NUMBER, at: datetime = NOW) -> int:
    the_list = SpecialList(city, pytest.fail)
    the_list.refresh()
    return the_list.entry(number, at)


def test_P7_3_an_entry_works_from_its_approval_to_its_review(city: Sessions) -> None:
    """Not when proposed; on the day of its review still; a day later no more."""
    entry = proposed(city)
    assert listed(city) == 0
    approved = approve(city, entry)
    assert approved.approval and approved.approval.review_on == date(2027, 11, 24)
    assert listed(city) == entry and listed(city, "+886922222222") == 0
    assert listed(city, at=taipei("2027-11-24T23:59")) == entry
    assert listed(city, at=taipei("2027-11-25T00:00")) == 0


def test_P7_3_a_removed_entry_works_no_more_and_stays_on_record(city: Sessions) -> None:
    """Who proposed, approved and removed it, when and why."""
    entry = proposed(city)
    approve(city, entry)
    with transaction(city) as session:
        list_of.remove(session, entry, "he apologised", by="mayor", at=NOW + timedelta(days=1))
    assert listed(city, at=NOW + timedelta(days=2)) == 0
    with transaction(city) as session:
        told = [
            (deed.by, deed.action, deed.reason) for deed in audit_rows(session, subject=f"special:{entry}")
        ]
        (kept,) = list_of.entries(session)
    assert told == [
        ("boss", "special.propose", "abuse"),
        ("mayor", "special.approve", ""),
        ("mayor", "special.remove", "he apologised"),
    ]
    assert kept.state is EntryState.REMOVED and kept.approval and kept.approval.document


@pytest.mark.parametrize(
    "lacking",
    [{"level": " "}, {"document": ""}, {"review_on": TODAY}, {"approved_on": date(2026, 11, 25)}],
    ids=str,
)
def test_P7_3_a_no_entry_is_approved_without_its_facts(city: Sessions, lacking: dict[str, object]) -> None:
    """Level, document number, a day that has come, a review after it."""
    entry = proposed(city)
    with pytest.raises(NotApprovable):
        approve(city, entry, **lacking)
    assert listed(city) == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [("approver", ""), ("level", ""), ("document", ""), ("review_on", TODAY)],
)
def test_P7_3_a_an_approved_row_that_lacks_a_fact_does_not_work(field: str, value: object) -> None:
    """However it got there."""
    whole = {
        "approver": "mayor",
        "level": "l",
        "approved_on": TODAY,
        "document": "d",
        "review_on": date(2027, 1, 1),
    }
    entry = ListedCaller(1, (NUMBER,), "r", ("c",), EntryState.APPROVED, "boss", Approval(**whole))  # type: ignore[arg-type]
    assert entry.works(TODAY)
    torn = ListedCaller(
        1, (NUMBER,), "r", ("c",), EntryState.APPROVED, "boss", Approval(**whole | {field: value})
    )  # type: ignore[arg-type]
    assert not torn.works(TODAY)
    assert not ListedCaller(1, (NUMBER,), "r", ("c",), EntryState.APPROVED, "boss").works(TODAY)


def test_only_an_approver_approves_and_nobody_their_own(city: Sessions) -> None:
    """Roles are asked, also for a supervisor; an approver who proposed asks another."""
    entry = proposed(city)
    for nobody, fault in (("boss", NotPermitted), ("agent", NotPermitted), ("stranger", UnknownStaff)):
        with pytest.raises(fault):
            approve(city, entry, by=nobody)
    with transaction(city) as session:
        both = Staff("deputy", "deputy", frozenset({Role.APPROVER, Role.SUPERVISOR}))
        set_staff(session, both, Period(NOW), at=NOW, by="test")
        own = list_of.propose(session, ["0922222222"], "abuse", ["test-1.2"], by="deputy", at=NOW)
    with pytest.raises(NotApprovable, match="why=own"):
        approve(city, own, by="deputy")
    assert approve(city, own, by="mayor").state is EntryState.APPROVED
    with pytest.raises(NotApprovable, match="why=state"):
        approve(city, own, by="mayor")


@pytest.mark.parametrize(
    ("numbers", "reason", "evidence"),
    [([], "r", ["c"]), (["hidden"], "r", ["c"]), (["0912345678"], "", ["c"]), (["0912345678"], "r", [])],
)
def test_P7_3_a_proposal_names_number_reason_and_calls(
    city: Sessions, numbers: list[str], reason: str, evidence: list[str]
) -> None:
    """What is missing is said; nothing is written."""
    with pytest.raises(NotProposable), transaction(city) as session:
        list_of.propose(session, numbers, reason, evidence, by="boss", at=NOW)
    with transaction(city) as session:
        assert list_of.entries(session) == []


def test_what_is_not_there_says_so(city: Sessions) -> None:
    """An entry that nobody proposed."""
    with pytest.raises(UnknownListedCaller):
        approve(city, 99)


def test_the_list_seen_last_serves_while_the_database_is_away(city: Sessions) -> None:
    """And its absence is told once."""
    entry = proposed(city)
    approve(city, entry)
    told: list[BaseException] = []
    the_list = SpecialList(city, told.append)
    the_list.refresh()
    engine = city.kw["bind"]
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE special_entry RENAME TO elsewhere")
    for _ in range(3):
        the_list.refresh()
    assert the_list.entry(NUMBER, NOW) == entry and len(told) == 1


@pytest.mark.parametrize(
    ("approved", "review"), [(date(2024, 2, 29), date(2025, 2, 28)), (TODAY, date(2027, 11, 24))]
)
def test_the_review_is_twelve_months_later(approved: date, review: date) -> None:
    """On the last day of a shorter month."""
    assert review_day(approved) == review
