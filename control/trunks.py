"""Trunks as Asterisk knows them: which answer no OPTIONS, and calls in set-up taken off one that has died."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from control.ami import AMI, ActionRefused
from hotline.settings.carriers import Trunk

AWAY: Final = "Unreachable"
SETTING_UP: Final = frozenset(("Down", "Dialing", "Ringing"))
"""States of a channel that we called and nobody has answered; one that called us is in none of them."""
OUT_OF_ORDER: Final = 38
"""Q.850: the network. The dialplan takes the other trunk then."""


def away(ami: AMI, trunks: Iterable[Trunk]) -> list[Trunk]:
    """The trunks that were asked and did not answer. Raises HotlineError."""
    return [trunk for trunk in trunks if is_away(ami, trunk.name)]


def is_away(ami: AMI, line: str) -> bool:
    """Tell whether the one contact of a line was asked and did not answer. Raises HotlineError."""
    return _status(ami, line) == AWAY


def release(ami: AMI, trunk: Trunk) -> int:
    """Hang up a trunk's calls in set-up, so that their dialplan goes on; how many. Raises HotlineError.

    A carrier that said "trying" and died says nothing any more, and no timer of SIP ends that.
    """
    shown = ami.ask("CoreShowChannels")
    stuck = [
        one["Channel"]
        for one in shown
        if one.get("Channel", "").rpartition("-")[0] == f"PJSIP/{trunk.name}"
        and one.get("ChannelStateDesc") in SETTING_UP
    ]
    for channel in stuck:
        with suppress(ActionRefused):  # it ended by itself meanwhile
            ami.ask("Hangup", Channel=channel, Cause=OUT_OF_ORDER)
    return len(stuck)


def _status(ami: AMI, name: str) -> str:
    """Asterisk's word for the one contact of a line; empty while it has none."""
    contact = _asked(ami, f"PJSIP_AOR({name},contact)")
    return _asked(ami, f"PJSIP_CONTACT({contact},status)") if contact else ""


def _asked(ami: AMI, function: str) -> str:
    return ami.ask("Getvar", Variable=function)[0].get("Value", "")
