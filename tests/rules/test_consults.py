"""Where a talk stands for an agent, by Asterisk's channels alone (§9.1)."""

import pytest

from control.ami import Message
from control.attended_transfer import TalkPlace, talk_place

CALLER = "PJSIP/trunk-0001"
AGENT = "PJSIP/agent-1-0002"
OFFICER = "PJSIP/officers-0003"


def line(channel: str, bridge: str = "", state: str = "Up", linked: str = "call") -> Message:
    unique = "call" if channel == CALLER else channel
    return {
        "Channel": channel,
        "Uniqueid": unique,
        "Linkedid": linked,
        "ChannelStateDesc": state,
        "BridgeID": bridge,
    }


@pytest.mark.parametrize(
    ("others", "place"),
    [
        ((line(AGENT, "a"),), TalkPlace.CALLER),
        (
            (
                line(AGENT, "b"),
                line("Local/5112@from-transfer-1;1", "b", "Ringing"),
                line(OFFICER, "", "Ringing"),
            ),
            TalkPlace.RINGING,
        ),
        (
            (line(AGENT, "b"), line("Local/5112@from-transfer-1;2", "c"), line(OFFICER, "c")),
            TalkPlace.OFFICER,
        ),
        ((line(AGENT, "a"), line(OFFICER, "a")), TalkPlace.THREE),
        ((line(AGENT, "a"), line("Local/5112@from-transfer-1;1", "a"), line(OFFICER, "c")), TalkPlace.THREE),
        ((line(OFFICER, "a"),), TalkPlace.THROUGH),
        ((line(OFFICER, "", "Ringing"),), TalkPlace.HUNTING),
        ((line(AGENT, "", "Ringing"),), TalkPlace.HUNTING),
        ((line(AGENT, "a", linked="another call"),), TalkPlace.HUNTING),
        ((line("PJSIP/agent-11-0004", "a"),), TalkPlace.THROUGH),
    ],
)
def test_where_a_talk_stands(others: tuple[Message, ...], place: TalkPlace) -> None:
    """A phone that rings is nobody's talk yet; another call's phone is not looked at."""
    assert talk_place((line(CALLER, "a"), *others), "call", "agent-1") is place


def test_a_phone_whose_name_begins_like_anothers_is_not_that_one() -> None:
    """Whoever it is may not go on from a colleague's talk."""
    assert talk_place((line(CALLER, "a"), line(AGENT, "a")), "call", "agent") is TalkPlace.THROUGH


def test_a_call_without_its_caller_is_over() -> None:
    """Whoever is left."""
    assert talk_place((line(AGENT, "b"), line(OFFICER, "b")), "call", "agent-1") is TalkPlace.OVER
