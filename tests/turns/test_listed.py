"""A caller on the special list (P7.3), and calls that must end (P7.1): the same scenes over every line."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from hotline.callbacks.service import Callbacks
from hotline.numbers import e164
from ivr.books import Books
from ivr.bulletins import Bulletins
from ivr.call import Call, InMenu
from ivr.catalogue import Catalogue
from ivr.limits import Authorised, Emergency, EndRule, Guided, NoTopic, Passed, TopicAppeared
from ivr.menus import FOLDER
from tests.city import seeded
from tests.turns.rows import NOON, Rows
from tests.turns.scene import Caller

LISTED, ORDINARY = "0912345678", "0922222222"
CAP, GUIDANCES, LONGEST = EndRule.CAP, EndRule.GUIDANCES, EndRule.LONGEST


def listed(number: str, at: datetime) -> int:
    """Entry 7 is for one number, on one day."""
    return 7 if (number, at.date()) == (e164(LISTED), NOON.date()) else 0


@pytest.fixture
def books(tmp_path: Path, catalogue: Catalogue, callbacks: Callbacks, bulletins: Bulletins) -> Books:
    city = seeded(())
    return Books(
        FOLDER, tmp_path / "menus", catalogue, bulletins, callbacks.due, city=lambda: city, listed=listed
    )


@pytest.fixture
def talk(caller: Caller) -> Caller:
    """A listed caller who talks with the first agent."""
    return caller.dials(LISTED).presses("0").meets_an_agent()


def comes_back(caller: Caller) -> Caller:
    """Put through, met by nobody, and the agent is busy by then: at the front of the queue."""
    caller.is_transferred_to("5112").busy().busy().busy().rings_back("agent-1")
    return caller.busy().waits_in_front()


# --- who is told -----------------------------------------------------------------------------------------


def test_P7_3_the_agent_is_warned_before_the_talk(caller: Caller, rows: Rows) -> None:
    """Banner in the agent's ear, the entry for the agent's key, a fact for the record;
    the caller hears nothing of it.
    """
    caller.dials(LISTED).presses("0").is_listed(7)
    assert not any("listed" in name for name in caller.heard)
    if name := getattr(caller.line, "unique_id", ""):
        assert "CallerListed" in rows.events(name)


@pytest.mark.parametrize("number", [ORDINARY, ""])
def test_an_ordinary_caller_is_not(caller: Caller, rows: Rows, number: str) -> None:
    """Nor one whose number is hidden."""
    caller.dials(number).presses("0").is_listed(0)
    if name := getattr(caller.line, "unique_id", ""):
        assert "CallerListed" not in rows.events(name)


def test_P7_3_the_entry_goes_with_the_caller(talk: Caller) -> None:
    """To the officer, back to the agent, and to the front of the queue:
    each of them may find that there is no topic.
    """
    talk.is_transferred_to("5112").is_listed(7).busy().is_listed(7).busy().busy()
    talk.rings_back("agent-1").is_listed(7).busy().waits_in_front().is_listed(7)


def test_a_call_of_before_the_list_was_kept_goes_on() -> None:
    """What travels from an older process has no entry."""
    call = Call("scene", "menus", InMenu("main"))
    assert Call.from_json(call.to_json().replace(',"s":0', "")) == call


# --- the cap ---------------------------------------------------------------------------------------------


def test_P7_3_without_a_topic_a_listed_call_ends_at_its_cap(talk: Caller) -> None:
    """V-20 one minute before, V-16 fifteen minutes after the agent's answer, and the line hangs up."""
    talk.talks_until(3, NoTopic).talks_until(13.9).hears_meanwhile()
    talk.talks_until(14).hears_meanwhile("V-20").talks_until(14.9).hears_meanwhile()
    talk.talks_until(15).hears_meanwhile("V-16").is_ended_by(CAP)


def test_P7_3_with_a_topic_a_listed_caller_is_served(talk: Caller) -> None:
    """Nothing ends the call, and nothing is said of an end."""
    talk.talks_until(40).hears_meanwhile().talks().is_("end", "talked")


@pytest.mark.parametrize("number", [ORDINARY, ""])
def test_P7_1_nobody_else_is_ended_without_a_supervisor(caller: Caller, number: str) -> None:
    """Whatever the agent presses."""
    caller.dials(number).presses("0").meets_an_agent()
    caller.talks_until(3, NoTopic, Guided, Guided, Guided, Guided).talks_until(40).talks().is_(
        "end", "talked"
    )


def test_P7_1_authorised_after_the_cap_ends_at_once(caller: Caller) -> None:
    """V-16, and no V-20 into it."""
    caller.dials(ORDINARY).presses("0").meets_an_agent().talks_until(20, Authorised)
    caller.hears_meanwhile("V-16").is_ended_by(CAP)


def test_P7_1_the_cap_is_kept_through_a_transfer(talk: Caller) -> None:
    """The officer's talk is warned and ended as the agent's would have been."""
    talk.talks_until(3, NoTopic).is_transferred_to("5112")
    talk.talks_until(14).hears_meanwhile("V-20").talks_until(15).is_ended_by(CAP)


def test_P7_1_the_cap_is_kept_through_a_return_and_the_queue(talk: Caller) -> None:
    """Nobody answers, the caller waits again, and the clock is still that of the first answer."""
    comes_back(talk.talks_until(3, NoTopic)).talks_until(14).hears_meanwhile("V-20")
    talk.talks_until(15).is_ended_by(CAP)


def test_P7_1_the_cap_is_found_by_whoever_flags_the_call_later(talk: Caller) -> None:
    """The officer finds no topic in minute twelve: minute fifteen of the first agent's answer is the end."""
    talk.is_transferred_to("5112").talks_until(12, NoTopic).talks_until(15).is_ended_by(CAP)


def test_P7_1_between_two_talks_too(talk: Caller) -> None:
    """While the position is said nobody talks: the call ends at the next word of its line."""
    talk.talks_until(14.95, NoTopic).waits(3, 1).is_("ask").says_nothing().is_ended_by(CAP)


def test_P7_1_a_talk_with_an_outside_number_ends_in_time(talk: Caller) -> None:
    """Over Twilio our Asterisk has no part in it: Twilio's own limit is set, and V-16 is said behind it."""
    talk.talks_until(3.01, NoTopic).is_transferred_to("6101").rings("0229603456")
    talk.talks_until(14.5).talks_until(15.5).is_ended_by(CAP)


def test_P7_1_V_20_is_said_once(talk: Caller) -> None:
    """Who was warned is not warned by each next phone."""
    talk.talks_until(3, NoTopic).talks_until(14.1).hears_meanwhile("V-20")
    talk.is_transferred_to("5112").talks_until(14.5).hears_meanwhile().talks_until(15).is_ended_by(CAP)


def test_P7_1_V_20_that_was_due_between_two_talks_is_said_in_the_next(talk: Caller) -> None:
    """Better late than not at all."""
    talk.talks_until(13.95, NoTopic).waits(3, 1).says_nothing()
    talk.talks_until(14.3).hears_meanwhile("V-20").talks_until(15).is_ended_by(CAP)


# --- guidances, topics, emergencies ----------------------------------------------------------------------


def test_P7_3_three_guidances_that_failed_end_the_call(talk: Caller) -> None:
    """Ten seconds after the third, unless a topic appears."""
    talk.talks_until(2, NoTopic).talks_until(3, Guided, Guided).hears_meanwhile("V-15", "V-15")
    talk.talks_until(4, Guided).talks_until(4.15).hears_meanwhile()
    talk.talks_until(4.17).hears_meanwhile("V-16").is_ended_by(GUIDANCES)


def test_P7_3_guidances_of_different_talks_count_together(talk: Caller) -> None:
    """Two by the agent, the third by the agent who takes the caller back."""
    comes_back(talk.talks_until(2, NoTopic, Guided, Guided)).talks_until(6, Guided)
    talk.talks_until(6.2).is_ended_by(GUIDANCES)


def test_P7_1_guidances_before_the_flag_count_also_after_a_transfer(caller: Caller) -> None:
    """Three have failed with the agent; authorised while the officer talks, the call ends at once."""
    caller.dials(ORDINARY).presses("0").meets_an_agent().talks_until(2, Guided, Guided, Guided)
    caller.is_transferred_to("5112").talks_until(5, Authorised).is_ended_by(GUIDANCES)


def test_P7_1_a_topic_lifts_the_end_and_keeps_the_count(talk: Caller) -> None:
    """Lifted with the officer, flagged again with the agent: one guidance more is the third."""
    comes_back(talk.talks_until(2, NoTopic, Guided, Guided).talks_until(3, TopicAppeared))
    talk.talks_until(6, NoTopic, Guided).talks_until(6.2).is_ended_by(GUIDANCES)


def test_P7_1_what_was_lifted_does_not_end_the_next_talk(talk: Caller) -> None:
    """The officer may talk on as with anybody."""
    talk.talks_until(2, NoTopic).is_transferred_to("5112").talks_until(6, TopicAppeared)
    talk.talks_until(40).hears_meanwhile().answered().is_("end", "transferred")


def test_an_emergency_lifts_everything_for_good(talk: Caller) -> None:
    """Also in the talks after it."""
    comes_back(talk.talks_until(2, NoTopic, Guided, Guided, Guided, Emergency)).talks_until(5, NoTopic)
    talk.talks_until(40).hears_meanwhile().talks().is_("end", "talked")


class TestLongest:
    """A blanket limit of all calls, if an operator sets one (call.max_minutes)."""

    @pytest.fixture
    def longest(self) -> timedelta:
        return timedelta(minutes=20)

    def test_it_ends_an_ordinary_call(self, caller: Caller) -> None:
        """Twenty minutes after the call was answered."""
        caller.dials(ORDINARY).presses("0").meets_an_agent().talks_until(19.5).talks_until(20).is_ended_by(
            LONGEST
        )

    def test_a_topic_lifts_the_cap_and_not_that(self, talk: Caller) -> None:
        """Nor does a transfer."""
        talk.talks_until(2, NoTopic).is_transferred_to("5112").talks_until(6, TopicAppeared)
        talk.talks_until(19.5).talks_until(20).is_ended_by(LONGEST)

    def test_an_emergency_does(self, talk: Caller) -> None:
        """The caller who needs help is not ended by any rule."""
        talk.talks_until(2, Emergency).is_transferred_to("5112").talks_until(40, Passed).answered()
        talk.is_("end", "transferred")
