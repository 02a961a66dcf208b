"""A caller who hangs up anywhere leaves a closed row that says where; nothing goes on without them."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from demo.baresip import ANSWERED
from demo.phone import Answers, NoAnswer, PhoneEventKind, Softphone
from ivr.prompts import Catalogue, Language, Shelf
from tests.calls_at_once import within
from tests.chosen import chosen, each
from tests.live.system import System


@dataclass(frozen=True)
class Leaving:
    """Where somebody hangs up: keys, then so many seconds; the menu and the sign that this was the place."""

    keys: str
    after: float
    menu: str
    sign: str
    outcome: str = "abandoned"


HOURS, NOTICE = (
    Shelf(Catalogue.load()).seconds(name, Language.MANDARIN) for name in ("sign-language-hours", "V-01")
)
"""How long they last."""
PLACES = {
    "at_once": Leaving("", 0.0, "", "Answered"),
    "in_the_greeting": Leaving("", 1.0, "", "Answered"),
    "in_the_language_menu": Leaving("", 6.0, "language", "MenuHeard"),
    "in_the_english_notice": Leaving("4", 1.0, "main", "LanguageChosen"),
    "in_the_main_menu": Leaving("1", NOTICE + 2.0, "main", "NoticeHeard"),
    "in_the_sign_language_hours": Leaving("1,4", 3.0, "main", "KeyPressed"),
    "in_the_menu_behind_them": Leaving("1,4", HOURS + 2.0, "main", "KeyPressed", "informed"),
    "in_to_an_agent": Leaving("1,1", 1.0, "main", "Queued"),
    "in_the_queue": Leaving("1,1", 5.5, "main", "QueueEntered"),
}


AT_ONCE = len(PLACES)
PROMISES = {"in_the_main_menu": "Who hangs up leaves a closed row that says where"}


@pytest.fixture(scope="module")
def left(system: System, request: pytest.FixtureRequest) -> dict[str, str]:
    """Everybody asked for hangs up at their place, all at once, while one agent's phone rings for ever."""

    def leave(place: Leaving) -> str:
        number = f"0{number_of(place)}"
        with system.caller(number) as phone:
            phone.dial(f"sip:1999@{system.sip}")
            phone.wait_for(PhoneEventKind.ESTABLISHED, ANSWERED)
            press(phone, place, system)
            phone.hang_up()
            phone.wait_for(PhoneEventKind.CLOSED, ANSWERED)
        return number

    with system.agents(agent_1=NoAnswer()), ThreadPoolExecutor(within(AT_ONCE)) as pool:
        calls = {name: pool.submit(leave, PLACES[name]) for name in chosen(request, PLACES)}
        return {name: call.result() for name, call in calls.items()}


def number_of(place: Leaving) -> int:
    """A caller's number of its own for each place."""
    return 955000000 + list(PLACES.values()).index(place)


def press(phone: Softphone, place: Leaving, system: System) -> None:
    """Press each key when its menu has been reached, as the record tells, then wait."""
    number = f"0{number_of(place)}"
    for count, key in enumerate(filter(None, place.keys.split(",")), 1):
        system.in_menu(number, count)
        time.sleep(0.4)
        phone.press(key)
    time.sleep(place.after)


@pytest.mark.live
@each(PLACES, PROMISES)
def test_P0_b_who_hangs_up_is_closed_where_they_left(left: dict[str, str], name: str, system: System) -> None:
    """One row, closed by the caller, with the last menu and the event that marks the place.

    Informed is who heard an information to its end, and nobody else.
    """
    row, place = system.row(left[name]), PLACES[name]
    assert (row.end_reason, row.outcome, row.last_menu) == ("caller_hung_up", place.outcome, place.menu)
    assert row.started_at and row.ended_at and row.started_at <= row.ended_at
    assert PLACES[name].sign in [event.kind for event in system.events(row.id)]


@pytest.mark.live
def test_P0_b_who_hangs_up_in_the_talk_is_closed_as_talked(system: System) -> None:
    """The caller ends the talk; seconds of talk are on the row, the agent's phone is free again."""
    with system.agents(agent_1=Answers(0.2)) as agents:
        story = system.call("1,1,wait:8", longest=24.0)
        assert story.record is not None, story.as_text()
        assert (story.record.outcome, story.record.end_reason) == ("talked", "caller_hung_up"), (
            story.as_text()
        )
        assert story.record.talk_seconds and story.record.talk_seconds > 1
        assert not agents["agent-1"].talking


@pytest.mark.live
def test_no_ghost_is_left(system: System) -> None:
    """Five seconds after everybody left, Asterisk has no channel."""
    system.until(lambda: system.channels() == 0, 5, "no channel is left")
