"""Promises to callers whose own number is not dialled:
numbers they leave, limits of those, and a person's list.
"""

from datetime import datetime, timedelta

import pytest

from hotline.callbacks import find
from hotline.callbacks.given_numbers import GivenNumbers
from hotline.callbacks.ownership import Ownership
from hotline.callbacks.rules import CallbackNotNow
from hotline.callbacks.service import Callbacks, HasNumber
from hotline.callbacks.wishes import GivenNumberRefusal, GivenRefused, NumberMissing, NumberNotDialled, Wish
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.dialling import Refusal
from hotline.ledger.audit import audit_rows
from hotline.numbers import ANONYMOUS
from hotline.staff.service import NotPermitted
from tests.keys import RING
from tests.promises import CITIZEN, TEN, Office

ABROAD, OTHER = "+819012345678", "+886912000111"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def office(factory: Sessions, callbacks: Callbacks) -> Office:
    return Office.of(factory, callbacks)


def key(plain: str) -> str:
    """The key of an open promise, as its row has it."""
    return RING.digest("open-key", plain)


def left(office: Office, number: str, extension: str = "", by: str = ABROAD, at: datetime = TEN) -> int:
    """A caller leaves a number to be called at."""
    call = f"left-{number}-{extension}-{by}-{at:%d%H%M}"
    with transaction(office.factory) as session:
        office.callbacks.promise(session, call, number, "zh-TW", "caller", at, extension, given_by=by)
        found = find.of_call(session, call)
        assert found
        return found.id


def may_leave(
    office: Office, number: str, *, by: str = ABROAD, asked: str = "", at: datetime = TEN
) -> GivenNumberRefusal | None:
    return GivenNumbers(office.factory, office.callbacks).refused(
        "" if by == ANONYMOUS else by, number, asked, at
    )


def gives(office: Office, promise: int, number: str, by: str = "mei", at: datetime = TEN) -> None:
    with transaction(office.factory) as session:
        office.callbacks.give_number(session, promise, number, by, at)


def at_the_desk(office: Office, wish: Wish) -> int:
    with transaction(office.factory) as session:
        return office.callbacks.open(session, wish, "agent-1", TEN).id


# --- limits
# ---------------------------------------------------------------------------------------------------


def test_resilience_2_7_a_caller_leaves_three_numbers_a_day(office: Office) -> None:
    """Of Taipei's day; a colleague of the caller has three of their own,
    and whoever is anonymous is not counted.
    """
    for number in (1, 2, 3):
        assert may_leave(office, OTHER) is None
        left(office, f"+88691200020{number}")
    assert may_leave(office, OTHER) is GivenNumberRefusal.TOO_OFTEN
    assert may_leave(office, OTHER, by="+14155552671") is None
    for number in (4, 5, 6, 7):
        left(office, f"+88691200020{number}", by=ANONYMOUS)
    assert may_leave(office, OTHER, by=ANONYMOUS) is None
    assert may_leave(office, OTHER, at=taipei("2026-11-24T23:59")) is GivenNumberRefusal.TOO_OFTEN
    assert may_leave(office, OTHER, at=taipei("2026-11-25T00:00")) is None


def test_resilience_2_7_two_promises_to_a_number_are_open(office: Office) -> None:
    """Whoever asked for them, its owner too; when one is kept there is room, and who joins one needs none."""
    first = left(office, OTHER, "5112", by=ANONYMOUS)
    office.promised(number=OTHER, extension="5113")
    assert may_leave(office, OTHER, asked="5301") is GivenNumberRefusal.TAKEN
    assert may_leave(office, OTHER, asked="5112") is None
    office.does("close", first, "told", "mei", TEN + HOUR)
    assert may_leave(office, OTHER, asked="5301") is None


def test_a_database_that_is_away_refuses_nobody(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The promise waits in the journal, and the caller is answered."""
    from sqlalchemy.exc import OperationalError

    def away(*_words: object) -> object:
        raise OperationalError("SELECT", {}, Exception("away"))

    monkeypatch.setattr(office.callbacks, "given", away)
    assert may_leave(office, OTHER) is None


# --- at the desk
# ----------------------------------------------------------------------------------------------

REFUSED = {
    "0204123456": Refusal.PREMIUM,
    "0209-123-456": Refusal.PREMIUM,
    "+81312345678": Refusal.ABROAD,
    "0800123456": Refusal.SERVICE,
    "0229603": Refusal.MALFORMED,
    "00281312345678": Refusal.ABROAD,
}


@pytest.mark.parametrize(("number", "why"), REFUSED.items())
def test_resilience_2_7_a_number_that_is_not_dialled_is_refused_at_the_desk(
    office: Office, number: str, why: Refusal
) -> None:
    """With the reason, and nothing is promised."""
    wish = Wish(number, "zh-TW", "desk", matter="路燈", given_by=ABROAD)
    with pytest.raises((NumberNotDialled, NumberMissing)) as error:
        at_the_desk(office, wish)
    if isinstance(error.value, NumberNotDialled):
        assert error.value.why is why
    assert office.rows() == []


def test_resilience_2_7_the_desk_has_the_limits_of_the_keys(office: Office) -> None:
    """Three a day a caller; without a number the fourth goes to a person."""
    for number in (1, 2, 3):
        at_the_desk(office, Wish(f"091200020{number}", "zh-TW", "agent", matter="路燈", given_by=ABROAD))
    with pytest.raises(GivenRefused, match="too-often most=3"):
        at_the_desk(office, Wish("0912000204", "zh-TW", "agent", matter="路燈", given_by=ABROAD))
    one = at_the_desk(office, Wish(ABROAD, "zh-TW", "agent", matter="路燈", without_number=True))
    assert (office.row(one).number, office.row(one).given_by) == (ABROAD, "")


def test_two_callers_without_any_number_are_two_promises(office: Office) -> None:
    """Nobody can say that they are one."""
    wish = Wish(ANONYMOUS, "zh-TW", "agent", Ownership(extension="5112"), "路燈", without_number=True)
    assert at_the_desk(office, wish) != at_the_desk(office, wish)
    assert [row.open_key for row in office.rows()] == [None, None]


# --- a person's list
# ------------------------------------------------------------------------------------------


def test_resilience_2_7_a_promise_without_a_number_is_chased_like_others(office: Office) -> None:
    """Told to the owner, reminded of, overdue and escalated."""
    one = office.promised(number="")
    office.chase(TEN + 3 * HOUR)
    office.chase(TEN + 4 * HOUR + timedelta(minutes=1))
    row = office.row(one)
    assert row.reminded_at and row.overdue_at and row.escalated_at
    assert {kind for kind, *_ in office.letters()} == {"N-01", "N-02", "N-03"}


def test_resilience_2_7_whoever_heard_the_message_gives_the_promise_its_number(office: Office) -> None:
    """Audited; then it is called, and another wish of that number joins it."""
    one = office.promised(number=ABROAD)
    gives(office, one, "(02)2960-3456")
    row = office.row(one)
    assert (row.number, row.given_by, row.open_key) == ("+886229603456", ABROAD, key("+886229603456|5112"))
    assert ("number-given", "OPEN", "OPEN", "mei") in office.story(one)
    assert office.line("seize", one, "mei", TEN).number == "0229603456"
    assert office.promised(number="0229603456") == one
    with transaction(office.factory) as session:
        assert any(
            deed.after.get("did") == "number given" for deed in audit_rows(session, subject=f"callback:{one}")
        )


def test_a_number_that_has_a_promise_of_the_same_matter_leaves_both(office: Office) -> None:
    """Two wishes stay two: one may have a message."""
    other, one = office.promised(), office.promised(number="")
    gives(office, one, "0912345678")
    assert office.row(one).open_key is None and office.row(other).open_key == key(f"{CITIZEN}|5112")


@pytest.mark.parametrize("number", ["0204123456", "+81312345678", "119", "abc", ""])
def test_resilience_2_7_no_person_gives_a_number_that_is_not_dialled(office: Office, number: str) -> None:
    """And the promise stays as it was."""
    one = office.promised(number="")
    with pytest.raises((NumberNotDialled, NumberMissing)):
        gives(office, one, number)
    assert office.row(one).number == ANONYMOUS


def test_only_a_promise_without_a_number_is_given_one(office: Office) -> None:
    """By who may work on it, while it is to be kept."""
    with pytest.raises(HasNumber):
        gives(office, office.promised(), "0912000111")
    one = office.promised(number="")
    with pytest.raises(NotPermitted):
        gives(office, one, "0912000111", "road")
    office.does("cancel", one, "no trace of who called", "boss", TEN)
    with pytest.raises(CallbackNotNow):
        gives(office, one, "0912000111")


def test_a_number_that_comes_later_in_the_call_is_the_promise_s(office: Office) -> None:
    """Whoever pressed the key before a number was said lost it otherwise;
    a replay of the first wish changes nothing.
    """
    with transaction(office.factory) as session:
        for number in (ANONYMOUS, OTHER, ANONYMOUS):
            office.callbacks.promise(session, "call-1", number, "zh-TW", "agent", TEN, "agent-1")
    (row,) = office.rows()
    assert (row.number, len(office.whole(row.id).requests)) == (OTHER, 1)


# --- another number than one's own
# -------------------------------------------------------------------------


def wishes(office: Office, call: str, *numbers: str, by: str = CITIZEN) -> None:
    """A call is promised a callback at its own number, then at those that the caller keyed in."""
    with transaction(office.factory) as session:
        for number in (by, *numbers):
            given_by = "" if number == by else by
            said = TEN + 4 * HOUR
            office.callbacks.promise(
                session, call, number, "zh-TW", "caller", TEN, given_by=given_by, said=said
            )


def test_9_2_a_number_keyed_in_instead_of_one_s_own_is_the_promise_s(office: Office) -> None:
    """One promise, told to the caller's own mobile once; replayed in whatever order it stays so."""
    wishes(office, "call-1", OTHER)
    wishes(office, "call-1", OTHER)
    (row,) = office.rows()
    assert (row.number, row.given_by, row.open_key) == (OTHER, CITIZEN, key(f"{OTHER}|"))
    assert office.letters("N-04") == [("N-04", CITIZEN)]
    assert [kind for kind, *_ in office.story(row.id)].count("number-given") == 1


def test_9_2_a_promise_that_others_asked_for_too_stays_at_its_number(office: Office) -> None:
    """Of two who call from one telephone the second wants to be called elsewhere: each is called."""
    wishes(office, "call-1")
    wishes(office, "call-2", OTHER)
    first, second = office.rows()
    assert (first.number, second.number, second.given_by) == (CITIZEN, OTHER, CITIZEN)
    assert [len(office.whole(row.id).requests) for row in (first, second)] == [1, 1]
    with transaction(office.factory) as session:
        found = find.of_call(session, "call-2")
        assert found and found.id == second.id


@pytest.mark.parametrize(
    ("origin", "number", "given_by", "expected"),
    [
        ("caller", CITIZEN, "", [CITIZEN]),
        ("officer", CITIZEN, "", [CITIZEN]),
        ("caller", "+886229603456", "", []),  # a landline takes none
        ("caller", ANONYMOUS, "", []),
        ("caller", OTHER, ABROAD, []),  # neither abroad, nor to a third
        ("caller", OTHER, ANONYMOUS, []),
        ("caller", "+886229603456", CITIZEN, [CITIZEN]),
    ],
)
def test_N_04_goes_to_the_caller_s_own_mobile_only(
    office: Office, origin: str, number: str, given_by: str, expected: list[str]
) -> None:
    """Never to the number of somebody else, whoever keyed it in."""
    with transaction(office.factory) as session:
        office.callbacks.promise(session, "call-1", number, "zh-TW", origin, TEN, given_by=given_by)
    assert [who for _, who in office.letters("N-04")] == expected


def test_N_04_is_not_sent_for_who_is_not_on_the_line(office: Office) -> None:
    """A number that an agent or a page was told may be anybody's."""
    at_the_desk(office, Wish(CITIZEN, "zh-TW", "desk", matter="路燈"))
    with transaction(office.factory) as session:
        office.callbacks.ask(session, "0922333444", "zh-TW", TEN)
    assert office.letters("N-04") == []
    at_the_desk(office, Wish("+886911222333", "zh-TW", "agent", matter="路樹"))
    assert office.letters("N-04") == [("N-04", "+886911222333")]
