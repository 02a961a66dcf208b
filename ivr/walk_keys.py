"""Parts played at the keyboard in a walk: the caller's keys, the queue, and every phone that rings."""

from collections.abc import Callable
from datetime import datetime, timedelta

from ivr.steps import (
    Ask,
    Enqueue,
    Event,
    HungUp,
    Left,
    MessageLeft,
    Pressed,
    QueueLeft,
    Ring,
    RingAgent,
    RingEnded,
    Silent,
    Step,
    TakeMessage,
    TransferWanted,
)
from recordings.policy import MessageEnd
from transfer.outcome import DialOutcome
from transfer.reasons import TransferReason

Read = Callable[[str], str]

AGENT = "agent-1"
TRANSFER_HELP = f"t EXTENSION [urgent] [{'|'.join(TransferReason)}] an agent transfers"
QUEUE_HELP = (
    "queue: [Enter] 30 s pass · 1 callback key · a an agent answers · "
    f"{TRANSFER_HELP} · n nobody is there · h hang up"
)
ASK_HELP = "key ([Enter] = no key, h = hang up)"
RING_HELP = (
    "the phone: a answers · p answers and registers a callback · b busy · [Enter] no answer · "
    "u unreachable · r refuses · f fails · h the caller hangs up"
)
AGENT_HELP = f"the agent: a answers · {TRANSFER_HELP} · [Enter] is not free · h the caller hangs up"
MESSAGE_HELP = "say it ([Enter] = nothing, # at the end = the key, h = hang up)"
SECONDS_A_LETTER = 0.25
PHONE = {
    "a": DialOutcome.ANSWERED,
    "p": DialOutcome.ANSWERED,
    "b": DialOutcome.BUSY,
    "": DialOutcome.NO_ANSWER,
    "u": DialOutcome.UNREACHABLE,
    "r": DialOutcome.REFUSED,
    "f": DialOutcome.FAILED,
}
SLICE = timedelta(seconds=30)


def next_event(steps: tuple[Step, ...], at: datetime, position: int, read: Read) -> Event | None:
    """Next event, asked at the keyboard; None when the call is over."""
    match steps[-1] if steps else None:
        case Ask():
            keys = read(ASK_HELP).strip()
            return HungUp(at) if keys == "h" else Pressed(at, keys) if keys else Silent(at)
        case Enqueue():
            return _queue(read(QUEUE_HELP).strip(), at, position)
        case Ring(seconds=seconds):
            return _rung(_known(read, RING_HELP), at, seconds)
        case RingAgent(phone, seconds):
            answer = read(AGENT_HELP).strip()
            return _transfer(answer, at, phone) or _rung(answer if answer in "ah" else "", at, seconds)
        case TakeMessage(name):
            return _message(read(MESSAGE_HELP).strip(), name, at)
        case _:
            return None


def _queue(answer: str, at: datetime, position: int) -> Event:
    match answer:
        case "a":
            return QueueLeft(at, Left.TALKED)
        case "n":
            return QueueLeft(at, Left.EMPTY)
        case "h":
            return HungUp(at)
        case "1":
            return Pressed(at, "1")
    return _transfer(answer, at, AGENT) or QueueLeft(at + SLICE, Left.SLICE, position, 2)


def _transfer(answer: str, at: datetime, by: str) -> TransferWanted | None:
    match answer.split():
        case ["t", extension, *how]:
            reason = next((word for word in how if word != "urgent"), "")
            return TransferWanted(at, extension, by, "urgent" in how, reason)
    return None


def _known(read: Read, ask: str) -> str:
    while (answer := read(ask).strip()) not in {*PHONE, "h"}:
        pass
    return answer


def _rung(answer: str, at: datetime, seconds: float) -> Event:
    if answer == "h":
        return HungUp(at)
    status = PHONE[answer]
    lasted = timedelta(seconds=seconds if status is DialOutcome.NO_ANSWER else 0)
    return RingEnded(at + lasted, status, at if answer == "p" else None)


def _message(said: str, name: str, at: datetime) -> Event:
    if said == "h":
        return HungUp(at)
    words = said.removesuffix("#")
    ended = MessageEnd.EMPTY if not words else MessageEnd.KEY if said.endswith("#") else MessageEnd.SILENCE
    return MessageLeft(at, name, round(len(words) * SECONDS_A_LETTER, 1), ended)
