"""What is recorded of a call by its event log: each talk, in one piece, with its gaps told (P4.12)."""

from datetime import datetime, timedelta

import pytest

from calls.cel import ChannelEvent
from calls.kept_sound import AWAITED, BEGUN, KeptSound, kept_sound, of_spans
from recordings.gaps import GapReason, SoundGap, place, silences, written
from tests.rules.test_record import at, event

AWAY, CONSULT, HOLD, STOPPED = GapReason.AWAY, GapReason.CONSULT, GapReason.HOLD, GapReason.STOPPED
NOTICE_OVER = event(5, AWAITED, extra={"extra": "zh-TW"})


def enters(second: float, who: str, bridge: str = "b") -> ChannelEvent:
    return event(second, "BRIDGE_ENTER", who, extra={"bridge_id": bridge})


def leaves(second: float, who: str, bridge: str = "b") -> ChannelEvent:
    return event(second, "BRIDGE_EXIT", who, extra={"bridge_id": bridge})


def gap(since: float, until: float | None, why: GapReason = AWAY) -> SoundGap:
    return SoundGap(at(since), None if until is None else at(until), why)


TALK = (enters(20, "caller"), enters(20.01, "agent-1"), leaves(30, "agent-1"), leaves(30.01, "caller"))


def test_P4_12_who_is_joined_with_nobody_is_not_recorded() -> None:
    """Menus, music and ringing are no talk, nor is a message."""
    events = (event(0, "CHAN_START"), NOTICE_OVER, event(6, "APP_START", app="Queue"), event(40, "HANGUP"))
    assert kept_sound(events, at(40)) is None


def test_P4_12_recording_begins_with_the_talk() -> None:
    """What comes behind the last talk is no part of it."""
    assert kept_sound((NOTICE_OVER, *TALK), at(35)) == KeptSound(at(20), (gap(30.01, 35),))


def test_P4_12_a_talk_that_goes_on_is_recorded_at_once() -> None:
    """Its row is there while the call is up."""
    assert kept_sound((NOTICE_OVER, *TALK[:2]), None) == KeptSound(at(20))


def test_P4_12_agent_officer_and_return_are_one_recording_with_its_gaps() -> None:
    """The last gap is open until somebody is there again, and is closed then."""
    again = (enters(50, "caller", "c"), enters(50, "officers", "c"), leaves(60, "caller", "c"))
    between = event(45, "CHAN_START", "officers")
    assert kept_sound((NOTICE_OVER, *TALK, between), None) == KeptSound(at(20), (gap(30.01, None),))
    sound = kept_sound((NOTICE_OVER, *TALK, between, *again), at(60))
    assert sound == KeptSound(at(20), (gap(30.01, 50),))


def test_P4_12_while_the_agent_asks_an_officer_first_the_caller_hears_music() -> None:
    """The caller is in the bridge alone; moments in which phones are joined are no gap."""
    apart = (leaves(24, "agent-1"), enters(24, "agent-1", "c"), enters(24, "officers", "c"))
    joined = (leaves(29, "agent-1", "c"), enters(29, "agent-1"))
    sound = kept_sound((NOTICE_OVER, *TALK[:2], *apart, *joined, *TALK[2:]), at(30.1))
    assert sound and sound.gaps == (gap(30.01, 30.1), gap(24, 29, CONSULT))


def test_P4_12_where_all_is_recorded_there_is_no_gap() -> None:
    """The setting ``answer``: from the notice on."""
    assert kept_sound((event(5, BEGUN), *TALK), at(35)) == KeptSound(at(5))


def test_P4_12_over_twilio_the_talks_alone_are_known() -> None:
    """Two talks overlap where a phone was rung by both; nothing is kept of a call without one."""
    talks = [(at(20), at(30)), (at(29), at(31)), (at(50), at(60))]
    assert of_spans(talks, at(70)) == KeptSound(at(20), (gap(31, 50), gap(60, 70)))
    assert of_spans([], at(70)) is None


@pytest.mark.parametrize(
    ("gaps", "second", "stands_at"),
    [
        ((), 25, 15),
        ((gap(12, 14),), 25, 13),
        ((gap(12, 14),), 13, 2),
        ((gap(12, 14, HOLD),), 25, 15),
        ((gap(12, 14), gap(13, 20, STOPPED)), 25, 7),
        ((gap(15, None, STOPPED),), 25, 5),
    ],
)
def test_an_instant_of_the_call_stands_at_a_second_of_its_files(
    gaps: tuple[SoundGap, ...], second: float, stands_at: float
) -> None:
    """Gaps in which nothing is written take no time in them."""
    assert place(written(at(10), at(30), gaps), at(second)) == pytest.approx(stands_at)


def test_music_is_silenced_where_it_stands_in_the_files() -> None:
    """Behind a gap it stands sooner; a moment at both ends is left."""
    found = silences(at(10), at(30), [gap(12, 14), gap(20, 25, CONSULT), gap(26, 26.3, HOLD)])
    assert found == [pytest.approx((8.2, 12.8))]


def test_a_gap_lasts_until_its_end() -> None:
    """One that a person made lasts to the call's."""
    then: datetime = at(0) + timedelta(days=1)
    assert gap(1, None, STOPPED).lasts(then) and not gap(1, 2).lasts(at(2)) and gap(1, 2).lasts(at(1))
