"""The commands over promises and messages, as a person types them:
what they do, what they refuse, what is on record.
"""

import re
from datetime import timedelta

import pytest
from sqlalchemy import delete

from calls.store import CallRow, CelEvent
from hotline import clock
from hotline.callbacks.chase import Chase
from hotline.callbacks.store import CallbackLine
from hotline.callbacks.wishes import Wish
from hotline.db import looking, transaction
from hotline.ledger.audit import audit_rows
from hotline.ledger.looks import looks_at
from hotline.numbers import e164
from hotline.outbox.senders import FileSender
from hotline.outbox.service import Post
from ops.wiring import House
from tests.doors.conftest import Typed

CITIZEN = "0912345678"


def called(house: House, call: str = "test-1.1", number: str = CITIZEN, extension: str = "5112") -> int:
    """A call was promised a callback."""
    with transaction(house.factory) as session:
        house.callbacks.promise(session, call, e164(number), "zh-TW", "caller", clock.now(), extension)
    return 1


REFUSED = (
    ("callback show 9", "no callback 9.\nSee: hotline due"),
    ("callback show nine", "'nine' is not a valid integer"),
    ("callback claim 9 --by officer-5112", "no callback 9"),
    ("callback claim 1", "Missing option '--by'"),
    ("callback claim 1 --by nobody", "has the user name nobody"),
    ("callback claim 1 --by officer-5301", "does not allow this for the agency epb"),
    ("callback claim 1 --by officer-5113", "officer-5112 is working on it; wait until it is released"),
    ("callback release 1 --by officer-5113", "officer-5112 is working on it"),
    ("callback attempt 1 busy --by officer-5113", "officer-5112 is working on it"),
    ("callback attempt 1 asleep --by officer-5112", "'asleep' is not one of 'reached', 'no-answer'"),
    ("callback close 1 --by officer-5112", "Missing option '--result'"),
    (
        "callback close 1 --result= --by officer-5112",
        "Write down why, or what the citizen was told",
    ),
    ("callback close 1 --result x --by control-epb", "does not allow this"),
    ("callback cancel 1 --reason= --by agent-1", "Write down why"),
    ("callback cancel 1 --reason x --by officer-5112", "does not allow this"),
    ("callback hand-over 1 --to officer-5113 --by officer-5112", "Missing option '--reason'"),
    ("callback hand-over 1 --to nobody --reason x --by officer-5112", "has the user name nobody"),
    ("callback hand-over 1 --to officer-5301 --reason x --by officer-5112", "for the agency pwd"),
    (
        "callback hand-over 1 --to control-epb --reason x --by officer-5112",
        "role of control-epb does not allow",
    ),
    ("callback extend 1 --until soon --reason x --by officer-5112", "for example 2026-11-24T10:00"),
    ("callback extend 1 --until 2020-01-01 --reason x --by officer-5112", "must be later than"),
    (
        "callback extend 1 --until 2099-01-01T10:00 --reason= --by officer-5112",
        "Write down why",
    ),
    ("callback open abc --matter x --by agent-1", '"abc" is no telephone number; give one at which'),
    ("callback open 110 --matter x --by agent-1", '"110" is no telephone number'),
    ("callback open 0204123456 --matter x --by agent-1", "costs more than a call"),
    (
        "callback open +81312345678 --matter x --by agent-1",
        "is abroad, so 1999 does not dial it; ask for a telephone in Taiwan",
    ),
    (f"callback number 1 {CITIZEN} --by officer-5112", "has a number that can be called"),
    (f"callback open {CITIZEN} --by agent-1", "Missing option '--matter'"),
    (f"callback open {CITIZEN} --matter x --by approver-1", "does not allow this"),
    (
        f"callback open {CITIZEN} --matter x --extension 9999 --by agent-1",
        "The directory has no extension 9999 then",
    ),
    (f"callback open {CITIZEN} --matter x --language fr --by agent-1", "'fr' is not one of"),
    (f"callback open {CITIZEN} --matter x --extension 5301 --by officer-5112", "for the agency pwd"),
    ("callback find anonymous", '"anonymous" is no telephone number'),
    ("callback call 1 --by officer-5113", "officer-5112 is working on it"),
    ("callback call 9 --by officer-5112", "no callback 9"),
    ("callback call 1 --by control-epb", "does not allow this"),
    ("why callback 9", "no callback 9"),
    ("due --at soon", "for example 2026-11-24T10:00"),
    ("notices list --state lost", "'lost' is not one of"),
)
"""Commands that are refused after officer-5112 has claimed the promise, and why."""


def test_nothing_to_do_is_said(typed: Typed) -> None:
    """Of all agencies, of one, and in the outbox."""
    assert typed("due").output == typed("callback list").output == "no callback is to be kept now\n"
    assert "nothing was promised" in typed(f"callback find {CITIZEN}").output
    assert typed("notices list").output == ""


def test_P5_1_1_a_promise_from_the_desk_to_its_end(typed: Typed, house: House) -> None:
    """Opened, listed, claimed, tried, extended, handed over, closed;
    every step shown and audited under its name.
    """
    opened = typed(
        "callback open (02)2960-3456 --extension 5112 --name 示範市民 --by agent-1 --matter", "路燈不亮"
    )
    assert re.match(r" +1  due \d\d-\d\d \d\d:\d\d  OPEN +officer-5112", opened.output), opened.output
    assert "路燈不亮" in opened.output and "2960" not in opened.output
    assert "路燈不亮" in typed("due").output and "路燈不亮" in typed("due --agency epb").output
    assert typed("due --agency pwd").output == "no callback is to be kept now\n"
    assert "WORKING" in typed("callback claim 1 --by officer-5112").output
    assert "ATTEMPTED, 1x, next by" in typed("callback attempt 1 busy --note 佔線 --by officer-5112").output
    later = (clock.now() + timedelta(days=20)).strftime("%Y-%m-%dT%H:%M")
    extended = typed(f"callback extend 1 --until {later} --by officer-5112 --reason", "需會勘").output
    assert "extended to" in extended
    handed = typed("callback hand-over 1 --to officer-5113 --by officer-5112 --reason", "請假").output
    assert "officer-5113" in handed and "ATTEMPTED" in handed
    assert "DONE" in typed("callback close 1 --by officer-5113 --result", "已派工").output
    shown = typed("callback show 1").output
    for words in (
        "citizen    示○○",
        "attempt",
        "busy by officer-5112 佔線",
        "handed-over",
        "officer-5112 請假",
        "需會勘",
        "ATTEMPTED -> DONE by officer-5113",
        "result     已派工",
    ):
        assert words in shown, shown
    with looking(house.factory) as session:
        done = {(deed.by, deed.action) for deed in audit_rows(session, subject="callback:1")}
    assert {
        ("agent-1", "callback.open"),
        ("officer-5112", "callback.work"),
        ("officer-5112", "callback.hand-over"),
        ("officer-5113", "callback.work"),
    } <= done
    assert "已派工" in typed("callback find 02-29603456").output


def test_a_citizen_is_shown_whole_to_who_says_why_or_has_it_in_hand(typed: Typed, house: House) -> None:
    """With ``--by`` and a reason, or as its holder;
    whoever may not is refused, and nothing is shown without a row.
    """
    typed("callback open 0933218765 --name 陳可辨 --matter 路燈不亮 --by agent-1")
    masked = typed("callback show 1 --by agent-2").output
    assert "+886933***765" in masked and "陳○○" in masked
    whole = typed("callback show 1 --by agent-2 --reason 民眾詢問進度").output
    assert "+886933218765" in whole and "陳可辨" in whole
    assert "Say who looks" in typed("callback show 1 --reason 好奇", refused=True).output
    assert (
        "does not allow this" in typed("callback show 1 --by officer-5112 --reason 好奇", refused=True).output
    )
    typed("callback claim 1 --by supervisor-1")
    assert "+886933218765" in typed("callback show 1 --by supervisor-1").output
    with looking(house.factory) as session:
        assert [one.by for one in looks_at(session, "callback:1")] == ["agent-2", "supervisor-1"]


def test_P9_2_withdrawn_and_released(typed: Typed, house: House) -> None:
    """By whoever took the citizen's call."""
    called(house)
    typed("callback claim 1 --by officer-5112")
    assert "OPEN" in typed("callback release 1 --by officer-5112").output
    assert "CANCELLED" in typed("callback cancel 1 --by agent-1 --reason", "市民來電已答覆").output
    assert typed("due").output == "no callback is to be kept now\n"
    assert "市民來電已答覆" in typed(f"callback find {CITIZEN}").output


def test_a_second_person_who_opens_the_number_is_warned(typed: Typed, house: House) -> None:
    """By show, find, open and claim of another of the same citizen; who holds it is not."""
    called(house)
    called(house, "test-2.1", extension="5301")
    typed("callback claim 1 --by officer-5112")
    warning = "! officer-5112 is working on it (callback 1)"
    for line in (
        "callback show 1 --by officer-5113",
        f"callback find {CITIZEN}",
        "callback show 2",
        f"callback open {CITIZEN} --matter x --by agent-1",
        "callback claim 2 --by officer-5301",
    ):
        assert warning in typed(line).output, line
    assert warning not in typed("callback show 1 --by officer-5112").output
    with transaction(house.factory) as session:
        now = clock.now()
        session.add(
            CallbackLine(
                number=e164(CITIZEN),
                callback_id=1,
                token="t",
                by="officer-5112",
                until=now + timedelta(minutes=5),
            )
        )
    assert "! officer-5112 is calling this citizen now" in typed(f"callback find {CITIZEN}").output


def test_what_is_refused_is_refused_in_one_sentence(typed: Typed, house: House) -> None:
    """That says what to do; nothing is written."""
    called(house)
    typed("callback claim 1 --by officer-5112")
    before = typed("callback show 1").output
    with looking(house.factory) as session:
        written = len(audit_rows(session))
    for line, why in REFUSED:
        assert why in typed(line, refused=True).output, line
    with looking(house.factory) as session:
        assert len(audit_rows(session)) == written
    assert typed("callback show 1").output == before


def test_resilience_2_7_a_promise_without_a_number_is_given_one(typed: Typed, house: House) -> None:
    """Listed by themselves until then."""
    called(house)
    called(house, "test-2.1", number="")
    assert "anonymous" in typed("callback list --without-number").output
    assert len(typed("callback list --without-number").output.splitlines()) == 1
    assert "0912***111" in typed("callback number 2 0912-000-111 --by officer-5112").output.replace(
        "+886912", "0912"
    )
    assert "no callback is to be kept now" in typed("callback list --without-number").output


@pytest.mark.parametrize(
    "verb", ["claim", "release", "attempt 1 busy", "close --result x", "cancel --reason x"]
)
def test_what_is_closed_stays_closed(typed: Typed, house: House, verb: str) -> None:
    """And the command says so."""
    called(house)
    typed("callback close 1 --result told --by officer-5112")
    name, *rest = verb.split()
    who = "agent-1" if name == "cancel" else "officer-5112"
    words = [word for word in rest if word != "1"]
    said = typed(" ".join(["callback", name, "1", *words, "--by", who]), refused=True).output
    assert 'This callback is "Closed"' in said


def test_callback_call_says_what_is_missing(
    typed: Typed, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No phone, no number, no Asterisk; afterwards the citizen's line is free."""
    monkeypatch.setenv("HOTLINE_AMI_PORT", "9")  # discard: nobody listens, whatever else runs on this machine
    called(house)
    assert "6101" not in typed("callback call 1 --by liaison-apo", refused=True).output
    called(house, "test-2.1", number="", extension="")
    said = typed("callback call 2 --by agent-1", refused=True).output
    assert "has no number that may be called; hear the message and enter a number" in said
    called(house, "test-3.1", number="0922333444", extension="6101")
    assert (
        "liaison-apo has no phone that 1999 could ring first"
        in typed("callback call 3 --by liaison-apo", refused=True).output
    )
    said = typed("callback call 1 --by officer-5112", refused=True).output
    assert "The telephone system does not answer" in said or "password" in said, said
    with transaction(house.factory) as session:
        assert session.query(CallbackLine).count() == 0


def test_P7_2_earlier_calls_are_found_by_number(typed: Typed, house: House) -> None:
    """Newest first, with what came of each and who answered; numbers stay masked."""
    with transaction(house.factory) as session:
        for number, outcome in enumerate(("talked", "abandoned")):
            session.add(
                CallRow(
                    id=f"test-{number}.1",
                    node="test",
                    line="asterisk",
                    menus="x",
                    caller=e164(CITIZEN),
                    dialled="1999",
                    turn=1,
                    agent="agent-1" if outcome == "talked" else "",
                    outcome=outcome,
                    talk_seconds=61.0,
                    started_at=clock.now() - timedelta(hours=2 - number),
                )
            )
    found = typed(f"callback find {CITIZEN}").output.splitlines()
    assert found[0] == "nothing was promised to this number"
    assert "abandoned" in found[1] and "talked" in found[2] and "61 s with agent-1" in found[2]
    assert CITIZEN not in "".join(found)


def test_hostile_words_stay_words(typed: Typed, house: House) -> None:
    """Line breaks of a matter, a name, a note make no line of their own, whatever door they came by."""
    evil = "x\x1b[2J\nfake line\r\x07"
    with transaction(house.factory) as session:
        wish = Wish(CITIZEN, "zh-TW", "desk", matter=evil, name=evil)
        house.callbacks.open(session, wish, "agent-1", clock.now())
    typed("callback attempt 1 busy --by agent-1 --note", "x\nfake line")
    typed("callback close 1 --by agent-1 --result", "x\nfake line")
    for line in (
        "callback show 1",
        "callback list",
        f"callback find {CITIZEN}",
        "notices list",
    ):
        output = typed(line).output
        assert "\x1b" not in output and "\x07" not in output
        assert not any(part.startswith("fake line") for part in output.splitlines()), output


def test_due_at_explains_a_promise_of_any_moment(typed: Typed) -> None:
    """§21: Friday evening before nine days of New Year."""
    said = typed("due --at 2026-02-13T16:30").output
    assert "P5.1.1: 4 h of office hours" in said and said.strip().endswith("due Mon 2026-02-23 11:30")


def test_why_callback_tells_arithmetic_and_changes(typed: Typed, house: House) -> None:
    """The due time on record, the extension with its clause, the first attempt."""
    called(house)
    later = (clock.now() + timedelta(days=20)).strftime("%Y-%m-%dT%H:%M")
    typed(f"callback extend 1 --until {later} --by officer-5112 --reason", "需會勘")
    typed("callback attempt 1 no-answer --by officer-5112")
    said = typed("why callback 1").output
    for words in (
        "P5.1.1: 4 h",
        "on record: due",
        "§9.2, statistics keep",
        "需會勘",
        "first attempt",
        "on time",
    ):
        assert words in said, said


def test_spec_2_a_day_declared_moves_open_promises_and_says_how_many(typed: Typed, house: House) -> None:
    """Closed and opened again by command."""
    called(house)
    due_on = typed("why callback 1").output.splitlines()[-1].removeprefix("on record: due ").split()[1]
    assert (
        "1 callbacks are due at another time now"
        in typed(f"calendar close {due_on} --reason typhoon --by admin-1").output
    )
    assert "due-moved" in typed("why callback 1").output
    assert (
        "1 callbacks are due at another time now"
        in typed(f"calendar open {due_on} --reason lifted --by admin-1").output
    )


def test_spec_2_other_office_hours_move_open_promises(typed: Typed, house: House) -> None:
    """From today on the office is open a minute a day:
    four hours are far away, and the old time stays on record.
    """
    called(house)
    today = clock.now().astimezone(clock.TAIPEI).date()
    said = typed(f"calendar hours 00:00 00:01 --from {today} --by admin-1").output
    assert "1 callbacks are due at another time now" in said
    assert "due-moved" in typed("why callback 1").output


def test_P0_c_the_outbox_is_listed_with_what_became_of_it(typed: Typed, house: House) -> None:
    """Waiting, then sent; the latest so many; by state."""
    called(house)
    Chase(house.factory, house.callbacks).run(clock.now() + timedelta(days=30))
    waiting = typed("notices list").output.splitlines()
    assert [line.split()[3] for line in waiting] == ["N-01"] * 2 + ["N-04"] + ["N-03"] * 3
    assert all("waiting" in line for line in waiting)
    assert len(typed("notices list --last 2").output.splitlines()) == 2
    Post(house.factory, FileSender(house.settings.outbox), "test").deliver(clock.now() + timedelta(days=31))
    assert len(typed("notices list --state sent").output.splitlines()) == 6
    assert typed("notices list --state waiting").output == ""


def test_a_restored_promise_is_marked_in_lists(typed: Typed, house: House) -> None:
    """Who calls the citizen back looks first."""
    with transaction(house.factory) as session:
        house.callbacks.restoring(clock.now()).promise(
            session, "test-1.1", e164(CITIZEN), "zh-TW", "caller", clock.now(), "5112"
        )
    assert "restored, may be kept already: check first" in typed("callback list").output
    assert "restored by jobs" not in typed("callback show 1").output


def test_the_comparison_is_run_by_command(typed: Typed, house: House) -> None:
    """What it made good, what needs a person; it ends with 1 if something does."""
    at = clock.now() - timedelta(minutes=30)
    torn = {"text": '{"eventtype":"PROMISE"'}
    with transaction(house.factory) as session:
        session.add(
            CallRow(
                id="test-1.1", caller=e164(CITIZEN), started_at=at, ended_at=at, outcome="promised", turn=3
            )
        )
        session.add(CelEvent(file="f" * 64, offset=7, linked_id="", at=at, kind="UNREADABLE", body=torn))
    found = typed("callback compare", refused=True).output
    assert "made good: test-1.1" in found and "LACKING: a line of the event log" in found
    assert "check first" in typed("callback list").output
    with transaction(house.factory) as session:
        session.execute(delete(CelEvent))
    assert "0 made good, 0 lacking" in typed("callback compare --days 35").output
