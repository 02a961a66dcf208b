"""Calls to a citizen who was promised one:
one at a time, to numbers of Taiwan, and what is kept of them (§9.2).
"""

from datetime import datetime, timedelta

import pytest

from hotline.callbacks import find
from hotline.callbacks.outbound_lock import LONGEST, PLACING, CallOutcome, CitizenIsCalled, NotCallable
from hotline.callbacks.rules import Outcome
from hotline.callbacks.service import Callbacks
from hotline.db import Sessions, transaction
from hotline.errors import HotlineError
from tests.promises import CITIZEN, TEN, Office

pytestmark = pytest.mark.dialects

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def office(factory: Sessions, callbacks: Callbacks) -> Office:
    return Office.of(factory, callbacks)


def test_one_call_a_citizen_at_a_time(office: Office) -> None:
    """Two promises to one number, two officers: the second is told who calls, until the call is over."""
    one, two = office.promised(), office.promised(extension="5113")
    placed = office.line("seize", one, "mei", TEN)
    assert (placed.number, placed.language, placed.by) == ("0912345678", "zh-TW", "mei")
    with pytest.raises(CitizenIsCalled, match="mei"):
        office.line("seize", two, "an", TEN + MINUTE)
    assert office.row(two).state == "OPEN", "nothing of a refused call is kept"
    with transaction(office.factory) as session:
        assert [one.calling for one in find.who_else(session, CITIZEN, "an", TEN + MINUTE)] == [True, False]
    for is_over in (False, True, True):  # the event log may be loaded twice
        office.line("called", CallOutcome(one, placed.token, "mei", Outcome.NO_ANSWER, TEN, is_over))
    assert [(one.outcome, one.at) for one in office.whole(one).attempts] == [("no-answer", TEN)]
    assert office.line("seize", two, "an", TEN + 2 * MINUTE).token != placed.token


def test_a_line_nobody_gave_back_is_free_again(office: Office) -> None:
    """Three minutes after it was placed, when its program died;
    two hours after the citizen answered, when Asterisk did.
    """
    one, two = office.promised(), office.promised(extension="5113")
    office.line("seize", one, "mei", TEN)
    with pytest.raises(CitizenIsCalled):
        office.line("seize", two, "an", TEN + PLACING - timedelta(seconds=1))
    placed = office.line("seize", two, "an", TEN + PLACING)
    office.line("called", CallOutcome(two, placed.token, "an", Outcome.REACHED, TEN + PLACING, False))
    with pytest.raises(CitizenIsCalled):
        office.line("seize", one, "mei", TEN + PLACING + LONGEST - MINUTE)
    office.line("seize", one, "mei", TEN + PLACING + LONGEST)


@pytest.mark.parametrize("number", ["", "110", "119", "+81312345678", "0204123456"])
def test_only_numbers_of_taiwan_are_called_back(office: Office, number: str) -> None:
    """Never a hidden one, one abroad, an emergency number; the promise stays as it was."""
    one = office.promised(number=number)
    with pytest.raises(NotCallable):
        office.line("seize", one, "mei", TEN)
    assert office.row(one).state == "OPEN"


def test_what_the_event_log_tells_of_a_closed_one_is_kept(office: Office) -> None:
    """The officer closed it by hand before the log was loaded: the attempt is on record, the state stays."""
    one = office.promised()
    placed = office.line("seize", one, "mei", TEN)
    office.does("close", one, "told", "mei", TEN + MINUTE)
    office.line("called", CallOutcome(one, placed.token, "mei", Outcome.REACHED, TEN, True))
    assert office.row(one).state == "DONE"
    assert len(office.whole(one).attempts) == 2


def test_a_call_for_a_promise_that_is_not_known_says_so(office: Office) -> None:
    """And is nobody's."""
    with pytest.raises(HotlineError, match="no-such-callback number=99"):
        office.line("called", CallOutcome(99, "t", "mei", Outcome.REACHED, datetime.now(TEN.tzinfo), True))
