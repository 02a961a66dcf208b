"""Events that move a call with regard to its limits (spec §15): each with its instant, and by whom."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Answered:
    """An agent answered; only the first one starts the clock."""

    at: datetime


@dataclass(frozen=True, slots=True)
class JudgementAsked:
    """An agent asks for a supervisor's judgement."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Authorised:
    """A supervisor judges the caller drunk, abusive or without a topic."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class JudgementRefused:
    """A supervisor judges that the call goes on."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class NoTopic:
    """An agent finds no topic; ``entry`` of the special list, None when the caller is not on it."""

    at: datetime
    by: str
    entry: int | None


@dataclass(frozen=True, slots=True)
class Guided:
    """A guidance was said (V-15)."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The last guidance brought no topic: the agent need not wait for the rest of ``answer``."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class TopicAppeared:
    """There is something to help with after all."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Emergency:
    """Words of self-harm, danger or emergency: every limit of this call is lifted for good."""

    at: datetime
    by: str


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
