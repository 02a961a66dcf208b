"""Events that move a call with regard to its limits (spec §15): each with its instant, and by whom."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class _ByPerson:
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Answered:
    """An agent answered; only the first one starts the clock."""

    at: datetime


class JudgementAsked(_ByPerson):
    """An agent asks for a supervisor's judgement."""


class Authorised(_ByPerson):
    """A supervisor judges the caller drunk, abusive or without a topic."""


class JudgementRefused(_ByPerson):
    """A supervisor judges that the call goes on."""


@dataclass(frozen=True, slots=True)
class NoTopic(_ByPerson):
    """An agent finds no topic; ``entry`` of the special list, None when the caller is not on it."""

    entry: int | None


class Guided(_ByPerson):
    """A guidance was said (V-15)."""


class Failed(_ByPerson):
    """The last guidance brought no topic: the agent need not wait for the rest of ``answer``."""


class TopicAppeared(_ByPerson):
    """There is something to help with after all."""


class Emergency(_ByPerson):
    """Words of self-harm, danger or emergency: every limit of this call is lifted for good."""


@dataclass(frozen=True, slots=True)
class Passed:
    """Time went by."""

    at: datetime


@dataclass(frozen=True, slots=True)
class CallOver:
    """The call is over, whoever ended it."""

    at: datetime


Event = (
    Answered
    | JudgementAsked
    | Authorised
    | JudgementRefused
    | NoTopic
    | Guided
    | Failed
    | TopicAppeared
    | Emergency
    | Passed
    | CallOver
)
