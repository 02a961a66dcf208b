"""Any caller at all: whatever is pressed, whenever, nobody is stuck, dropped, or recorded unasked."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agi_scripts.line import COMMAND_BYTES
from agi_scripts.session import answer, pack, unpack
from agi_scripts.variables import TURN
from hotline.cases.asked import AskedCase, NotTold
from hotline.cases.rules import CaseState
from hotline.dialling import TAIWAN_ONLY
from ivr.call import Call, GivingNumber, InMenu, Waiting
from ivr.case_keys import WORDS
from ivr.engine import Book, Turn, advance
from ivr.numerals import Language
from ivr.promising import NUMBER_TRIES
from ivr.steps import (
    Arrived,
    Ask,
    CallbackPromised,
    CallEnding,
    End,
    Enqueue,
    Event,
    Left,
    MessageLeft,
    Pressed,
    QueueLeft,
    Say,
    Silent,
    StartRecording,
    TakeMessage,
)
from recordings.policy import MessageEnd
from tests.parts import NOON, book, catalogue, full_shelf, menus

KEYS = "0123456789*#"
CODE = "482913"
CASES: dict[str, AskedCase | NotTold] = {
    f"1151124{serial:05d}": found
    for serial, found in enumerate(
        (
            *(AskedCase(f"1151124{serial:05d}", state, NOON) for serial, state in enumerate(WORDS)),
            AskedCase("115112400015", CaseState.SIGNED, NOON, is_own=True, can_cancel=True),
            AskedCase("115112400016", CaseState.SIGNED, NOON, has_code=True, can_cancel=True),
            AskedCase("115112400017", CaseState.DONE, NOON, is_own=True),
            *NotTold,
        )
    )
}
CALLERS = st.sampled_from(
    ["0912345678", "+886912345678", "", "1999", "9" * 30, "anonymous", "+819012345678", "0204123456"]
)
BULLETINS = [(), ("V-03.typhoon",), tuple(name for name in catalogue().entries if name.startswith("V-03."))]
SHELF = full_shelf()
MOST_SILENCES = 3 * len(menus().menus) + 1

# What a caller or the queue does next; which of these it is depends on what the line does.
Move = tuple[str, Left, int, int]
MOVES = st.tuples(
    st.text(KEYS, max_size=15) | st.sampled_from(KEYS) | st.sampled_from(["6", "7", CODE, *CASES]),
    st.sampled_from([Left.SLICE, Left.SLICE, Left.EMPTY, Left.TALKED]),
    st.integers(1, 200),
    st.integers(0, 2),
)


class Desk:
    """Every kind of case, and none of some numbers."""

    def find(self, number: str, holder: str, at: datetime) -> AskedCase | NotTold:
        return CASES.get(number, NotTold.UNKNOWN)

    def is_code(self, number: str, code: str, holder: str, at: datetime) -> bool | NotTold:
        return code == CODE

    def filed(self, call_id: str) -> str:
        return "115112400099"


DESK = Desk()


def with_cases(*bulletins: str) -> Book:
    """What a turn may look up, with these bulletins on."""
    return replace(book(*bulletins), cases=DESK)


@dataclass
class Walk:
    """One call played over the engine, its state through the channel variable at each turn."""

    call: Call
    at: datetime = NOON
    recorded: int = 0
    notices: frozenset[Language] = frozenset()

    def report(self, event: Event, bulletins: tuple[str, ...] = ()) -> Turn:
        """Take a turn, twice: the second must be the first."""
        call = unpack(pack(self.call))
        turn = advance(with_cases(*bulletins), call, event)
        assert turn == advance(with_cases(*bulletins), call, event)
        self.call, self.at = turn.call, self.at + timedelta(seconds=7)
        self._perform(turn)
        return turn

    def _perform(self, turn: Turn) -> None:
        *before, last = turn.steps
        assert isinstance(last, Ask | Enqueue | TakeMessage | End)
        assert all(isinstance(step, Say | StartRecording) for step in before)
        assert sum(isinstance(step, Say) for step in before) <= 1
        for step in turn.steps:
            if isinstance(step, Say) and step.notice:
                self.notices |= {prompt.language or turn.call.language for prompt in step.prompts}
            elif isinstance(step, StartRecording):
                assert turn.call.language in self.notices, "recorded before the notice was heard"
                self.recorded += 1


def started(caller: str, bulletins: tuple[str, ...] = ()) -> tuple[Walk, Turn]:
    walk = Walk(Call("ntpc1-1795566713.1", menus().version, InMenu(menus().first)))
    return walk, walk.report(Arrived(NOON, caller, "1999", from_carrier=True), bulletins)


def next_event(turn: Turn, at: datetime, move: Move) -> Event | None:
    """The move as this line would report it; None when the call is over."""
    keys, why, position, agents = move
    match turn.steps[-1]:
        case Ask(_, digits):
            return Pressed(at, keys[:digits]) if keys else Silent(at)
        case Enqueue():
            return Pressed(at, "1") if keys == "1" else QueueLeft(at, why, position, agents)
        case TakeMessage(name):
            return MessageLeft(at, name, position / 2, list(MessageEnd)[position % len(MessageEnd)])
    return None


def walked(caller: str, moves: list[Move], on: list[int]) -> Iterator[tuple[Walk, Turn]]:
    """Every turn of a call; bulletins come and go meanwhile."""
    walk, turn = started(caller)
    yield walk, turn
    for number, move in enumerate(moves):
        event = next_event(turn, walk.at, move)
        if event is None:
            return
        turn = walk.report(event, BULLETINS[on[number % len(on)]])
        yield walk, turn


WALKS: dict[str, st.SearchStrategy[Any]] = {
    "caller": CALLERS,
    "moves": st.lists(MOVES, max_size=30),
    "on": st.lists(st.integers(0, len(BULLETINS) - 1), min_size=1, max_size=5),
}


@given(**WALKS)
def test_every_turn_can_be_performed(caller: str, moves: list[Move], on: list[int]) -> None:
    """One thing to wait for at its end; every question has words, every word is written,
    every answer fits.
    """
    for walk, turn in walked(caller, moves, on):
        for step in turn.steps:
            prompts = () if isinstance(step, StartRecording) else step.prompts
            assert all(prompt.id in catalogue() for prompt in prompts)
            assert prompts or not isinstance(step, Ask | Say)
        longest = replace(turn, call=replace(turn.call, id="x" * 64))
        assert len(f'SET VARIABLE {TURN} "{answer(longest, SHELF)}"\n') <= COMMAND_BYTES
        assert walk.recorded <= 1


@given(**WALKS)
def test_who_falls_silent_anywhere_comes_to_a_person_or_an_end(
    caller: str, moves: list[Move], on: list[int]
) -> None:
    """From any state, within a few turns; a caller who waits goes on waiting."""
    for walk, turn in walked(caller, moves, on):
        alone, silences = replace(walk), 0
        while isinstance(turn.steps[-1], Ask):
            silences += 1
            assert silences <= MOST_SILENCES
            turn = alone.report(Silent(alone.at))
        waiting = isinstance(walk.call.place, Waiting)
        assert isinstance(turn.steps[-1], Enqueue if waiting else Enqueue | TakeMessage | End)


@given(**WALKS, key=st.sampled_from("09"))
def test_P3_b_zero_and_nine_reach_a_person_from_any_menu(
    caller: str, moves: list[Move], on: list[int], key: str
) -> None:
    """In any language, after any misses, with bulletins or without."""
    for walk, _ in walked(caller, moves, on):
        if isinstance(walk.call.place, InMenu):
            turn = replace(walk).report(Pressed(walk.at, key), BULLETINS[on[0]])
            assert isinstance(turn.steps[-1], Enqueue)


@given(**WALKS)
def test_P5_1_1_a_call_ends_talked_promised_or_told_why(
    caller: str, moves: list[Move], on: list[int]
) -> None:
    """An end is one fact; a promise is only one, at one's own number or another that one keyed in then, and
    always spoken, but to who left neither a number nor a word.

    The number is one that is dialled, or the caller's own for a person to see.
    """
    promises: list[CallbackPromised] = []
    for _, turn in walked(caller, moves, on):
        promised = [fact for fact in turn.facts if isinstance(fact, CallbackPromised)]
        endings = [fact.reason for fact in turn.facts if isinstance(fact, CallEnding)]
        promises += promised
        assert all(not TAIWAN_ONLY.refusal(one.number) or not one.given_by for one in promised)
        assert not promised or isinstance(turn.steps[-1], Ask | TakeMessage)
        assert promises or not isinstance(turn.steps[-1], TakeMessage)
        if isinstance(end := turn.steps[-1], End):
            assert [end.reason] == endings and end.reason in {"talked", "promised", "no_number"}
            spoken = any(prompt.id == "V-10.before" for prompt in end.prompts)
            assert (end.reason == "promised") == spoken and bool(promises) == (end.reason != "talked")
        else:
            assert endings == []
    assert len(promises) <= 2 and all(one.given_by for one in promises[1:])


@given(caller=CALLERS, waits=st.lists(st.tuples(st.integers(1, 200), st.integers(0, 9)), max_size=60))
@settings(max_examples=25)
def test_V_04_who_waits_without_a_key_is_never_sent_away(caller: str, waits: list[tuple[int, int]]) -> None:
    """Half an hour of slices: position told, back into the queue, each time."""
    walk, turn = started(caller)
    turn = walk.report(Pressed(walk.at, "0"))
    for position, agents in waits:
        assert isinstance(turn.steps[-1], Enqueue)
        told = walk.report(QueueLeft(walk.at, Left.SLICE, position, agents))
        assert isinstance(told.steps[-1], Ask)
        turn = walk.report(Silent(walk.at))
    assert isinstance(turn.steps[-1], Enqueue)


@given(**WALKS)
def test_the_number_is_asked_for_three_times_at_most(caller: str, moves: list[Move], on: list[int]) -> None:
    """Of who has none that could be called back, or wants to be called elsewhere."""
    asked = sum(isinstance(walk.call.place, GivingNumber) for walk, _ in walked(caller, moves, on))
    assert asked <= NUMBER_TRIES
