"""One question and its answer: the dialplan's words to events, a turn to the fields the dialplan performs."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agi_scripts import variables as v
from agi_scripts.head import KEYS, AgiHead
from agi_scripts.line import COMMAND_BYTES
from agi_scripts.session import BadQuestion, answer, decide, event_of, pack, sounds, unpack
from hotline.clock import taipei
from ivr.call import LIMIT, Call, InMenu
from ivr.engine import Turn
from ivr.menus import FOLDER
from ivr.menus import KEYS as TELEPHONE
from ivr.numerals import Language
from ivr.prompts import Prompt
from ivr.steps import (
    Arrived,
    Ask,
    End,
    Enqueue,
    Event,
    Left,
    Pressed,
    QueueLeft,
    Ring,
    RingEnded,
    Say,
    Silent,
    StartRecording,
    TransferWanted,
)
from ivr.transferring import whisper
from ivr.turns import Switchboard
from tests.parts import NO_MESSAGES, books, catalogue, full_shelf
from tests.rules.test_call import BIGGEST, CALLS, LONG, LONGEST_HUNT
from transfer.ladder import Rung, RungKind
from transfer.outcome import DialOutcome

TEN = taipei("2026-11-24T10:00")
EVENTS: dict[tuple[str, ...], Event] = {
    ("arrived", "0912345678", "1999"): Arrived(TEN, "0912345678", "1999"),
    ("arrived", "", "29603456"): Arrived(TEN, "", "29603456"),
    ("arrived", "", "1999", ""): Arrived(TEN, "", "1999"),
    ("arrived", "", "1999", "en"): Arrived(TEN, "", "1999"),
    ("arrived", "", "1999", "greeted"): Arrived(TEN, "", "1999", greeted=True),
    ("arrived", "0912345678", "1999", "", "yes"): Arrived(TEN, "0912345678", "1999", crowded=True),
    ("asked", "", "1999", "abc", "2"): Arrived(TEN, "", "1999", greeted=True, pressed=("2",)),
    ("asked", "", "1999", "abc", ""): Arrived(TEN, "", "1999", greeted=True, pressed=("",)),
    ("asked", "", "1999", "abc"): Arrived(TEN, "", "1999", greeted=True, pressed=("",)),
    ("asked", "", "1999", "abc", "2-4"): Arrived(TEN, "", "1999", greeted=True, pressed=("2", "4")),
    ("asked", "", "1999", "abc", "2-"): Arrived(TEN, "", "1999", greeted=True, pressed=("2", "")),
    ("pressed", "1"): Pressed(TEN, "1"),
    ("pressed", "#"): Pressed(TEN, "#"),
    ("pressed", "0287654321"): Pressed(TEN, "0287654321"),
    ("silent",): Silent(TEN),
    ("silent", ""): Silent(TEN),
    ("silent", "yes"): Silent(TEN, informed=True),
    ("pressed", "1", ""): Pressed(TEN, "1"),
    ("pressed", "1", "yes"): Pressed(TEN, "1", informed=True),
    ("queue", "TIMEOUT", "3", "2"): QueueLeft(TEN, Left.SLICE, 3, 2),
    ("queue", "TIMEOUT", "3", "2/1"): QueueLeft(TEN, Left.SLICE, 3, 2, free=1),
    ("queue", "FULL", "", "2"): QueueLeft(TEN, Left.SLICE, 1, 2),
    ("queue", "CONTINUE", "", "2"): QueueLeft(TEN, Left.TALKED, 1, 2),
    ("queue", "CONTINUE", "1", "2", ""): QueueLeft(TEN, Left.TALKED, 1, 2),
    ("queue", "CONTINUE", "1", "2", str(int(TEN.timestamp()))): QueueLeft(TEN, Left.TALKED, 1, 2, TEN),
    ("queue", "CONTINUE", "1", "2", "9" * 20): QueueLeft(TEN, Left.TALKED, 1, 2),
    ("queue", "CONTINUE", "1", "2", "", ""): QueueLeft(TEN, Left.TALKED, 1, 2),
    ("queue", "CONTINUE", "1", "2", "", "yes"): QueueLeft(TEN, Left.TALKED, 1, 2, by_officer=True),
    ("queue", "JOINEMPTY", "", "0"): QueueLeft(TEN, Left.EMPTY, 1, 0),
    ("queue", "LEAVEEMPTY", "2", "0"): QueueLeft(TEN, Left.EMPTY, 2, 0),
    ("queue", "JOINUNAVAIL", "", "0"): QueueLeft(TEN, Left.EMPTY, 1, 0),
    ("queue", "LEAVEUNAVAIL", "1", "0"): QueueLeft(TEN, Left.EMPTY, 1, 0),
    ("queue", "", "", ""): QueueLeft(TEN, Left.EMPTY, 1, 0),
    ("queue", "TIMEOUT", "0", "-1"): QueueLeft(TEN, Left.SLICE, 1, 0),
    ("queue", "TIMEOUT", "9" * 5000, "many"): QueueLeft(TEN, Left.SLICE, 1, 0),
    ("transfer", "5112", "agent-1", "", "law"): TransferWanted(TEN, "5112", "agent-1", False, "law"),
    ("transfer", "5112", "", "yes", ""): TransferWanted(TEN, "5112", "", True, ""),
    ("rang", "ANSWER", "16", ""): RingEnded(TEN, DialOutcome.ANSWERED),
    ("rang", "ANSWER", "16", "1795485600"): RingEnded(TEN, DialOutcome.ANSWERED, TEN),
    ("rang", "ANSWER", "16", "9" * 5000): RingEnded(TEN, DialOutcome.ANSWERED),
    ("rang", "ANSWER", "16", "", "300", "yes"): RingEnded(TEN, DialOutcome.ANSWERED, by_officer=True),
    ("rang", "BUSY", "17", ""): RingEnded(TEN, DialOutcome.BUSY),
    ("rang", "NOANSWER", "0", "", "300"): RingEnded(TEN, DialOutcome.NO_ANSWER),
    ("rang", "NOANSWER", "0", "", ""): RingEnded(TEN, DialOutcome.NO_ROUTE),
    ("rang", "NOANSWER", "0", ""): RingEnded(TEN, DialOutcome.NO_ANSWER),
    ("rang", "CHANUNAVAIL", "3", ""): RingEnded(TEN, DialOutcome.NO_ROUTE),
    ("rang", "CHANUNAVAIL", "21", ""): RingEnded(TEN, DialOutcome.REFUSED),
    ("rang", "CONGESTION", "34", ""): RingEnded(TEN, DialOutcome.FAILED),
    ("rang", "", "", ""): RingEnded(TEN, DialOutcome.FAILED),
}


@pytest.mark.parametrize(("words", "event"), EVENTS.items(), ids=["-".join(words)[:30] for words in EVENTS])
def test_the_dialplans_words_are_events(words: tuple[str, ...], event: Event) -> None:
    """Every status of the queue; what the queue does not know counts as first in line, with nobody there."""
    assert event_of(words, TEN, NO_MESSAGES) == event


BAD = [
    (),
    ("",),
    ("arrived",),
    ("arrived", "1", "2", "zh-TW", ""),
    ("asked", "1", "2"),
    ("asked", "1", "2", "abc", "1", "1"),
    ("pressed",),
    ("pressed", "1", "2"),
    ("silent", "no"),
]
BAD += [
    ("queue", "TIMEOUT"),
    ("queue", "TIMEOUT", "1", "2", "3", "4"),
    ("hungup",),
    ("PRESSED", "1"),
    ("ready",),
]


@pytest.mark.parametrize("words", BAD, ids=["-".join(words) for words in BAD])
def test_words_that_are_no_event_are_refused(words: tuple[str, ...]) -> None:
    """Too many, too few, or never heard."""
    with pytest.raises(BadQuestion):
        event_of(words, TEN, NO_MESSAGES)


# --- the call as it travels --------------------------------------------------------------------------


@given(CALLS)
def test_a_call_travels_and_comes_back(call: Call) -> None:
    """In letters, digits, - and _ only: nothing in it means anything to a dialplan."""
    packed = pack(call)
    assert unpack(packed) == call
    assert packed.isascii() and packed.replace("-", "").replace("_", "").isalnum()


@given(st.one_of(st.text(), st.text("ABab01-_=+/ ,"), st.binary().map(lambda raw: raw.decode("latin-1"))))
def test_what_is_no_call_is_refused(text: str) -> None:
    """Other characters, other bytes."""
    with pytest.raises(BadQuestion):
        unpack(text)


@given(CALLS, st.data())
def test_a_damaged_call_is_refused_or_a_call(call: Call, chance: st.DataObject) -> None:
    """Cut off anywhere: refused. One character changed: refused, unless it is a whole call again."""
    packed = pack(call)
    at = chance.draw(st.integers(0, len(packed) - 1))
    with pytest.raises(BadQuestion):
        unpack(packed[: min(at, len(packed) - 2)])
    try:
        unpack(packed[:at] + chance.draw(st.sampled_from("AZaz09-_é,\0")) + packed[at + 1 :])
    except BadQuestion:
        pass


def test_the_biggest_call_is_far_below_the_limit_and_a_bigger_one_is_refused() -> None:
    """The limit is a guard against a mistake of ours."""
    assert len(BIGGEST.to_json().encode()) < LIMIT
    pack(BIGGEST)
    with pytest.raises(ValueError, match=f"more than {LIMIT}"):
        pack(replace(BIGGEST, id="x" * LIMIT))


# --- questions ---------------------------------------------------------------------------------------


class Quiet:
    """A ledger that writes nothing."""

    def write(self, call: Call, facts: object, at: datetime) -> None:
        pass


@pytest.fixture
def ask(tmp_path: object) -> Callable[..., str]:
    switchboard = Switchboard(books(FOLDER, tmp_path / "kept"), Quiet(), NO_MESSAGES)  # type: ignore[operator, arg-type]

    def asked(script: str, *arguments: str) -> str:
        fields = {**dict.fromkeys(KEYS, ""), "agi_network_script": script, "agi_uniqueid": "ntpc1-1.1"}
        return decide(AgiHead(fields, arguments), switchboard, full_shelf(), lambda: TEN)

    return asked


def test_P7_1_who_is_on_duty_is_told_for_an_emergency(ask: Callable[..., str]) -> None:
    """Whatever the hour, in the order of the roster, as phones of a consultation are."""
    *phones, mark = ask("duty").split(",")
    assert mark == "whole"
    assert all("|duty/" in one for one in ",".join(phones).split("~") if one)


def test_ready_is_answered_with_ready(ask: Callable[..., str]) -> None:
    """The probe's question needs no call and leaves none."""
    assert ask("ready") == "ready"


def test_an_empty_call_is_a_new_one_named_after_its_channel(ask: Callable[..., str]) -> None:
    """Later turns bring it with them, and their own channel's name no longer matters."""
    first = dict(zip(v.FIELDS, ask("turn", "", "arrived", "0912345678", "1999").split(","), strict=True))
    assert unpack(first["CALL"]).id == "ntpc1-1.1"
    assert (first["STEP"], first["NOTICE"], first["A"]) == ("ask", "", "1")
    second = dict(zip(v.FIELDS, ask("turn", first["CALL"], "pressed", "1").split(","), strict=True))
    assert unpack(second["CALL"]).turn == 2 and second["NOTICE"] == "yes"


def test_P3_b_a_first_menu_asked_by_the_dialplan_is_answered_by_its_version(ask: Callable[..., str]) -> None:
    """Keys of menus that nobody keeps are of no use: today's first menu is asked."""
    today = unpack(ask("turn", "", "arrived", "0912345678", "1999").split(",")[0]).menus
    for version, keys, turn, notice in (
        (today, "1", 2, "yes"),
        ("", "1", 2, "yes"),
        (today, "1-1", 3, ""),
        ("nowhere", "1", 1, ""),
        ("nowhere", "1-1", 1, ""),
    ):
        told = ask("turn", "", "asked", "0912345678", "1999", version, keys)
        answer = dict(zip(v.FIELDS, told.split(","), strict=True))
        call = unpack(answer["CALL"])
        assert (call.menus, call.turn, answer["NOTICE"]) == (today, turn, notice)


UNKNOWN = [
    ("", ""),
    ("turn",),
    ("turn", ""),
    ("turn", "", "hello"),
    ("turn", "AAAA", "silent"),
    ("admin", "", "silent"),
]
UNKNOWN += [("turn/", "", "silent"), ("Turn", "", "silent"), ("turn", "", "arrived", "1")]


@pytest.mark.parametrize("question", UNKNOWN, ids=["/".join(question) or "nothing" for question in UNKNOWN])
def test_a_question_nobody_asks_is_refused(ask: Callable[..., str], question: tuple[str, ...]) -> None:
    """Unknown script, unknown event, wrong number of words, a call that is none."""
    with pytest.raises(BadQuestion):
        ask(*question)


# --- answers -----------------------------------------------------------------------------------------

WELCOME = Prompt("V-01", Language.MANDARIN)
CALL = Call("a", "b", InMenu("main"), language=Language.ENGLISH, wanted=Language.TAIWANESE)


def fields_of(*steps: object) -> dict[str, str]:
    return dict(zip(v.FIELDS, answer(Turn(CALL, steps), full_shelf()).split(","), strict=True))  # type: ignore[arg-type]


def test_notice_recording_and_question_go_in_one_answer() -> None:
    """Played to its end, then recording, then the question; silence in seconds."""
    found = fields_of(
        Say((WELCOME,), notice=True), StartRecording(), Ask((Prompt("V-02b.1"), Prompt("V-02b.4")), 1, 2.5)
    )
    assert found == {
        "CALL": pack(CALL),
        "STEP": "ask",
        "LANG": "en",
        "WANTED": "nan-TW",
        "SAY": "hotline/zh-TW/V-01",
        "NOTICE": "yes",
        "RECORD": "yes",
        "PLAY": "hotline/en/V-02b.1&hotline/en/V-02b.4",
        "A": "1",
        "B": "2.5",
        "C": "",
        "D": "",
        "LISTED": "",
        "MARK": "whole",
    }


def test_words_that_are_no_notice_are_not_marked_as_one() -> None:
    """Recording depends on it."""
    assert fields_of(Say((WELCOME,)), End((), "ended"))["NOTICE"] == ""


def test_the_queue_is_told_its_name_and_what_the_agent_hears() -> None:
    """The agent is whispered the language, in Mandarin."""
    found = fields_of(Enqueue(Language.TAIWANESE, (Prompt("to-an-agent"),)))
    assert (found["STEP"], found["A"]) == ("queue", "agents-nan-TW")
    assert (found["PLAY"], found["B"]) == ("hotline/en/to-an-agent", "hotline/zh-TW/agent.nan-TW")
    there = fields_of(Enqueue(Language.TAIWANESE, there=(Prompt("V-07"),)))
    assert (there["PLAY"], there["D"]) == ("", "hotline/en/V-07")


def test_the_end_is_told_its_reason() -> None:
    """And nothing is asked any more."""
    found = fields_of(End((Prompt("thanks-goodbye"),), "promised"))
    assert (found["STEP"], found["A"], found["B"]) == ("end", "promised", "")
    assert found["PLAY"] == "hotline/en/thanks-goodbye"


def test_the_longest_ring_fits_one_command() -> None:
    """At the last rung of the longest hunt: every digit whispered, and the language."""
    rung = Rung(RungKind.ALTERNATIVE, LONG, timedelta(seconds=15), "9" * 20, "9" * 20, "s" * 32, "a" * 32)
    said = whisper(rung, LONG, Language.TAIWANESE)
    steps = (StartRecording(), Ring(rung, 14.9, LONG, (Prompt("V-06"),), said))
    command = f'SET VARIABLE {v.TURN} "{answer(Turn(LONGEST_HUNT, steps), full_shelf())}"\n'
    assert len(command.encode()) <= COMMAND_BYTES


def test_a_ring_tells_the_dialplan_whom_how_long_and_what_for() -> None:
    """Dial strings from rows only; the label goes to the event log."""
    inside = Rung(RungKind.NEIGHBOUR, "5113", timedelta(seconds=12), section="epb-clean", agency="epb")
    found = fields_of(
        Ring(inside, 9.5, "5112", (Prompt("V-06"),), (Prompt("officer.proxy", Language.MANDARIN),))
    )
    assert [found[name] for name in ("STEP", "PLAY", *"ABCD")] == [
        "ring",
        "hotline/en/V-06",
        "officers/5113",
        "9.5",
        "hotline/zh-TW/officer.proxy",
        "neighbour/5112/5113/epb-clean/epb",
    ]
    outside = Rung(RungKind.DESK, "6101", timedelta(seconds=15), "0229603456", "6101")
    assert fields_of(Ring(outside, 15, "6101"))["A"] == "outside/0229603456/6101"


def test_the_longest_answer_fits_one_command() -> None:
    """Every key of the telephone with the longest prompts, every bulletin,
    notice and apology; each language.
    """
    ids = sorted(catalogue().entries, key=len)
    bulletins = [name for name in ids if name.startswith("V-03.")]
    words = [Prompt(name) for name in (*bulletins, *ids[-len(TELEPHONE) :])]
    for language in Language:
        call = replace(BIGGEST, language=language)
        told = Say((Prompt("lang-not-ready.nan-TW"), Prompt("V-01")), notice=True)
        steps = (told, StartRecording(), Ask(tuple(words), 15, 30.5))
        command = f'SET VARIABLE {v.TURN} "{answer(Turn(call, steps), full_shelf())}"\n'
        assert len(command.encode()) <= COMMAND_BYTES


@given(st.sampled_from(sorted(catalogue().entries)), st.sampled_from(Language))
def test_no_sound_holds_a_character_that_would_divide_the_answer(name: str, language: Language) -> None:
    """Neither the comma of the fields nor the & of a list, nor anything a dialplan would evaluate."""
    found = sounds((Prompt(name),), full_shelf(), language)
    assert not set(found) & set(',&|"\\ ${}()[]')
