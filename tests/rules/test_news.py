"""News and tickets: what may be said, whether it matters now, and what may follow what (P4.3,
P4.7, P4.10, P11).
"""

from datetime import date

import pytest

from hotline.clock import taipei
from hotline.errors import HotlineError
from hotline.news.rules import Measure, NewsMessage, NewsStatus, Surge, standing
from hotline.permissions import Action, Role
from hotline.staff.rules import Staff
from hotline.tickets.rules import QUEUES, FaultKind, TicketNotNow, TicketState, answered, closed

START, END = taipei("2026-11-24T10:00"), taipei("2026-11-25T10:00")


@pytest.mark.parametrize(
    ("at", "withdrawn", "state"),
    [
        ("2026-11-24T09:59", None, NewsStatus.PLANNED),
        ("2026-11-24T10:00", None, NewsStatus.CURRENT),
        ("2026-11-25T09:59", None, NewsStatus.CURRENT),
        ("2026-11-25T10:00", None, NewsStatus.OVER),
        ("2026-11-24T12:00", "2026-11-24T12:00", NewsStatus.WITHDRAWN),
        ("2026-11-24T11:59", "2026-11-24T12:00", NewsStatus.CURRENT),
        ("2026-11-26T10:00", "2026-11-24T12:00", NewsStatus.WITHDRAWN),
    ],
)
def test_P4_7_a_message_matters_from_its_beginning_to_its_end(
    at: str, withdrawn: str | None, state: NewsStatus
) -> None:
    """Unless it was withdrawn before."""
    assert standing(START, END, taipei(withdrawn) if withdrawn else None, taipei(at)) is state


def test_P4_7_without_an_end_it_matters_until_it_is_withdrawn() -> None:
    """Ten years later still."""
    assert standing(START, None, None, taipei("2036-11-24T10:00")) is NewsStatus.CURRENT


@pytest.mark.parametrize(
    ("news", "field"),
    [
        (NewsMessage("epb", "", "x", START), "title"),
        (NewsMessage("epb", "題", " ", START), "text"),
        (NewsMessage("epb", "題", "文", START, START), "ends_at"),
        (NewsMessage("epb", "題" * 101, "文", START), "title"),
        (Surge("epb", "題", date(2026, 12, 2), date(2026, 12, 1), 9, "甲"), "last"),
        (Surge("epb", "題", date(2026, 12, 1), date(2026, 12, 1), 0, "甲"), "calls"),
        (Surge("epb", "題", date(2026, 12, 1), date(2026, 12, 1), 9, ""), "staff"),
        (Measure("epb", "題", ""), "material"),
    ],
)
def test_news_that_lacks_something_is_refused(news: NewsMessage | Surge | Measure, field: str) -> None:
    """With what it lacks."""
    with pytest.raises(HotlineError) as refused:
        news.check()
    assert getattr(refused.value, "field", None) == field


def test_P4_1_2_a_ticket_is_answered_and_closed_once() -> None:
    """A second answer corrects the first; a closed one stays closed."""
    assert answered(1, TicketState.OPEN) is answered(1, TicketState.ANSWERED) is TicketState.ANSWERED
    assert closed(1, TicketState.OPEN) is closed(1, TicketState.ANSWERED) is TicketState.CLOSED
    for step in (answered, closed):
        with pytest.raises(TicketNotNow):
            step(1, TicketState.CLOSED)


def test_P11_the_kind_of_a_fault_decides_whose_it_is() -> None:
    """Each kind has a queue, and who has the queue may mend."""
    assert QUEUES == {
        FaultKind.SWITCHBOARD: Role.SECRETARIAT,
        FaultKind.INTERNET: Role.INFORMATION_CENTRE,
    }
    for role in QUEUES.values():
        assert Staff("x", "x", frozenset({role})).may(Action.FAULT_MEND)


@pytest.mark.parametrize(
    "action",
    [
        Action.FAQ_CHANGE,
        Action.FAQ_REVIEW,
        Action.FAQ_REPLY,
        Action.NEWS_POST,
        Action.NEWS_ALERT,
        Action.NEWS_SURGE,
        Action.NEWS_MEASURE,
        Action.TICKET_ANSWER,
        Action.CONTACT_NOTE,
    ],
)
def test_P2_a_a_liaison_speaks_for_the_own_agency_and_an_administrator_for_all(action: Action) -> None:
    """An officer speaks for none."""
    liaison = Staff("l", "l", frozenset({Role.LIAISON}), "epb")
    assert liaison.may(action, "epb") and not liaison.may(action, "pwd")
    assert Staff("a", "a", frozenset({Role.ADMINISTRATOR}), "rdec").may(action, "pwd")
    assert not Staff("o", "o", frozenset({Role.OFFICER}), "epb").may(action, "epb")
