"""The Asterisk of this node, or of another, as acts in live calls need it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from control.ami import AMI, ManagerAccount, ManagerGone
from hotline.settings import Settings
from hotline.settings.addresses import MachineRole

Answer = TypeVar("Answer")
Places = Callable[[], Mapping[str, tuple[str, int]]]
"""Address and port of the manager of each living node, by its name."""
NOWHERE = ("", 0)


def alone() -> Mapping[str, tuple[str, int]]:
    """Places of a machine that shares its database with no other."""
    return {}


@dataclass(frozen=True, slots=True)
class Pbx:
    """The way to Asterisk's manager, and what this installation says of its telephones."""

    settings: Callable[[], Settings]
    """As they are now: how long supervisors' phones ring may be set while calls go on."""
    places: Places = alone
    on: str = ""
    """The node whose Asterisk is meant; empty = this machine's."""

    def manager(self, account: ManagerAccount, *, patience: float = 3.0, events: str = "off") -> AMI:
        """Log in, to hear classes of events or none. Raises ManagerGone."""
        settings = self.settings()
        place = None if self.on in ("", settings.node) else self.places().get(self.on, NOWHERE)
        if place is NOWHERE:
            raise ManagerGone(f"the node {self.on} does not live, or is reached by no other machine")
        return AMI.of(settings, account, patience=patience, events=events, place=place)

    def of(self, node: str) -> "Pbx":
        """The Asterisk of a node, for acts in its calls; of one without a name ours."""
        return replace(self, on=node)

    def each(self) -> Iterator["Pbx"]:
        """Every Asterisk that can be asked, our own first."""
        settings = self.settings()
        if settings.runs(MachineRole.NODE):
            yield self.of(settings.node)
        yield from (self.of(node) for node in self.places() if node != settings.node)

    def any(self) -> "Pbx":
        """An Asterisk that places a call of ours. Raises ManagerGone while none can be asked."""
        for one in self.each():
            return one
        raise ManagerGone("no node lives")

    def everywhere(self, ask: Callable[["Pbx"], Answer]) -> list[Answer]:
        """What each Asterisk answers; one that is away is passed over. Raises ManagerGone if all are."""
        answers, gone = list[Answer](), ManagerGone("no node lives")
        for one in self.each():
            try:
                answers.append(ask(one))
            except ManagerGone as error:
                gone = error
        if not answers:
            raise gone
        return answers

    @property
    def node(self) -> str:
        """Name of the node: its calls are known to this Asterisk alone."""
        return self.on or self.settings().node

    @property
    def caller_id(self) -> str:
        """Caller id shown on a phone of ours that is rung."""
        return f'"1999" <{self.settings().numbers[0]}>'

    @property
    def supervisors(self) -> Sequence[str]:
        """SIP phones of supervisors."""
        return self.settings().supervisors

    @property
    def own_phone_ring(self) -> timedelta:
        """Time that a phone of ours is rung before a call that it placed goes out."""
        return self.settings().callback_ring

    @property
    def supervisor_ring(self) -> timedelta:
        """Time that supervisors' phones are rung."""
        return self.settings().supervisor_ring

    @property
    def decision_limit(self) -> timedelta:
        """Longest time of a decision, for which a call's timer leaves it alone."""
        return self.settings().decision_limit
