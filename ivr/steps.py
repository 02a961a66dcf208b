"""Steps a line can perform, events it can report, and facts of a call.

A line (Asterisk, Twilio, the keyboard) performs steps and reports events; it
holds no rule. Every event knows its instant, so that no rule reads a clock.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from ivr.case_facts import CaseDisowned, CaseHeard, CaseNumberSpoken, CaseTried
from ivr.prompts import Language, Prompt
from ivr.survey_facts import SurveyAnswered, SurveyAsked, SurveyWordsKept
from recordings.policy import MessageEnd
from transfer.ladder import Rung
from transfer.outcome import DialOutcome

Prompts = tuple[Prompt, ...]


# --- steps: what the line does next, in order -------------------------------------------------


@dataclass(frozen=True, slots=True)
class Say:
    """Speak to the end; keys pressed meanwhile are not heard (the legal notice)."""

    prompts: Prompts
    notice: bool = False


@dataclass(frozen=True, slots=True)
class StartRecording:
    """Keep the sound of this call, if it is not kept already: from now on, or while a person is joined with
    the caller, as the installation is set.
    """


@dataclass(frozen=True, slots=True)
class Ask:
    """Speak and listen: a key ends the speech. ``seconds`` of silence after it mean no key.

    ``informs``: so many prompts, from the first, are an information;
    whether they were heard to their end is told.
    """

    prompts: Prompts
    digits: int
    seconds: float
    informs: int = 0


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Wait with music for an agent of that language, one slice; ``prompts`` are said before.

    ``front``: before everybody else, for who was with an agent already and came back (§9.1 RETURNED).
    ``listed``: the agent is told that the caller is on the special list (P7.3). ``there``: said only when an
    agent is there; a wait that begins with them is told of place and wait at once, unless a phone rings.
    """

    language: Language
    prompts: Prompts = ()
    front: bool = False
    listed: bool = False
    there: Prompts = ()


@dataclass(frozen=True, slots=True)
class Ring:
    """Say ``prompts``, ring one phone for ``seconds`` at most, and let it talk with the caller.

    ``whisper`` is told to who answers, before the bridge. ``asked`` is the extension that was wanted first.
    """

    rung: Rung
    seconds: float
    asked: str
    prompts: Prompts = ()
    whisper: Prompts = ()


@dataclass(frozen=True, slots=True)
class RingAgent:
    """Say ``prompts`` and, if it is free now, ``there``; then ring one agent's phone (§9.1 RETURNED)."""

    phone: str
    seconds: float
    prompts: Prompts = ()
    there: Prompts = ()


@dataclass(frozen=True, slots=True)
class TakeMessage:
    """Say ``prompts``, then keep what the caller says, until silence, ``#`` or ``seconds`` of wall clock."""

    name: str
    seconds: float
    prompts: Prompts = ()


@dataclass(frozen=True, slots=True)
class End:
    """Speak and hang up."""

    prompts: Prompts
    reason: str


Step = Say | StartRecording | Ask | Enqueue | Ring | RingAgent | TakeMessage | End


def words_of(step: Step) -> Prompts:
    """Everything that a step says, in order, an agent being there."""
    match step:
        case StartRecording():
            return ()
        case Enqueue() | RingAgent():
            return (*step.prompts, *step.there)
        case _:
            return step.prompts


# --- events: what the line reports -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Arrived:
    """A call came in. ``caller`` is empty when the number is hidden.

    ``greeted``: the line has said the greeting (V-00) already, to its end. ``crowded``: this number has as
    many calls as one may have at once (setting ``caller_calls``) without this one. ``from_carrier``: the
    carrier gave the number, as no telephone of ours, page or browser does. ``pressed``: keys in the
    first menus, which the line has asked by itself, the last one empty if there was none; None: it has asked
    nothing.
    """

    at: datetime
    caller: str
    dialled: str
    greeted: bool = False
    crowded: bool = False
    from_carrier: bool = False
    pressed: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Pressed:
    """Keys, as many as were asked for or up to ``#``; ``#`` alone is a key too.

    ``informed``: before it, the information of the question was heard to its end.
    """

    at: datetime
    keys: str
    informed: bool = False


@dataclass(frozen=True, slots=True)
class Silent:
    """No key came in time; ``informed`` as of ``Pressed``."""

    at: datetime
    informed: bool = False


@dataclass(frozen=True, slots=True)
class Informed:
    """A question's information was heard to its end; its rest is asked for (lines that ask in two steps)."""

    at: datetime


class Left(StrEnum):
    """Reason why a slice in the queue ended."""

    SLICE = "slice"
    EMPTY = "empty"
    TALKED = "talked"
    LOST = "lost"
    """The agent's phone died in the talk; the caller is still there."""


@dataclass(frozen=True, slots=True)
class QueueLeft:
    """A slice in the queue ended at ``position`` (1 = first), with ``agents`` who can answer.

    ``free``: how many of them. ``promised``: when the agent registered a callback by key in the talk.
    ``by_officer``: an officer hung up, to whom the agent had left the caller.
    """

    at: datetime
    why: Left
    position: int = 1
    agents: int = 1
    promised: datetime | None = None
    free: int = 0
    by_officer: bool = False


@dataclass(frozen=True, slots=True)
class TransferWanted:
    """An agent puts the caller through to ``extension``. ``by`` is the agent's phone, empty if not known."""

    at: datetime
    extension: str
    by: str = ""
    urgent: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RingEnded:
    """A ring is over; after an answer, the talk is over too and the caller still there.

    ``promised``: when a callback was registered by key during the talk, if one was. ``lost``: the phone that
    answered died in the talk. ``by_officer``: an officer hung up, also where an agent's phone had been rung.
    """

    at: datetime
    status: DialOutcome
    promised: datetime | None = None
    lost: bool = False
    by_officer: bool = False


@dataclass(frozen=True, slots=True)
class MessageLeft:
    """A message was spoken (``seconds`` of sound in file ``name``), or nothing was said."""

    at: datetime
    name: str
    seconds: float
    ended: MessageEnd


@dataclass(frozen=True, slots=True)
class HungUp:
    """The caller is gone (lines that can still report it)."""

    at: datetime


Event = Arrived | Pressed | Silent | Informed | QueueLeft | TransferWanted | RingEnded | MessageLeft | HungUp


# --- facts: what happened, in the past tense -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class CallArrived:
    caller: str
    dialled: str


@dataclass(frozen=True, slots=True)
class CallerListed:
    """The caller is on the special list (P7.3)."""

    entry: int


@dataclass(frozen=True, slots=True)
class CallerCrowded:
    """The caller's number has too many calls at once, and was told so."""


@dataclass(frozen=True, slots=True)
class CutOffTold:
    """The caller was told that an earlier call was cut off; ``front``: is before everybody in line."""

    call: str
    front: bool


@dataclass(frozen=True, slots=True)
class MenuHeard:
    menu: str


@dataclass(frozen=True, slots=True)
class KeyPressed:
    menu: str
    key: str
    known: bool


@dataclass(frozen=True, slots=True)
class NoKeyPressed:
    menu: str
    time: int


@dataclass(frozen=True, slots=True)
class InformationHeard:
    """To its end: what a menu was asked to tell, or a bulletin before it."""

    menu: str


@dataclass(frozen=True, slots=True)
class VideoAddressTexted:
    """A mobile is to get the address of the sign-language pages by SMS, with a code for an application."""

    number: str
    address: str


@dataclass(frozen=True, slots=True)
class LanguageChosen:
    wanted: str
    spoken: str


@dataclass(frozen=True, slots=True)
class RecordingBegun:
    language: str


@dataclass(frozen=True, slots=True)
class RecordingAwaited:
    """Recording begins when a person answers, if one does."""

    language: str


@dataclass(frozen=True, slots=True)
class Queued:
    language: str


@dataclass(frozen=True, slots=True)
class WaitAnnounced:
    position: int
    minutes: int


@dataclass(frozen=True, slots=True)
class CallbackPromised:
    """A promise; ``given_by``: the caller who gave another ``number``, or anonymous; empty: their own."""

    number: str
    language: str
    origin: str
    due_at: str
    extension: str = ""
    given_by: str = ""


@dataclass(frozen=True, slots=True)
class DueTimeSpoken:
    """V-10, after a talk, for the callback that was registered by key in it at ``registered_at``."""

    registered_at: str
    due_at: str


@dataclass(frozen=True, slots=True)
class TransferBegun:
    """``by``: the agent's phone; empty when the caller dialled the extension."""

    asked: str
    by: str
    urgent: bool
    reason: str


@dataclass(frozen=True, slots=True)
class PhoneTried:
    """One rung of the ladder, when it ended."""

    asked: str
    extension: str
    kind: str
    status: str


@dataclass(frozen=True, slots=True)
class TransferEnded:
    """``how``: connected, returned, message, unknown (no such extension)."""

    asked: str
    how: str


@dataclass(frozen=True, slots=True)
class MessageKept:
    name: str
    seconds: float
    ended: str


@dataclass(frozen=True, slots=True)
class CallEnding:
    reason: str


Fact = (
    CallArrived | CallerListed | CallerCrowded | CutOffTold | MenuHeard | InformationHeard
    | KeyPressed | NoKeyPressed | VideoAddressTexted | LanguageChosen | RecordingBegun | RecordingAwaited
    | Queued | WaitAnnounced | CallbackPromised | DueTimeSpoken | MessageKept | TransferBegun | PhoneTried | TransferEnded
    | CaseTried | CaseHeard | CaseDisowned | CaseNumberSpoken | SurveyAsked | SurveyAnswered | SurveyWordsKept
    | CallEnding
)  # fmt: skip


def detail(fact: Fact) -> dict[str, Any]:
    """The fields of a fact, for its row; each is a plain value."""
    return {name: getattr(fact, name) for name in fact.__slots__}
