"""Edges of a turn that no scene shows: numbers, bulletins switched in mid-call, events in the wrong place."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product

import pytest

from ivr.call import (
    Call,
    ConfirmingNumber,
    Crowded,
    GivingNumber,
    Gone,
    InMenu,
    LeavingMessage,
    LeavingWords,
    OwnNumber,
    Place,
    Scoring,
    Waiting,
)
from ivr.cut_off import CutCall
from ivr.engine import GREETING, Turn, advance, second_menu
from ivr.numerals import Language
from ivr.prompts import Prompt
from ivr.steps import (
    Arrived,
    Ask,
    CallArrived,
    CallbackPromised,
    CallEnding,
    CallerCrowded,
    CutOffTold,
    End,
    Enqueue,
    Event,
    HungUp,
    InformationHeard,
    Informed,
    Left,
    MessageLeft,
    Pressed,
    QueueLeft,
    RecordingAwaited,
    RecordingBegun,
    Say,
    Silent,
    StartRecording,
    TakeMessage,
    TransferWanted,
    words_of,
)
from recordings.policy import MessageEnd, RecordingFrom
from tests.parts import NOON, book, menus

QUIET = book()
NEW = Call("a", menus().version, InMenu("language"))
HEARD = replace(NEW, caller="0912345678", notices=frozenset({Language.MANDARIN}))
MAIN = HEARD.to(InMenu("main"))
WAITING = HEARD.to(Waiting())


def said(turn: Turn) -> list[str]:
    """Every prompt of a turn."""
    return [prompt.id for step in turn.steps for prompt in words_of(step)]


# --- informations ---------------------------------------------------------------------------------------


def question(turn: Turn) -> Ask:
    """The last step."""
    ask = turn.steps[-1]
    assert isinstance(ask, Ask)
    return ask


def test_an_information_is_told_apart_from_the_question_behind_it() -> None:
    """A menu alone informs of nothing, nor does a word about a wrong key."""
    told = question(advance(QUIET, MAIN, Pressed(NOON, "4")))
    assert [one.id for one in told.prompts[: told.informs]] == ["sign-language-hours"]
    for event in (Pressed(NOON, "*"), Pressed(NOON, "7"), Silent(NOON)):
        assert question(advance(QUIET, MAIN, event)).informs == 0


def test_a_bulletin_informs() -> None:
    """Before the main menu by itself, and again when it is asked for."""
    on = book("V-03.typhoon")
    first = advance(on, HEARD, Pressed(NOON, "1"))
    assert question(first).informs == 1 and said(first)[0] == "V-03.typhoon"
    again = question(advance(on, first.call, Pressed(NOON, "5")))
    assert [one.id for one in again.prompts[: again.informs]] == ["V-03.typhoon"]


@pytest.mark.parametrize("event", [Pressed(NOON, "1", True), Silent(NOON, True)])
def test_what_was_heard_to_its_end_is_a_fact(event: Event) -> None:
    """Told with what followed; without it nothing is claimed."""
    assert InformationHeard("main") in advance(QUIET, MAIN, event).facts
    assert InformationHeard("main") not in advance(QUIET, MAIN, replace(event, informed=False)).facts


def test_a_line_of_two_steps_is_asked_the_rest() -> None:
    """The same menu, no miss, and the fact at once."""
    turn = advance(QUIET, MAIN, Informed(NOON))
    assert turn.facts == (InformationHeard("main"),) and turn.call.place == MAIN.place
    assert question(turn) == question(advance(QUIET, MAIN, Pressed(NOON, "*")))


# --- numbers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["0912345678", "+886912345678", "29603456", "1", "9" * 20, "+" + "9" * 20])
def test_a_number_is_kept_as_the_carrier_gave_it(number: str) -> None:
    """With or without its plus, twenty digits at most."""
    turn = advance(QUIET, NEW, Arrived(NOON, number, "1999"))
    assert turn.call.caller == number
    assert turn.facts[0] == CallArrived(number, "1999")


@pytest.mark.parametrize(
    "number", ["", "9" * 21, "09+12345678", "anonymous", "0912 345678", "٠٩١٢٣٤٥٦٧٨", "++886"]
)
def test_what_no_telephone_has_counts_as_hidden(number: str) -> None:
    """Also a number longer than its column: a caller must not be able to stop a row."""
    turn = advance(QUIET, NEW, Arrived(NOON, number, "1999"))
    assert turn.call.caller == ""
    assert turn.facts[0] == CallArrived("", "1999")


@pytest.mark.parametrize("caller", ["", "1999", "2960345"])
def test_a_number_nobody_could_call_back_is_asked_for(caller: str) -> None:
    """Seven digits ring nowhere; eight do."""
    turn = advance(QUIET, replace(WAITING, caller=caller), QueueLeft(NOON, Left.EMPTY))
    assert turn.call.place == GivingNumber("nobody")
    assert said(turn) == ["nobody-now", "ask-number.other" if caller else "ask-number"]


def test_eight_digits_are_promised_to_at_once() -> None:
    """A telephone of the city."""
    turn = advance(QUIET, replace(WAITING, caller="29603456"), QueueLeft(NOON, Left.EMPTY))
    assert [fact.number for fact in turn.facts if isinstance(fact, CallbackPromised)] == ["29603456"]


KEYED = {
    "0912345678": "0912345678", "0287654321": "0287654321", "29603456": "0229603456", "0912345678#": "0912345678",
    "091234567": "", "08765432": "", "2960345": "", "296034567": "", "09123456789": "", "091234": "", "": "", "#": "",
    "0912345*78": "", "²9603456": "", "٢٩٦٠٣٤٥٦": "", "0204123456": "", "0209123456": "", "0800123456": "",
    "00281312345678": "", "81312345678": "", "110": "", "1999": "", "5112": "",
}  # fmt: skip


@pytest.mark.parametrize(("keys", "number"), KEYED.items())
def test_resilience_2_6_keys_become_a_number_only_if_it_is_dialled(keys: str, number: str) -> None:
    """Taiwan's ordinary telephones, as they are read back; all else is asked for again."""
    turn = advance(QUIET, replace(HEARD, caller="").to(GivingNumber("caller")), Pressed(NOON, keys))
    expected = ConfirmingNumber(number, "caller") if number else GivingNumber("caller", 1)
    assert turn.call.place == expected and not turn.facts


def test_the_number_keyed_in_is_the_one_promised_to() -> None:
    """The origin stays what it was when the number was asked for."""
    asked = replace(HEARD, caller="").to(GivingNumber("nobody", 2))
    read_back = advance(QUIET, asked, Pressed(NOON, "0287654321"))
    assert not read_back.facts
    turn = advance(QUIET, read_back.call, Pressed(NOON, "1"))
    (promise,) = (fact for fact in turn.facts if isinstance(fact, CallbackPromised))
    assert (promise.number, promise.origin, promise.given_by) == ("0287654321", "nobody", "anonymous")


# --- waits -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("free", "busy"), [(0, True), (1, False)])
def test_V_04_that_all_are_busy_is_said_only_when_it_is_so(free: int, busy: bool) -> None:
    """Place, wait and the key in any case."""
    turn = advance(QUIET, WAITING, QueueLeft(NOON, Left.SLICE, 2, 3, free=free))
    assert said(turn) == [*["V-04.busy"] * busy, "V-04.position.2", "V-04.wait.3", "V-04.hold"]


# --- bulletins that come and go in mid-call ----------------------------------------------------------

STORM = book("V-03.typhoon", "V-03.water")


def test_P4_8_a_bulletin_switched_on_in_the_menu_is_said_once_to_who_asks_for_it() -> None:
    """Key 5 pressed while it has just come on: not once for the key and once more for the menu."""
    turn = advance(STORM, MAIN, Pressed(NOON, "5"))
    assert said(turn).count("V-03.typhoon") == 1 and turn.call.bulletin_heard


def test_P4_8_all_bulletins_are_said_in_their_order() -> None:
    """Before the words of the queue, for who has heard none."""
    turn = advance(STORM, MAIN, Pressed(NOON, "1"))
    assert said(turn) == ["V-03.typhoon", "V-03.water", "to-an-agent"]


def test_P4_8_a_bulletin_switched_off_takes_its_key_along() -> None:
    """Announced a moment ago, a wrong key now."""
    assert said(advance(QUIET, MAIN, Pressed(NOON, "5")))[0] == "not-understood"


def test_P4_8_who_waits_hears_a_new_bulletin_when_next_spoken_to() -> None:
    """Once, before going on waiting."""
    turn = advance(STORM, WAITING, Silent(NOON))
    assert said(turn) == ["V-03.typhoon", "V-03.water"]
    assert said(advance(STORM, turn.call, Silent(NOON))) == []


def test_P5_1_1_a_callback_the_agent_registered_by_key_is_read_back_when_the_agent_hangs_up() -> None:
    """Whom we call, and V-10 with the due time of the key, not of the end of the talk."""
    turn = advance(QUIET, WAITING, QueueLeft(NOON + timedelta(hours=1), Left.TALKED, promised=NOON))
    last_four = ["digit.5", "digit.6", "digit.7", "digit.end.8"]
    assert said(turn) == [
        "own-number",
        *last_four,
        "V-10.before",
        "time.today",
        "time.sharp.16",
        "V-10.after",
        "thanks-goodbye",
    ]
    assert said(advance(QUIET, WAITING, QueueLeft(NOON, Left.TALKED))) == []


# --- events that the place does not expect -----------------------------------------------------------

PLACES: list[Place] = [
    InMenu("main"),
    Waiting(),
    Crowded(),
    OwnNumber(NOON.isoformat(), "caller"),
    GivingNumber("caller"),
    LeavingMessage("test-message", NOON.isoformat()),
    Scoring(1, 3, True, "talked"),
    LeavingWords("test-message", "talked"),
    Gone(),
]
ODD: list[Event] = [
    Pressed(NOON, "1"),
    Silent(NOON),
    QueueLeft(NOON, Left.SLICE),
    QueueLeft(NOON, Left.TALKED),
    MessageLeft(NOON, "test-message", 2.0, MessageEnd.KEY),
]


@pytest.mark.parametrize("place", PLACES, ids=str)
@pytest.mark.parametrize("event", ODD, ids=lambda event: type(event).__name__)
def test_any_event_in_any_place_leaves_something_to_do(place: Place, event: Event) -> None:
    """A key too late, a queue left twice: exactly one last step, never none."""
    turn = advance(QUIET, HEARD.to(place), event)
    assert isinstance(turn.steps[-1], Ask | Enqueue | TakeMessage | End)


@pytest.mark.parametrize("event", ODD, ids=lambda event: type(event).__name__)
def test_a_conversation_that_is_over_stays_over(event: Event) -> None:
    """Nobody is put back into the queue after the goodbye."""
    turn = advance(QUIET, HEARD.to(Gone()), event)
    assert turn.steps == (End((), "ended"),) and turn.facts == (CallEnding("ended"),)


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_who_hung_up_is_asked_nothing(place: Place) -> None:
    """No step, and the turn still counts."""
    turn = advance(QUIET, HEARD.to(place), HungUp(NOON))
    assert (turn.steps, turn.call.place, turn.call.turn) == ((), Gone(), HEARD.turn + 1)


def test_an_arrival_asked_twice_is_the_same_arrival() -> None:
    """The first process answered too late, so the second is asked: the same turn with the same facts."""
    once, again = (advance(QUIET, NEW, Arrived(NOON, "0912345678", "1999")) for _ in range(2))
    assert once == again and once.call.turn == 1


def test_P3_b_a_greeting_that_the_line_has_said_is_not_said_again() -> None:
    """Else the same turn: the same menu and facts; nobody has heard the notice yet."""
    arrived = Arrived(NOON, "0912345678", "1999")
    said_by_us = advance(QUIET, NEW, arrived)
    said_before = advance(QUIET, NEW, replace(arrived, greeted=True))
    assert said_by_us.steps == (GREETING, *said_before.steps)
    assert (said_before.call, said_before.facts) == (said_by_us.call, said_by_us.facts)
    assert not said_before.call.notices


@pytest.mark.parametrize(
    "keys", [("1",), ("2",), ("4",), ("9",), ("",), *product("124", ("1", "0", "9", ""))]
)
def test_P3_b_first_menus_that_the_line_has_asked_are_answered_at_once(keys: tuple[str, ...]) -> None:
    """As by an arrival and the turns behind it; what the line has asked itself is told by its own log."""
    arrived = Arrived(NOON, "0912345678", "1999", greeted=True)
    then = asked = advance(QUIET, NEW, arrived)
    for key in keys:
        then = advance(QUIET, then.call, Pressed(NOON, key) if key else Silent(NOON))
    at_once = advance(QUIET, NEW, replace(arrived, pressed=keys))
    assert (at_once.call, at_once.steps) == (then.call, then.steps)
    assert at_once.facts == (asked.facts[0], *then.facts)


def test_P3_b_who_was_not_told_of_a_bulletin_in_the_menus_of_the_line_hears_it() -> None:
    """It came while they listened."""
    turn = advance(book("V-03.typhoon"), NEW, Arrived(NOON, "", "1999", greeted=True, pressed=("1", "")))
    assert "V-03.typhoon" in said(turn)


def test_P4_12_where_all_is_recorded_a_line_leaves_the_notice_to_a_decision() -> None:
    """Recording begins behind it."""
    assert second_menu(QUIET, "1", NOON) is not None
    assert second_menu(replace(QUIET, recording_from=RecordingFrom.ANSWER), "1", NOON) is None


@pytest.mark.parametrize("key", ["0", "9", "*", "8"])
def test_P3_b_a_line_asks_by_itself_only_what_a_language_leads_to(key: str) -> None:
    assert second_menu(QUIET, key, NOON) is None


def test_P3_b_a_bulletin_that_is_on_is_left_to_a_decision() -> None:
    """It is heard once, and that is on record."""
    assert second_menu(book("V-03.typhoon"), "1", NOON) is None


# --- language and recording --------------------------------------------------------------------------


def test_P4_12_who_has_heard_the_notice_needs_no_second() -> None:
    """A call that a release with another order began."""
    turn = advance(QUIET, HEARD.to(InMenu("main")), Pressed(NOON, "1"))
    assert not any(isinstance(step, Say) for step in turn.steps) and StartRecording() in turn.steps


@pytest.mark.parametrize(
    ("records", "steps", "fact"),
    [
        (RecordingFrom.PERSON, [Say, Ask], None),
        (RecordingFrom.ANSWER, [Say, StartRecording, Ask], RecordingBegun),
    ],
)
def test_P4_12_the_notice_comes_before_recording_in_the_same_turn(
    records: RecordingFrom, steps: list[type], fact: type | None
) -> None:
    """Played to its end, then asked; a menu is recorded only where all is."""
    turn = advance(replace(QUIET, recording_from=records), HEARD, Pressed(NOON, "4"))
    assert [type(step) for step in turn.steps] == steps
    assert turn.call.recording is (fact is not None)
    assert [type(one) for one in turn.facts if isinstance(one, RecordingBegun | RecordingAwaited)] == (
        [fact] if fact else []
    )
    assert turn.steps[0] == Say((Prompt("V-01", Language.ENGLISH),), notice=True)


@pytest.mark.parametrize("event", [Silent(NOON), Pressed(NOON, "0"), Pressed(NOON, "9")], ids=str)
def test_P3_b_who_chooses_no_language_is_told_in_mandarin_and_waits(event: Event) -> None:
    """The menu once, the notice, then the bulletin that is on, and the queue, recorded once answered."""
    turn = advance(book("V-03.typhoon"), advance(QUIET, NEW, Arrived(NOON, "0912345678", "1999")).call, event)
    assert [type(step) for step in turn.steps] == [Say, StartRecording, Enqueue]
    assert said(turn) == ["V-01", "V-03.typhoon", "to-an-agent"]
    assert RecordingAwaited(Language.MANDARIN) in turn.facts


def test_P3_b_a_wrong_key_in_the_language_menu_is_forgiven_once() -> None:
    """Said once more; then a wrong key and no key are the same."""
    first = advance(QUIET, NEW, Arrived(NOON, "0912345678", "1999", greeted=True))
    again = advance(QUIET, first.call, Pressed(NOON, "7"))
    assert said(again) == ["not-understood", *said(first)]
    for event in (Pressed(NOON, "7"), Silent(NOON)):
        assert isinstance(advance(QUIET, again.call, event).steps[-1], Enqueue)


@pytest.mark.parametrize(
    "event", [TransferWanted(NOON, "5112", "agent-1"), QueueLeft(NOON, Left.LOST), Silent(NOON)], ids=str
)
def test_P4_12_nobody_is_put_through_or_recorded_before_the_notice(event: Event) -> None:
    """Whatever comes first of a call that has heard none."""
    first, *rest = advance(QUIET, replace(NEW, caller="0912345678").to(Waiting()), event).steps
    assert first == Say((Prompt("V-01", Language.MANDARIN),), notice=True) and rest[0] == StartRecording()


def test_P5_1_1_the_due_time_counts_from_the_moment_of_the_promise() -> None:
    """Four office hours: from noon until four, from 16:00 until 11:00 next morning."""
    dues = []
    for at in (NOON, NOON + timedelta(hours=4)):
        facts = advance(QUIET, WAITING, Pressed(at, "1")).facts
        dues += [fact.due_at for fact in facts if isinstance(fact, CallbackPromised)]
    assert [due[5:16] for due in dues] == ["11-24T16:00", "11-25T11:00"]


# --- a call after one that was cut off ------------------------------------------------------------------


@dataclass(frozen=True)
class Cuts:
    """One call that was cut off, of whoever calls."""

    def are_there(self) -> bool:
        return True

    def untold(self, caller: str, at: datetime) -> CutCall:
        return CutCall("cut", Language.JAPANESE, waited=True)


def test_who_was_cut_off_stands_first_by_whatever_way_the_line_is_reached() -> None:
    """A silence is as good as a key; the language is that of the call that was cut off."""
    after = replace(QUIET, cut_calls=Cuts())
    turn = advance(after, NEW, Arrived(NOON, "0912345678", "1999", greeted=True))
    assert question(turn).prompts[0] == Prompt("cut-off.front", Language.JAPANESE)
    queued = advance(after, turn.call, Silent(NOON)).steps[-1]
    assert isinstance(queued, Enqueue) and queued.front


def test_who_was_cut_off_and_was_asked_before_we_knew_stands_first_and_is_told_another_time() -> None:
    """The words belong before the question, which is over."""
    after = replace(QUIET, cut_calls=Cuts())
    turn = advance(after, NEW, Arrived(NOON, "0912345678", "1999", greeted=True, pressed=("1",)))
    assert turn.call.in_front and "cut-off.front" not in said(turn)
    assert not [fact for fact in turn.facts if isinstance(fact, CutOffTold)]


@pytest.mark.parametrize("caller", ["", "forged"])
def test_who_has_no_number_was_never_cut_off(caller: str) -> None:
    """Nobody is looked up by a number that says nothing."""
    turn = advance(replace(QUIET, cut_calls=Cuts()), NEW, Arrived(NOON, caller, "1999", greeted=True))
    assert not turn.call.in_front and "cut-off.front" not in said(turn)


# --- a number with too many calls at once ---------------------------------------------------------------

CROWDED = Arrived(NOON, "0912345678", "1999", greeted=True, crowded=True)


def test_one_call_too_many_hears_so_and_is_offered_a_callback() -> None:
    """In every language that has a voice, for none was chosen;
    key 1 promises one to the number that called.
    """
    turn = advance(QUIET, NEW, CROWDED)
    (step,) = turn.steps
    assert isinstance(step, Ask) and [prompt.id for prompt in step.prompts] == ["many-calls"] * 3
    assert step.prompts[0].language is Language.MANDARIN and CallerCrowded() in turn.facts
    promised = advance(QUIET, turn.call, Pressed(NOON, "1"))
    assert [fact.number for fact in promised.facts if isinstance(fact, CallbackPromised)] == ["0912345678"]


@pytest.mark.parametrize("event", [Silent(NOON), Pressed(NOON, "5")], ids=["silent", "another key"])
def test_who_wants_no_callback_is_asked_once_more_and_let_go(event: Silent | Pressed) -> None:
    """With a goodbye, and a reason on record: never a bare refusal."""
    again = advance(QUIET, advance(QUIET, NEW, CROWDED).call, event)
    assert said(again) == ["many-calls"] * 3
    over = advance(QUIET, again.call, event)
    assert said(over) == ["thanks-goodbye"] and over.facts == (CallEnding("caller_calls"),)


@pytest.mark.parametrize(
    ("caller", "free"),
    [("", frozenset[str]()), ("anonymous", frozenset[str]()), ("0912345678", frozenset({"+886912345678"}))],
    ids=["withheld", "no number", "free of the limit"],
)
def test_a_number_that_is_hidden_or_free_is_never_one_too_many(caller: str, free: frozenset[str]) -> None:
    """The menus, as for everybody."""
    turn = advance(replace(QUIET, exempt=free), NEW, replace(CROWDED, caller=caller))
    assert turn.call.place == InMenu("language") and CallerCrowded() not in turn.facts
