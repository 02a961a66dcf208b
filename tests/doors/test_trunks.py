"""Trunks as Asterisk tells them, against a peer that plays Asterisk."""

from typing import Any, cast

from control.ami import AMI, ActionRefused, Message
from control.trunks import away, release
from hotline.settings.carriers import Trunk

FIRST = Trunk("trunk", ("192.0.2.1",), "192.0.2.1:5060")
SECOND = Trunk("trunk-second", ("192.0.2.2",), "192.0.2.2:5060")
UP = {
    "PJSIP/trunk-00000001": "Ring",
    "PJSIP/trunk-00000002": "Up",
    "PJSIP/trunk-00000003": "Down",
    "PJSIP/trunk-00000004": "Ringing",
    "PJSIP/trunk-second-00000005": "Down",
    "PJSIP/officers-00000006": "Ringing",
}


class Asterisk:
    """Answers for trunks and channels; ``gone``: channels that ended meanwhile."""

    def __init__(self, *gone: str, **states: str) -> None:
        self.gone, self.states, self.ended = gone, states, list[tuple[str, int]]()

    def ask(self, action: str, **fields: Any) -> list[Message]:
        if action == "CoreShowChannels":
            return [
                {"Response": "Success"},
                *(
                    {"Event": "CoreShowChannel", "Channel": name, "ChannelStateDesc": state}
                    for name, state in UP.items()
                ),
            ]
        if action == "Hangup":
            if fields["Channel"] in self.gone:
                raise ActionRefused("Hangup", "No such channel")
            self.ended.append((fields["Channel"], fields["Cause"]))
            return [{"Response": "Success"}]
        function, _, rest = fields["Variable"].partition("(")
        name = rest.partition(",")[0].removesuffix("@@1")
        known = self.states.get(name.replace("-", "_"), "")
        found = {"PJSIP_AOR": f"{name}@@1" if known else "", "PJSIP_CONTACT": known}
        return [{"Response": "Success", "Value": found[function]}]


def test_a_trunk_that_answers_no_options_is_away() -> None:
    """One that was not asked, or that Asterisk does not know, is not."""
    asterisk = cast(AMI, Asterisk(trunk="Unreachable", trunk_second="Reachable"))
    assert away(asterisk, (FIRST, SECOND)) == [FIRST]
    assert away(cast(AMI, Asterisk(trunk="NonQualified")), (FIRST, SECOND)) == []


def test_what_is_in_set_up_leaves_a_dead_trunk() -> None:
    """Not who called us, not who talks, not the other trunk's; one that ended by itself stops nothing."""
    asterisk = Asterisk("PJSIP/trunk-00000003")
    assert release(cast(AMI, asterisk), FIRST) == 2
    assert asterisk.ended == [("PJSIP/trunk-00000004", 38)]
