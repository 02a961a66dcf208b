"""§9.1 turn by turn: facts, the instant a route is computed for, limits, and events nobody expects."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.clock import taipei
from ivr.call import (
    LIMIT,
    Call,
    ComingBack,
    Dialling,
    GivingNumber,
    Gone,
    InMenu,
    OwnNumber,
    Place,
    Ringing,
    Waiting,
)
from ivr.engine import Turn, advance
from ivr.numerals import Language
from ivr.prompts import Prompt
from ivr.steps import (
    Ask,
    CallbackPromised,
    CallEnding,
    DueTimeSpoken,
    End,
    Enqueue,
    Event,
    HungUp,
    Left,
    PhoneTried,
    Pressed,
    QueueLeft,
    Ring,
    RingAgent,
    RingEnded,
    StartRecording,
    TakeMessage,
    TransferBegun,
    TransferEnded,
    TransferWanted,
)
from tests.city import Given, seeded
from tests.parts import NOON, book, menus
from tests.turns.test_transfers import OFFICE
from transfer.ladder import HuntRules
from transfer.outcome import DialOutcome

OPEN = replace(book(), city=seeded(), is_open=OFFICE.is_open)
TALKING = Call(
    "a", menus().version, Waiting(), "0912345678", notices=frozenset({Language.MANDARIN}), recording=True
)
WANTED = TransferWanted(NOON, "5112", "agent-1", reason="law")


def put_through(event: TransferWanted = WANTED, call: Call = TALKING) -> Turn:
    return advance(OPEN, call, event)


def rang(turn: Turn, status: DialOutcome, seconds: float = 5, promised: int = 0) -> Turn:
    """The phone that rings does this, so many seconds after the hunt began."""
    at = NOON + timedelta(seconds=seconds)
    when = NOON + timedelta(seconds=promised) if promised else None
    return advance(OPEN, turn.call, RingEnded(at, status, when))


def ring(turn: Turn) -> Ring:
    step = turn.steps[-1]
    assert isinstance(step, Ring), turn.steps
    return step


# --- facts -------------------------------------------------------------------------------------------


def test_P5_1_1_who_asked_why_and_whom_each_phone_did_what_are_facts() -> None:
    """Begun with its reason, each phone tried, ended: in this order."""
    turn = put_through()
    assert turn.facts == (TransferBegun("5112", "agent-1", False, "law"),)
    turn = rang(turn, DialOutcome.BUSY)
    assert turn.facts == (PhoneTried("5112", "5112", "desk", "busy"),)
    turn = rang(turn, DialOutcome.ANSWERED)
    assert turn.facts == (
        PhoneTried("5112", "5111", "neighbour", "answered"),
        TransferEnded("5112", "connected"),
        CallEnding("transferred"),
    )


@pytest.mark.parametrize("status", [one for one in DialOutcome if one is not DialOutcome.ANSWERED])
def test_9_1_every_failure_leads_to_the_next_phone_and_is_told_apart(status: DialOutcome) -> None:
    """Busy, no answer, unreachable, refused, failed."""
    turn = rang(put_through(), status)
    assert ring(turn).rung.extension == "5111" and turn.facts[0] == PhoneTried("5112", "5112", "desk", status)


def test_9_1_a_phone_that_dies_in_the_talk_has_answered_and_the_next_one_rings() -> None:
    """The ring was answered; the caller is still there, with nobody."""
    turn = put_through()
    turn = advance(OPEN, turn.call, RingEnded(NOON + timedelta(seconds=5), DialOutcome.ANSWERED, lost=True))
    assert turn.facts == (PhoneTried("5112", "5112", "desk", "answered"),)
    assert ring(turn).rung.extension == "5111"


def test_9_1_returned_message_and_unknown_are_facts() -> None:
    """Each once."""
    returned = rang(rang(rang(put_through(), DialOutcome.BUSY), DialOutcome.BUSY), DialOutcome.BUSY)
    assert returned.facts[-1] == TransferEnded("5112", "returned")
    unknown = put_through(replace(WANTED, extension="9999"))
    assert unknown.facts[-1] == TransferEnded("9999", "unknown")
    night = put_through(replace(WANTED, at=taipei("2026-11-24T22:00")))
    assert TransferEnded("5112", "message") in night.facts
    assert [fact.extension for fact in night.facts if isinstance(fact, CallbackPromised)] == ["5112"]


@pytest.mark.parametrize("reason", ["faq", "law", "doubt", ""])
def test_P5_1_1_a_reason_of_the_plan_is_kept(reason: str) -> None:
    """One of three."""
    (begun,) = put_through(replace(WANTED, reason=reason)).facts
    assert isinstance(begun, TransferBegun) and begun.reason == reason


def test_what_a_dialplan_would_not_say_is_not_believed() -> None:
    """A reason that is none, an agent's phone of other signs, an extension that is too long or no number."""
    (begun, *_) = put_through(TransferWanted(NOON, "5112", "agent 1;", reason="because")).facts
    assert begun == TransferBegun("5112", "", False, "")
    for extension in ("123456789", "", "51a2", "5112,1", "٥١١٢"):
        (begun, ended) = put_through(replace(WANTED, extension=extension)).facts
        assert (begun, ended) == (
            TransferBegun("", "agent-1", False, "law"),
            TransferEnded("", "unknown"),
        )


def test_9_1_abandoned_a_caller_who_hangs_up_is_asked_nothing() -> None:
    """While it rings."""
    turn = advance(OPEN, put_through().call, HungUp(NOON))
    assert (turn.steps, turn.call.place) == ((), Gone())


def test_P4_12_a_caller_not_yet_recorded_is_recorded_through_the_transfer() -> None:
    """The notice was heard; recording begins before the first ring."""
    turn = put_through(call=replace(TALKING, recording=False))
    assert isinstance(turn.steps[0], StartRecording) and turn.call.recording


def test_P5_1_1_a_callback_registered_by_key_is_told_with_its_own_due_time() -> None:
    """At 12:06, and the talk went on until 12:12: 下午四點五分, not 十分; what is said is a fact."""
    turn = rang(put_through(), DialOutcome.ANSWERED, 720, promised=360)
    (end,) = turn.steps
    assert isinstance(end, End) and Prompt("time.minute.5") in end.prompts
    assert DueTimeSpoken("2026-11-24T12:06:00+08:00", "2026-11-24T16:05:00+08:00") in turn.facts
    assert not any(isinstance(fact, CallbackPromised) for fact in turn.facts)


# --- the instant -------------------------------------------------------------------------------------


def test_law_7_the_route_is_that_of_the_instant_the_hunt_began() -> None:
    """Begun at 17:29:59, the neighbour is still rung after closing; begun at 17:30, nobody is."""
    last = replace(WANTED, at=taipei("2026-11-24T17:29:59"))
    turn = put_through(last)
    turn = advance(OPEN, turn.call, RingEnded(last.at + timedelta(seconds=20), DialOutcome.NO_ANSWER))
    assert ring(turn).rung.extension == "5111"
    late = put_through(replace(WANTED, at=taipei("2026-11-24T17:30:00")))
    assert isinstance(late.call.place, OwnNumber)


def test_a_city_corrected_in_mid_hunt_rings_nobody_twice() -> None:
    """The neighbours' seats change hands: who was rung stays rung."""
    turn = rang(put_through(), DialOutcome.BUSY)
    changed = replace(OPEN, city=seeded([("closed", "epb-clean")]))
    at = NOON + timedelta(seconds=20)
    turn = advance(changed, turn.call, RingEnded(at, DialOutcome.BUSY))
    assert ring(turn).rung.extension not in {"5112", "5111"}


def test_a_city_that_is_lost_in_mid_hunt_leads_back() -> None:
    """Nobody is dropped."""
    lost = replace(OPEN, city=book().city)
    turn = advance(lost, put_through().call, RingEnded(NOON, DialOutcome.BUSY))
    assert isinstance(turn.steps[-1], RingAgent)


def test_a_clock_that_went_back_ends_no_hunt() -> None:
    """The second process is a moment behind the first."""
    assert ring(rang(put_through(), DialOutcome.BUSY, -2)).seconds == 12


# --- events that the place does not expect -----------------------------------------------------------

PLACES: list[Place] = [
    InMenu("main"),
    Waiting(),
    GivingNumber("caller"),
    Dialling(),
    ComingBack("5112", "agent-1"),
    Ringing("5112", NOON.timestamp(), "5112"),
    Ringing("9999", NOON.timestamp(), ""),
]


@pytest.mark.parametrize("place", PLACES, ids=str)
@pytest.mark.parametrize(
    "event",
    [
        WANTED,
        replace(WANTED, extension="9999"),
        RingEnded(NOON, DialOutcome.BUSY),
        RingEnded(NOON, DialOutcome.ANSWERED),
        Pressed(NOON, "1"),
        QueueLeft(NOON, Left.EMPTY),
    ],
    ids=lambda event: type(event).__name__,
)
def test_any_event_in_any_place_of_a_transfer_leaves_something_to_do(place: Place, event: Event) -> None:
    """A ring that ends twice, a transfer out of a menu: exactly one last step."""
    turn = advance(OPEN, TALKING.to(place), event)
    assert isinstance(turn.steps[-1], Ask | Enqueue | Ring | RingAgent | TakeMessage | End)


# --- any hunt at all ---------------------------------------------------------------------------------

EXTENSIONS = ["5112", "5111", "5203", "5116", "6101", "1990", "9999"]
GIVEN: st.SearchStrategy[Given] = st.one_of(
    st.tuples(st.just("forward"), st.sampled_from(EXTENSIONS), st.sampled_from(EXTENSIONS)),
    st.tuples(st.just("away"), st.sampled_from(EXTENSIONS), st.just("開會")),
    st.tuples(st.just("closed"), st.sampled_from(["epb-clean", "epb-water", "apo-rescue"])),
    st.tuples(st.just("fault"), st.sampled_from(["apo", "epb"]), st.sampled_from(["", "(02)2960-0199"])),
)
FAILURES = [one for one in DialOutcome if one is not DialOutcome.ANSWERED]


@given(
    given_=st.lists(GIVEN, max_size=8),
    extension=st.sampled_from(EXTENSIONS),
    by=st.sampled_from(["", "agent-1", "a" * 32]),
    urgent=st.booleans(),
    at=st.sampled_from([NOON, taipei("2026-11-24T22:00"), taipei("2026-11-28T10:00")]),
    answers=st.lists(st.tuples(st.sampled_from(FAILURES), st.floats(0, 1)), min_size=25, max_size=25),
    rules=st.builds(
        HuntRules,
        neighbours=st.integers(0, 9),
        longest=st.integers(0, 90).map(lambda s: timedelta(seconds=s)),
    ),
)
def test_a_hunt_that_nobody_answers_ends_in_time_with_a_person_or_a_promise(
    given_: list[Given],
    extension: str,
    by: str,
    urgent: bool,
    at: object,
    answers: list[tuple[DialOutcome, float]],
    rules: HuntRules,
) -> None:
    """No phone twice, words and rings within the limit, then the agent, the queue's front, or a promise."""
    here = replace(OPEN, city=seeded(given_), hunt=rules)
    event = replace(WANTED, extension=extension, by=by, urgent=urgent, at=at)  # type: ignore[type-var]
    turn, dialled, now = advance(here, TALKING, event), list[str](), event.at
    for status, part in answers:
        assert len(turn.call.to_json()) <= LIMIT
        if not isinstance(step := turn.steps[-1], Ring):
            break
        dialled.append(step.rung.number + step.rung.keys or step.rung.extension)
        words = sum(here.catalogue.entries[prompt.id].max_seconds for prompt in step.prompts)
        now += timedelta(seconds=words + part * step.seconds)
        assert now - event.at <= rules.longest
        turn = advance(here, Call.from_json(turn.call.to_json()), RingEnded(now, status))
    assert len(set(dialled)) == len(dialled)
    match turn.steps[-1]:
        case RingAgent(phone):
            assert phone == by
        case Enqueue(front=front):
            assert front and not by
        case step:
            assert isinstance(step, Ask) and isinstance(turn.call.place, OwnNumber) and not urgent
