"""A trial call: a program dials the running hotline as the carrier does, and tells what became of it.

It recognises our own prompts in what it hears, so it presses a key when the menu is really spoken; programs
play the agents' phones. It changes nothing in the system and needs only its SIP address, the prompt files
and the agents' passwords.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Self

from calls.cdr import SERVED
from demo.claims import Claims
from demo.conversation import Conversation, Speak, ending, read_keys
from demo.hearing import PromptSounds
from demo.phone import Answers, Behaviour, PhoneEvent, Softphone
from demo.story import FindRecord, KnownCall, Moment, MomentKind, Story, measure
from hotline import clock

TALK = 5.0  # seconds an agent's program talks unless told otherwise
LOOK = 0.3  # seconds between two looks for agents whom another program played
__all__ = ["Hotline", "place_call", "read_keys"]


@dataclass(frozen=True)
class Hotline:
    """The running system as a caller and its agents' phones know it.

    ``sip``: address:port. ``prompts``: name (``zh-TW/V-01``) to its 8 kHz file. ``menus``: name to the ids of
    its prompts, without language, in spoken order. ``agents``: phones a program may play, with passwords.
    ``home``: a scratch directory. ``words``: what a prompt says, for the reader.
    """

    sip: str
    prompts: Mapping[str, Path]
    menus: Mapping[str, Sequence[str]]
    agents: Mapping[str, str]
    home: Path
    words: Callable[[str], str] = field(default=lambda name: "")
    claims: Claims | None = None
    """Claims on agents' accounts; None where no other program plays agents."""
    carrier: str = "127.0.0.2"
    desks: str = "127.0.0.3"


def place_call(
    number: str,
    keys: str,
    *,
    hotline: Hotline,
    caller: str = "0912345678",
    at_agent: Behaviour | None = None,
    info: bool = False,
    longest: float = 90.0,
    find_record: FindRecord | None = None,
    record_within: float = 10.0,
    tell: Callable[[str], None] = lambda line: None,
) -> Story:
    """Call, press the keys (see ``read_keys``) one a menu, stay until the end, tell the story.

    An empty caller hides the number. ``at_agent`` None starts no agent's phone; an agent's program that
    answers talks five seconds unless its behaviour says how long. After ``longest`` seconds the caller hangs
    up. Raises PhoneFault when a phone cannot be played, ValueError for keys or sounds that are none.
    """
    steps = read_keys(keys)
    for step in steps:
        if isinstance(step, Speak) and step.sound not in hotline.prompts and not Path(step.sound).is_file():
            raise ValueError(f"there is neither a prompt nor a file {step.sound!r} to say")

    def show(moment: Moment) -> None:
        tell(_worded(moment, hotline).line())

    with ExitStack() as stack:
        desks = stack.enter_context(AgentPhones(hotline, at_agent))
        desks.look()
        phone = stack.enter_context(_caller(hotline, caller, info))
        catalogue = PromptSounds.load(hotline.prompts)
        talk = Conversation(phone, desks, catalogue, hotline.menus, show, hotline.prompts)
        since = clock.now()
        closed = talk.hold(f"sip:{number}@{hotline.sip}", steps, longest)
    record = _await_record(find_record, caller, since, record_within) if talk.answered else None
    moments = sorted((_worded(moment, hotline) for moment in talk.moments), key=lambda moment: moment.at)
    served, why = judge(closed, talk.answered, talk.agents_answered, record)
    if talk.left and not served:
        why += f" ({len(talk.left)} of {len(steps)} keys were not due before that)"
    recordings = tuple(measure(file) for file in record.files) if record else ()
    return Story(number, caller, tuple(moments), served, why, record, recordings)


def _caller(hotline: Hotline, caller: str, info: bool) -> Softphone:
    return Softphone(
        caller or "anonymous",
        home=hotline.home / "caller",
        address=hotline.carrier,
        name="" if caller else "Anonymous",
        keys_as_info=info,
    )


class AgentPhones:
    """Agents' phones played by this program: all that no other plays, also those that another leaves
    meanwhile.
    """

    def __init__(self, hotline: Hotline, behaves: Behaviour | None) -> None:
        if isinstance(behaves, Answers) and behaves.talk is None:
            behaves = replace(behaves, talk=TALK)
        self._hotline, self._behaves = hotline, behaves
        self._left = dict(hotline.agents) if behaves else {}
        self._phones, self._looked_at = list[Softphone](), 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *fault: object) -> None:
        for phone in self._phones:
            phone.go()
            if self._hotline.claims:
                self._hotline.claims.leave(phone.user)

    def __iter__(self) -> Iterator[Softphone]:
        if clock.monotonic() - self._looked_at > LOOK:
            self.look()
        return iter(self._phones)

    def look(self) -> None:
        """Play the agents that nobody plays now."""
        claims = self._hotline.claims
        new = [agent for agent in self._left if claims is None or claims.take(agent)]
        for agent in new:
            self._phones.append(self._played(agent))
        for phone in self._phones[len(self._phones) - len(new) :]:
            phone.register()
        self._looked_at = clock.monotonic()

    def _played(self, agent: str) -> Softphone:
        assert self._behaves
        return Softphone(
            agent,
            home=self._hotline.home / f"agent-{agent}",
            address=self._hotline.desks,
            password=self._left.pop(agent),
            registrar=self._hotline.sip,
            behaves=self._behaves,
        ).__enter__()


def _worded(moment: Moment, hotline: Hotline) -> Moment:
    return replace(moment, words=hotline.words(moment.what)) if moment.kind is MomentKind.PROMPT else moment


def _await_record(find: FindRecord | None, caller: str, since: datetime, within: float) -> KnownCall | None:
    """The record as soon as it is complete, else as it stands after ``within`` seconds."""
    until, pause = clock.monotonic() + within, Event()
    while find:
        record = find(caller, since)
        if (record and record.complete) or clock.monotonic() > until:
            return record
        pause.wait(0.25)
    return None


def judge(
    closed: PhoneEvent, answered: bool, agents: Sequence[str], record: KnownCall | None
) -> tuple[bool, str]:
    """Served or not, and why: what was seen on the phones first, then what the database knows."""
    if agents:
        return True, f"agent {(record and record.agent) or agents[-1]} talked with the caller"
    if record and record.outcome in SERVED:
        return True, f"the record says {record.outcome}"
    if not answered:
        return False, ending(closed) if closed.code else "the hotline did not answer"
    known = f"; the record says {record.outcome or 'nothing'}, {record.end_reason}" if record else ""
    return False, f"no agent answered and {ending(closed)}{known}"
