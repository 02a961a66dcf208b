"""What a citizen says of recording a relayed call, told to an Asterisk that is away for a while (§14)."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Self

import pytest
from sqlalchemy import Engine

from calls.store import CallRow
from control.ami import ActionRefused, ManagerGone
from control.outbound_calls import Placing
from control.relay import TOLD, RelayCalls
from hotline.callbacks.rules import Outcome
from hotline.db import sessions, transaction
from hotline.outbound_calls import service
from hotline.outbound_calls.rules import AGENTS, OutboundEvent, Phase
from hotline.video import relay
from hotline.video.relay import RecordingAnswer
from recordings import gaps
from tests.signing import RULES, TEN, SignScene

SECOND = timedelta(seconds=1)


@dataclass
class Telephones:
    """Asterisk as relayed calls ask it: its channels with their variables, and what is recorded."""

    node: str = "ntpc1"
    channels: dict[str, dict[str, str]] = field(default_factory=dict)
    is_away: bool = False
    stopped: list[str] = field(default_factory=list)

    def manager(self, _account: object) -> Self:
        if self.is_away:
            raise ManagerGone("away")
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_why: object) -> None:
        pass

    def ask(self, action: str, **fields: str) -> list[dict[str, str]]:
        if action == "Status":
            return [{"Linkedid": one, "Channel": f"PJSIP/{one}"} for one in self.channels]
        if action == "StopMixMonitor":
            self.stopped.append(fields["Channel"])
            return [{}]
        known = self.channels.get(fields["Channel"])
        if known is None:
            raise ActionRefused(action, "No such channel")
        if action == "Setvar":
            known[fields["Variable"]] = fields["Value"]
        return [{"Value": known.get(fields.get("Variable", ""), "")}]


@dataclass
class RelayScene:
    """A session whose interpreter telephones: the call is on record, its channel may be made later."""

    signs: SignScene
    number: int
    telephones: Telephones = field(default_factory=Telephones)
    token: str = ""

    @property
    def calls(self) -> RelayCalls:
        unused: Any = None
        telephones: Any = self.telephones
        placing = Placing(self.signs.factory, telephones, unused, unused, unused, unused)
        return RelayCalls(placing, lambda: RULES)

    @property
    def own(self) -> str:
        return f"placed-{self.token}"

    def rings(self) -> None:
        with transaction(self.signs.factory) as session:
            self.token = relay.begin(session, self.number, (AGENTS,), by="hand-1", at=TEN).token
            session.add(CallRow(id=self.own, caller="anonymous", started_at=TEN, node=self.telephones.node))

    def is_lifted(self) -> None:
        """The interpreter's phone rings: its channel is there."""
        self.telephones.channels[self.own] = {}

    def is_answered(self) -> None:
        heard = OutboundEvent(self.token, Phase.ANSWERED, 1, Outcome.REACHED, TEN, is_whole=False)
        with transaction(self.signs.factory) as session:
            service.heard(session, heard)

    def says(self, said: RecordingAnswer) -> None:
        with transaction(self.signs.factory) as session:
            relay.answer(session, self.number, said, TEN)

    def knows(self) -> dict[str, str]:
        return self.telephones.channels[self.own]


@pytest.fixture
def scene(database: Engine) -> RelayScene:
    """hand-1 serves amy, and telephones."""
    signs = SignScene(sessions(database))
    signs.hire("hand-1")
    made = RelayScene(signs, signs.arrive("amy"))
    signs.accept("hand-1", TEN)
    made.rings()
    return made


@pytest.mark.parametrize(
    ("said", "told"),
    [(RecordingAnswer.AGREED, {"RECORDS": "yes"}), (RecordingAnswer.REFUSED, {"REFUSED": "yes"})],
)
def test_an_answer_is_told_once_asterisk_is_back(
    scene: RelayScene, said: RecordingAnswer, told: dict[str, str]
) -> None:
    """Given while it was away, it is kept, and told by the next who looks; once."""
    scene.is_lifted()
    scene.telephones.is_away = True
    with pytest.raises(ManagerGone):
        scene.calls.answer(scene.number, said, TEN)
    scene.telephones.is_away = False
    assert [scene.calls.settle(TEN + SECOND) for _look in range(2)] == [1, 0]
    assert scene.knows() == told


@pytest.mark.parametrize("said", [RecordingAnswer.AGREED, RecordingAnswer.REFUSED])
def test_an_answer_before_the_phone_rings_is_told_when_it_does(
    scene: RelayScene, said: RecordingAnswer
) -> None:
    """On record before a ring, the call may have no channel yet."""
    assert scene.calls.answer(scene.number, said, TEN) is said
    scene.is_lifted()
    assert scene.calls.settle(TEN + SECOND) == 1 and len(scene.knows()) == 1


def test_a_refusal_is_never_taken_back(scene: RelayScene) -> None:
    """Whoever tells consent late, while the refusal was told: the call has both, and is not recorded."""
    scene.is_lifted()
    scene.says(RecordingAnswer.AGREED)
    calls = scene.calls
    calls.answer(scene.number, RecordingAnswer.REFUSED, TEN)
    calls._agree(scene.own)
    assert scene.knows() == {"RECORDS": "yes", "REFUSED": "yes"}
    assert scene.telephones.stopped == [f"PJSIP/{scene.own}"]
    with transaction(scene.signs.factory) as session:
        assert gaps.is_stopped(session, scene.own)


@pytest.mark.parametrize(
    ("late", "is_told"), [(TOLD - SECOND, True), (TOLD, False)], ids=["told who calls", "in the talk"]
)
def test_consent_is_told_until_who_answered_was_told_who_calls(
    scene: RelayScene, late: timedelta, is_told: bool
) -> None:
    """Behind that it counts for the next call, and is not asked for each second."""
    scene.is_lifted()
    scene.is_answered()
    scene.says(RecordingAnswer.AGREED)
    assert scene.calls.settle(TEN + late) == int(is_told)


def test_consent_is_not_told_to_a_call_that_is_recorded(scene: RelayScene) -> None:
    """Nor to one that is over."""
    scene.says(RecordingAnswer.AGREED)
    scene.is_lifted()
    with transaction(scene.signs.factory) as session:
        session.get_one(CallRow, scene.own).recorded_at = TEN
    assert scene.calls.settle(TEN + SECOND) == 0 and scene.knows() == {}
