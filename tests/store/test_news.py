"""News on both databases: messages, emergency bulletins and who read them, surges, measures (P4.3,
P4.7, P4.8, P4.10).
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy.orm import Session

from hotline import bulletins as alerts
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.directory.register import set_row
from hotline.directory.rules import Agency
from hotline.directory.service import Unknown
from hotline.knowledge import service as book
from hotline.knowledge.rules import Faq
from hotline.knowledge.service import UnknownFaq
from hotline.ledger.audit import audit_rows
from hotline.ledger.periods import Period
from hotline.news import measures, messages, surges
from hotline.news.linked import IsOver, NoNews
from hotline.news.rules import Measure, NewsMessage, Surge
from hotline.permissions import Role
from hotline.search import Match
from hotline.staff.rules import Staff
from hotline.staff.service import NotPermitted, set_staff
from hotline.texts import UnfitText

NOW = taipei("2026-11-24T10:00")
HOUR = timedelta(hours=1)
WEDDING = NewsMessage("cad", "聯合婚禮報名", "名額一百對，洽禮俗科。", NOW, NOW + 24 * HOUR)
PENSION = Surge("cad", "敬老金通知", date(2026, 12, 1), date(2026, 12, 4), 1200, "四位同仁")
CARD = Measure("cad", "新式戶口名簿", "十二月起換發。", training=True)


@pytest.fixture
def city(factory: Sessions) -> Sessions:
    with transaction(factory) as session:
        for code in ("cad", "epb"):
            set_row(session, Agency(code, code), Period(NOW), at=NOW, by="admin-1")
        for login, role, agency in (
            ("admin-1", Role.ADMINISTRATOR, ""),
            ("boss", Role.SUPERVISOR, ""),
            ("agent-1", Role.AGENT, ""),
            ("agent-2", Role.AGENT, ""),
            ("liaison-cad", Role.LIAISON, "cad"),
            ("liaison-epb", Role.LIAISON, "epb"),
        ):
            member = Staff(login, login, frozenset({role}), agency)
            set_staff(session, member, Period(NOW), at=NOW, by="admin-1")
        book.write(session, Faq("cad", "敬老金何時發？", "十二月發。"), at=NOW, by="admin-1")
    return factory


@pytest.fixture
def session(city: Sessions) -> Iterator[Session]:
    with transaction(city) as session:
        yield session


def test_P4_7_a_message_is_read_until_its_end_and_stays_on_record(session: Session) -> None:
    """Found by its words; corrected without losing when it was posted; withdrawn before its end."""
    row = messages.post(session, WEDDING, at=NOW, by="liaison-cad")
    messages.correct(session, row.id, replace(WEDDING, title="聯合婚禮延期"), at=NOW + HOUR, by="liaison-cad")
    assert (row.posted_at, row.changed_at) == (NOW, NOW + HOUR)
    there = messages.messages(session, NOW + HOUR)
    assert messages.search(there, "lianhehunli") == [(row, Match.SOUND)]
    assert messages.search(there, " ") == [(row, None)]
    assert messages.search(there, "路燈") == []
    assert messages.messages(session, NOW + 24 * HOUR) == []
    messages.withdraw(session, row.id, at=NOW + 2 * HOUR, by="liaison-cad", reason="取消")
    assert messages.messages(session, NOW + 3 * HOUR) == []
    assert messages.messages(session, NOW + 3 * HOUR, agency="cad", with_past=True) == [row]
    told = [
        deed.after["title"]
        for deed in audit_rows(session, subject=f"message:{row.id}")
        if "title" in deed.after
    ]
    assert told == ["聯合婚禮報名", "聯合婚禮延期"]
    with pytest.raises(IsOver):
        messages.withdraw(session, row.id, at=NOW + 3 * HOUR, by="liaison-cad")


def test_P4_7_a_message_that_starts_later_is_shown_before(session: Session) -> None:
    """Agents may see what comes."""
    row = messages.post(session, replace(WEDDING, starts_at=NOW + HOUR), at=NOW, by="admin-1")
    assert messages.messages(session, NOW) == [row] == messages.messages(session, NOW + HOUR)


def test_P4_8_a_bulletin_is_on_until_it_is_lifted_and_who_read_it_is_known(session: Session) -> None:
    """Agents and supervisors must have; reading it twice is reading it once."""
    row = alerts.raise_alert(session, "cad", "停水", "示範東區今天停水。", at=NOW, by="liaison-cad")
    assert alerts.alerts(session, is_on=True) == [row]
    assert [one.login for one in alerts.unseen(session, row.id, NOW)] == ["agent-1", "agent-2", "boss"]
    assert alerts.see(session, row.id, at=NOW, by="agent-1")
    assert not alerts.see(session, row.id, at=NOW + HOUR, by="agent-1")
    assert [(one.login, one.at) for one in alerts.seen(session, row.id)] == [("agent-1", NOW)]
    assert [one.login for one in alerts.unseen(session, row.id, NOW)] == ["agent-2", "boss"]
    alerts.lift(session, row.id, at=NOW + HOUR, by="liaison-cad", reason="復水")
    assert alerts.alerts(session, is_on=True) == [] and alerts.alerts(session, is_on=False) == [row]
    with pytest.raises(IsOver):
        alerts.lift(session, row.id, at=NOW + HOUR, by="admin-1")


def test_P4_8_two_browsers_of_one_agent_press_read_at_one_moment(city: Sessions) -> None:
    """It is known once, and neither sees a fault."""
    with transaction(city) as session:
        number = alerts.raise_alert(session, "cad", "停水", "停水。", at=NOW, by="liaison-cad").id
    together, told = Barrier(2), list[bool]()

    def press() -> None:
        together.wait()
        with transaction(city) as session:
            told.append(alerts.see(session, number, at=NOW, by="agent-1"))

    pressing = [Thread(target=press) for _ in range(2)]
    for one in pressing:
        one.start()
    for one in pressing:
        one.join()
    assert sorted(told) == [False, True]


def test_P4_3_a_surge_without_an_entry_of_the_book_is_flagged(session: Session) -> None:
    """Until one is linked, and again when that one has ended; over after its last day."""
    row = surges.tell(session, PENSION, at=NOW, by="liaison-cad")
    assert surges.is_without_entry(session, row, NOW)
    surges.link(session, row.id, ("1",), at=NOW, by="liaison-cad")
    assert not surges.is_without_entry(session, row, NOW)
    book.end(session, "1", at=NOW + HOUR, by="liaison-cad", reason="停辦")
    assert surges.is_without_entry(session, row, NOW + HOUR)
    assert surges.surges(session, taipei("2026-12-04T23:59")) == [row]
    assert surges.surges(session, taipei("2026-12-05T00:00")) == []
    assert surges.surges(session, taipei("2026-12-05T00:00"), with_past=True) == [row]
    surges.withdraw(session, row.id, at=NOW, by="liaison-cad")
    assert surges.surges(session, NOW) == []


def test_P4_10_a_measure_has_its_newest_material_and_who_was_trained(session: Session) -> None:
    """The call centre writes down who attended; each once."""
    row = measures.tell(session, CARD, at=NOW, by="liaison-cad")
    newer = replace(CARD, material="延到一月。", training_on=date(2026, 12, 1), entries=("1",))
    measures.correct(session, row.id, newer, at=NOW + HOUR, by="liaison-cad")
    assert measures.said(row) == newer and row.changed_at == NOW + HOUR
    assert measures.train(session, row.id, ["agent-1", "agent-2", "agent-1"], at=NOW, by="boss") == 2
    assert measures.train(session, row.id, ["agent-1"], at=NOW, by="boss") == 0
    assert [one.login for one in measures.trained(session, row.id)] == ["agent-1", "agent-2"]
    with pytest.raises(NotPermitted):
        measures.train(session, row.id, ["agent-1"], at=NOW, by="liaison-cad")
    assert measures.measures(session) == [row]


Say = Callable[[Session, str], object]


@pytest.mark.parametrize(
    "say",
    [
        lambda session, by: messages.post(session, WEDDING, at=NOW, by=by),
        lambda session, by: alerts.raise_alert(session, "cad", "停水", "停水。", at=NOW, by=by),
        lambda session, by: surges.tell(session, PENSION, at=NOW, by=by),
        lambda session, by: measures.tell(session, CARD, at=NOW, by=by),
    ],
    ids=["message", "alert", "surge", "measure"],
)
def test_P2_a_news_of_an_agency_is_told_by_its_liaison_or_the_call_centre(session: Session, say: Say) -> None:
    """Not by another agency's liaison, not by an agent."""
    for by in ("liaison-epb", "agent-1"):
        with pytest.raises(NotPermitted):
            say(session, by)
    assert say(session, "liaison-cad") and say(session, "admin-1")


@pytest.mark.parametrize(
    ("say", "fault"),
    [
        (lambda session: messages.post(session, replace(WEDDING, agency="x"), at=NOW, by="admin-1"), Unknown),
        (lambda session: alerts.raise_alert(session, "cad", " ", "停水。", at=NOW, by="admin-1"), UnfitText),
        (
            lambda session: surges.tell(session, replace(PENSION, entries=("9",)), at=NOW, by="admin-1"),
            UnknownFaq,
        ),
        (
            lambda session: measures.tell(session, replace(CARD, entries=("9",)), at=NOW, by="admin-1"),
            UnknownFaq,
        ),
        (lambda session: messages.withdraw(session, 9, at=NOW, by="admin-1"), NoNews),
        (lambda session: alerts.see(session, 9, at=NOW, by="agent-1"), NoNews),
        (lambda session: measures.train(session, 9, ["agent-1"], at=NOW, by="boss"), NoNews),
    ],
)
def test_news_of_what_is_not_there_is_refused(
    session: Session, say: Callable[[Session], object], fault: type[Exception]
) -> None:
    """An agency, an entry, a row, a word."""
    with pytest.raises(fault):
        say(session)
