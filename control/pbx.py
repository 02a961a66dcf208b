"""This node's Asterisk as acts in live calls need it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from control.ami import AMI, ManagerAccount
from hotline.settings import Settings


@dataclass(frozen=True, slots=True)
class Pbx:
    """The way to Asterisk's manager, and what this installation says of its telephones."""

    settings: Callable[[], Settings]
    """As they are now: how long supervisors' phones ring may be set while calls go on."""

    def manager(self, account: ManagerAccount, *, patience: float = 3.0) -> AMI:
        """Log in. Raises ManagerGone."""
        return AMI.of(self.settings(), account, patience=patience)

    @property
    def node(self) -> str:
        """Name of the machine: its calls are known to this Asterisk alone."""
        return self.settings().node

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
