"""Promises given on real calls and kept by real calls:
who promises, what is heard, whose phones ring, what is stored.

One system: callers are promised a callback in every way there is,
while officers ring citizens back beside them.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from calls.store import OUTGOING, CallRow, CelEvent
from control.ami import AMI, ActionRefused, ManagerAccount
from demo.exchange import Dead
from demo.hearing import PromptSounds, recognise
from demo.officers import Officer, Officers
from demo.openings import loud_part
from demo.phone import Answers, Busy, NoAnswer, PhoneEventKind, Softphone
from demo.sound import read_wav
from demo.trials import this_hotline
from hotline.callbacks.find import whole
from hotline.callbacks.rules import Outcome
from hotline.callbacks.service import callback
from hotline.callbacks.store import Callback, CallbackAttempt
from hotline.db import transaction
from hotline.numbers import e164
from hotline.outbox.service import notices
from ivr import spoken
from ivr.numerals import Language
from tests.chosen import each, is_plain
from tests.faults.stand_ins import halted
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.promising import (
    ELSEWHERE,
    GIVEN,
    KEPT,
    WANTED,
    Kept,
    Played,
    Told,
    digits,
    given,
    keep,
    listen,
    no_lines,
    placed,
    promise,
    promised_by_callers,
    second_officer,
    too_many_today,
)
from tests.live.system import ALL_DAY, System, declare, running
from tests.live.test_menus_live import in_order

pytestmark = pytest.mark.live
AT_ONCE = 12
CALLED_BACK, BY_KEY = "both_talk_the_citizen_hangs_up", "by_key_3"
RING = 8.0
FOUR_HOURS = timedelta(hours=4)


@pytest.fixture(scope="module")
def system(request: pytest.FixtureRequest) -> Iterator[System]:
    """Offices that are open all day, phones that ring for a short time."""
    if is_plain(request):
        one = request.getfixturevalue("everyday")
        declare(one, "open")
        yield one
        return
    refuse_or_go_on()
    with running(
        callback_ring=RING, transfer_ring=4, transfer_neighbour_ring=4, queue_slice=6, queue_ring=5, **ALL_DAY
    ) as one:
        declare(one, "open")
        yield one
        assert_clean(one)


@pytest.fixture(scope="module")
def played(system: System, request: pytest.FixtureRequest) -> Iterator[Played]:
    """Callers are promised callbacks while officers keep others, side by side;
    in the plain run one of each.
    """
    desks = {one.extension: one.picks_up for one in KEPT.values()} | {"5201": Busy(), "5413": Answers(0.5)}
    citizens: dict[str, Officer] = {one.number: one.citizen for one in KEPT.values()}
    if is_plain(request):
        yield of_the_plain_run(system, citizens)
        return
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(len(KEPT) + 4))
        exchange = stack.enter_context(
            Officers(system.settings.officers_contact, desks, system.scratch / "desks")
        )
        outside = stack.enter_context(
            Officers(system.settings.trunk_contact, citizens, system.scratch / "citizens")
        )
        system.reaches(exchange)
        calls = {
            name: pool.submit(keep, system, one, promise(system, one.number, one.extension))
            for name, one in KEPT.items()
        }
        refused = pool.submit(second_officer, system, outside)
        given = pool.submit(promised_by_callers, system, exchange)
        kept = {name: call.result(120) for name, call in calls.items()}
        by_command = refused.result(180)
        too_many = too_many_today(system)
        promised = given.result(200)
        system.until(lambda: no_lines(system), 60, "every line is given back")
        listen(system, kept, exchange, outside)
        asked = list(outside.exchange.asked)
    with halted(system, 1, 2):
        promised["by_the_dialplan_alone"] = system.call("-", caller="0913200005", longest=60)
    yield Played(kept, *by_command, too_many, asked, promised)


def of_the_plain_run(system: System, citizens: dict[str, Officer]) -> Played:
    """One caller is promised a callback; one officer keeps another."""
    one = KEPT[CALLED_BACK]
    asked = replace(one, asked=1)
    with (
        Officers(
            system.settings.officers_contact, {one.extension: one.picks_up}, system.scratch / "desks"
        ) as exchange,
        Officers(
            system.settings.trunk_contact, {one.number: citizens[one.number]}, system.scratch / "citizens"
        ),
        ThreadPoolExecutor(2) as pool,
    ):
        system.reaches(exchange)
        call = pool.submit(keep, system, asked, promise(system, one.number, one.extension))
        promised = pool.submit(system.call, "1,3,1,#", GIVEN[BY_KEY][0], longest=120)
        return Played(
            {CALLED_BACK: call.result(120)},
            "",
            "",
            Told(0),
            [one.number] * one.asked,
            {BY_KEY: promised.result(150)},
        )


@each(KEPT, {CALLED_BACK: "An officer calls a citizen back through 1999"})
def test_P9_2_what_came_of_a_call_to_a_citizen_is_stored(played: Played, name: str, system: System) -> None:
    """The outcome by DIALSTATUS and cause,
    told to the officer and kept as an attempt from the event log, once.
    """
    one, told = KEPT[name], played.kept[name]
    with transaction(system.house.factory) as session:
        row = callback(session, told.callback_id)
        attempts = [attempt.outcome for attempt in whole(session, row).attempts]
        state = (row.state, row.failed, row.holder)
    if isinstance(one.outcome, type):
        assert isinstance(told.error, one.outcome), told
        assert attempts == [] and played.asked.count(one.number) == one.asked
        return
    assert (told.error, told.outcome, attempts) == (None, one.outcome, [str(one.outcome)])
    assert state == {
        Outcome.REACHED: ("WORKING", 0, one.login),
        Outcome.NOT_PLACED: ("WORKING", 0, one.login),
    }.get(one.outcome, ("ATTEMPTED", 1, one.login))
    assert played.asked.count(one.number) == one.asked


@pytest.mark.parametrize("name", KEPT)
def test_P4_2_every_ring_to_keep_a_promise_is_on_record(played: Played, name: str, system: System) -> None:
    """The officer's own phone, then the citizen's;
    each with what came of it, its seconds, and no number of a citizen.
    """
    one, callback_id = KEPT[name], played.kept[name].callback_id
    calls = placed(system, callback_id)
    with transaction(system.house.factory) as session:
        rows = list(session.scalars(select(CallRow).where(CallRow.id.in_(calls))))
    rung = [leg for call in calls for leg in system.legs(call)]
    told = [(leg.kind, leg.extension, leg.outcome) for leg in rung]
    wanted = LEGS.get(name, ())
    assert told == [(kind, one.extension if kind == "own" else "", outcome) for kind, outcome in wanted]
    assert [(row.line, row.caller, row.dialled) for row in rows] == [(OUTGOING, "anonymous", "")] * bool(
        wanted
    )
    assert all(
        row.ended_at and row.outcome == ("talked" if row.talk_seconds else "unreached") for row in rows
    )
    if one.outcome is Outcome.REACHED:
        (row,), who = rows, name.split("_")[3]
        assert row.talk_seconds and row.end_reason == f"{who}_hung_up"
        assert {leg.talk_seconds for leg in rung} == {row.talk_seconds} and all(
            leg.ring_seconds for leg in rung
        )


LEGS = {
    "both_talk_the_citizen_hangs_up": (("own", "answered"), ("citizen", "answered")),
    "both_talk_the_officer_hangs_up": (("own", "answered"), ("citizen", "answered")),
    "busy": (("own", "answered"), ("citizen", "busy")),
    "no_answer": (("own", "answered"), ("citizen", "noanswer")),
    "refused": (("own", "answered"), ("citizen", "refused")),
    "no_such_number": (("own", "answered"), ("citizen", "unallocated")),
    "our_trunk_fails": (("own", "answered"), ("citizen", "failed")),
    "our_trunk_says_nothing": (("own", "answered"), ("citizen", "noroute")),
    "the_officer_does_not_pick_up": (("own", "noanswer"),),
    "the_officer_hangs_up_at_once": (("own", "answered"),),
    "the_officer_gives_up_while_it_rings": (("own", "answered"), ("citizen", "cancelled")),
}


def test_P9_2_officer_and_citizen_are_told_who_calls_before_they_are_joined(
    played: Played, system: System
) -> None:
    """The officer hears the last three digits, then the citizen's phone rings;
    the citizen hears that 1999 calls back.
    """
    # On a loaded machine words are torn now and then: nothing is wrong, and enough was heard.
    talks = [played.kept[name] for name in KEPT if name.startswith("both_talk")]
    assert any("zh-TW/callback.citizen" in told.citizen for told in talks), talks
    assert {name for told in talks for name in told.citizen} == {"zh-TW/callback.citizen"}, talks
    assert sum("zh-TW/callback.officer" in told.officer for told in played.kept.values()) >= 4
    whispered = {name: digits(played.kept[name].officer) for name in KEPT}
    assert all(in_order(said, list(KEPT[name].number[-3:])) for name, said in whispered.items()), whispered
    assert sum(map(len, whispered.values())) >= 4, whispered


def test_P9_2_one_call_a_citizen_at_a_time(played: Played, system: System) -> None:
    """The second officer reads who is calling, the citizen hears of none;
    afterwards the same command rings both.
    """
    words = "officer-5112 is calling this citizen now; wait for the end"
    assert words in played.refused, played.refused
    assert "the citizen was reached; afterwards: hotline callback close" in played.afterwards, (
        played.afterwards
    )
    number = KEPT["both_talk_the_citizen_hangs_up"].number
    with transaction(system.house.factory) as session:
        rows = session.scalars(select(Callback).where(Callback.number_hash == e164(number))).all()
        attempts = session.scalars(
            select(CallbackAttempt).where(CallbackAttempt.callback_id.in_([row.id for row in rows]))
        ).all()
    assert len(rows) == 2 and sorted(one.by for one in attempts) == ["officer-5112", "officer-5113"]
    assert played.asked.count(number) == 2


def test_resilience_2_7_no_more_calls_to_outside_than_the_day_allows(played: Played, system: System) -> None:
    """Nobody is called, it counts as no attempt, and the event log says why."""
    told = played.too_many
    assert (told.error, told.outcome) == (None, Outcome.NOT_PLACED)
    assert "0913300011" not in played.asked
    with transaction(system.house.factory) as session:
        assert callback(session, told.callback_id).failed == 0
        said = session.scalars(select(CelEvent.body).where(CelEvent.kind == "OUTBOUND")).all()
    assert len(said) == 1 and "daily" in str(said[0])


@each(GIVEN, {BY_KEY: "A key promises a callback, due four office hours later"})
def test_P5_1_1_a_citizen_is_promised_a_callback(played: Played, name: str, system: System) -> None:
    """One promise, for the caller's number, due four office hours after the call's own moment of it."""
    number, origin, extension = GIVEN[name]
    row, call = given(system, name), system.row(number)
    assert (row.number, row.origin, row.extension) == (e164(number), origin, extension), played.promised[name]
    assert row.due_at == system.house.callbacks.due(row.registered_at)
    assert call.started_at and call.ended_at
    assert call.started_at < row.registered_at < call.ended_at


TOLD = (
    "by_key_3",
    "by_key_1_in_the_queue",
    "when_all_rungs_failed",
    "by_the_agents_key",
    "by_the_officers_key",
)


def test_P5_1_1_V_10_tells_the_due_time_in_taiwans_way(played: Played, system: System) -> None:
    """今天下午五點二十分 or 十一月三十日星期一上午…, from the very row; to who chose English: five twenty p.m. today.

    On a loaded machine words are torn now and then: whatever was heard is right, and most of it was heard.
    """
    share = []
    for name in TOLD:
        row, story = given(system, name), played.promised[name]
        language = Language(row.language)
        due = spoken.due(row.due_at, row.registered_at, language)
        wanted = [sound(system, f"{language}/{prompt.id}") for prompt in due]
        words = [name for name in story.heard if name.startswith((f"{language}/time.", f"{language}/date."))]
        heard = [sound(system, word) for word in words]
        left = iter(wanted)
        assert all(word in left for word in heard), (due, story.as_text())
        share.append(len(heard) / len(wanted))
        assert {f"{language}/V-10.before", f"{language}/V-10.after"} & set(story.heard), story.as_text()
    assert sum(share) / len(share) > 0.5, {name: played.promised[name].heard for name in TOLD}


def sound(system: System, name: str) -> bytes:
    """Of several prompts that sound alike (ten in the morning, ten at night)
    nobody can tell which was meant.
    """
    samples = read_wav(system.settings.prompts / f"{name}.wav")
    onset, end = loud_part(samples)
    return samples[onset:end].tobytes()


def test_P9_2_another_number_is_read_back_whole_and_the_text_goes_to_the_callers_own(
    played: Played, system: System
) -> None:
    """One's own number is read back by its last four digits; another that is keyed in is the one row's."""
    own = played.promised["by_key_3"]
    assert digits(list(own.heard)) == tuple(GIVEN["by_key_3"][0][-4:]), own.as_text()
    story, caller = played.promised[ELSEWHERE], e164("0913200007")
    assert story.record
    (row,) = system.promises(story.record.call_id)
    assert (row.number, row.given_by) == (e164(WANTED), caller), story.as_text()
    heard = [name for name in story.heard if name in ("zh-TW/own-number", "zh-TW/number-is")]
    assert heard == ["zh-TW/own-number", "zh-TW/number-is"], story.as_text()
    assert digits(list(story.heard)) == tuple(WANTED), story.as_text()
    with transaction(system.house.factory) as session:
        texts = [(one.template, one.recipient) for one in notices(session, event=f"callback:{row.id}:")]
    assert texts == [("N-04", caller)]


@pytest.mark.parametrize("name", ["by_the_agents_key", "by_the_officers_key", "by_the_dialplan_alone"])
def test_P5_1_1_without_a_decision_the_four_hours_are_told(played: Played, name: str) -> None:
    """The key and the dialplan alone know the rule, not the clock of office hours."""
    heard = played.promised[name].heard
    assert "zh-TW/V-10.hours" in heard, played.promised[name].as_text()
    if name == "by_the_dialplan_alone":
        assert digits(list(heard)) == tuple(GIVEN[name][0][-4:]), played.promised[name].as_text()


def test_P5_1_1_the_owner_and_section_are_told_of_a_transfer_that_found_nobody(
    played: Played, system: System
) -> None:
    """N-01, once each; the call centre's own wishes are nobody's mail. The caller's mobile gets N-04."""
    assert played.promised
    row, own = given(system, "when_all_rungs_failed"), given(system, "by_key_3")
    assert (row.agency, row.section, row.owner) == ("epb", "epb-water", "p-5201")
    officers = given(system, "by_the_officers_key")
    assert (officers.agency, officers.section, officers.owner) == ("tpt", "tpt-parking", "p-5413")
    with transaction(system.house.factory) as session:
        letters = notices(session, event=f"callback:{row.id}:")
        assert sorted({one.template for one in letters}) == ["N-01", "N-04"]
        (text,) = notices(session, event=f"callback:{own.id}:")
        assert (text.template, text.recipient) == ("N-04", e164(GIVEN["by_key_3"][0]))


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("0912345678", 404),
        ("0229603456", 404),
        ("0204123456", 404),
        ("0081312345678", 404),
        ("110", 484),
        ("119", 484),  # no extensions: the beginning of longer ones
    ],
)
def test_resilience_2_7_no_phone_of_ours_dials_a_number_outside(
    played: Played, system: System, desk: Softphone, number: str, code: int
) -> None:
    """An agent's phone that dials by itself is refused; there is no way out but to numbers of rows."""
    assert number not in played.asked
    desk.dial(f"sip:{number}@{system.sip}")
    assert desk.wait_for(PhoneEventKind.CLOSED, 10).code == code


def test_P9_2_an_agent_calls_back_with_the_own_phone(system: System, desk: Softphone) -> None:
    """It is rung and told for whom; a carrier that is gone is no attempt of §9.2."""
    one = Kept("agent-3", "", NoAnswer(), "0913300014", Dead(), Outcome.NOT_PLACED)
    desk.behaves = Answers(0.3)
    told = keep(system, one, promise(system, one.number, one.extension))
    assert (told.error, told.outcome) == (None, Outcome.NOT_PLACED)
    assert desk.wait_for(PhoneEventKind.ESTABLISHED, 1)
    prompts = PromptSounds.load(this_hotline(system.house, system.scratch).prompts)
    assert "zh-TW/callback.officer" in [found.name for found in recognise(read_wav(desk.heard), prompts)]


@pytest.fixture(scope="module")
def desk(system: System, played: Played) -> Iterator[Softphone]:
    """An agent's phone after everybody has gone."""
    assert played
    with system.agents(agent_3=NoAnswer()) as agents:
        yield agents["agent-3"]


def test_resilience_2_11_the_account_for_callbacks_rings_phones_and_does_nothing_else(system: System) -> None:
    """No command, no call of others, no queue, no configuration, no program of the machine."""
    with AMI.of(system.settings, ManagerAccount.CALLBACKS) as ami:
        for action, fields in FORBIDDEN:
            with pytest.raises(ActionRefused):
                ami.ask(action, **fields)


FORBIDDEN: list[tuple[str, dict[str, str]]] = [
    ("Command", {"Command": "core show version"}),
    ("Redirect", {"Channel": "PJSIP/trunk-00000001", "Context": "promise", "Exten": "s", "Priority": "1"}),
    ("QueuePause", {"Interface": "PJSIP/agent-1", "Paused": "true"}),
    ("GetConfig", {"Filename": "manager.conf"}),
    (
        "Originate",
        {"Channel": "Local/s@promise", "Application": "System", "Data": "touch /tmp/hotline-forbidden"},
    ),
]


def test_no_ghost_is_left(played: Played, system: System) -> None:
    """After every hang-up of either side: no channel, no line of a citizen that stays taken."""
    assert played.kept
    system.until(lambda: system.channels() == 0, 20, "no channel is left")
    assert no_lines(system)
