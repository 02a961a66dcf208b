"""The caller's side of a call while it is up:
hears, waits for menus, presses keys, watches agents' phones.
"""

import math
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from demo.hearing import HeardPrompt, PromptListener, PromptSounds
from demo.live_output import LiveOutput
from demo.phone import PhoneEvent, PhoneEventKind, Softphone, seconds
from demo.sound import Tape
from demo.story import Moment, MomentKind
from hotline import clock

SAME = 0.3  # seconds: a tone is found anew a little later
LOOK = 0.1  # seconds between two looks at phones and sound
MESSAGE, INVITATIONS = "message", ("message-invite", "message-number")
_INVITES = tuple(f"/{one}" for one in INVITATIONS)
SUBSCRIBER = 9  # digits of a number in Taiwan without its leading 0 or country
AFTER_TONE = 1.5  # seconds from the end of the invitation until the tone is over


@dataclass(frozen=True)
class Press:
    """Keys to press at the next menu; empty: press nothing there."""

    keys: str


@dataclass(frozen=True)
class Wait:
    """Do nothing for so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Speak:
    """Say one of our prompts (``zh-TW/V-08``) or a wav file, after the tone of the next spoken message."""

    sound: str


Step = Press | Wait | Speak


def read_keys(text: str) -> list[Step]:
    """``1,1`` · ``*`` · ``0912345678#`` · ``-`` (nothing at this menu) · ``wait:2.5`` · ``say:zh-TW/V-08``;
    else ValueError.
    """
    return [_read_step(word.strip()) for word in text.split(",") if word.strip()]


def _read_step(word: str) -> Step:
    if word == "-":
        return Press("")
    if word.startswith("say:") and len(word) > len("say:"):
        return Speak(word.removeprefix("say:"))
    if word.startswith("wait:"):
        return Wait(seconds(word.removeprefix("wait:")))
    if not set(word) <= set("0123456789*#"):
        raise ValueError(
            f"{word!r} is no key: write digits, * and #, - for no key, wait:SECONDS or say:SOUND"
        )
    return Press(word)


class MenuWatch:
    """Watch for the menus a caller comes to: another menu, or the same one from its beginning again.

    ``menus``: name to the ids of its prompts, without language, in spoken order.
    """

    def __init__(self, menus: Mapping[str, Sequence[str]]) -> None:
        self._places = {
            prompt: (menu, place) for menu, prompts in menus.items() for place, prompt in enumerate(prompts)
        }
        self.visits: list[str] = []
        self._last: tuple[str, int] = ("", 0)
        self._at = -1.0

    def look(self, sounding: Sequence[HeardPrompt]) -> None:
        """Take what may be sounding now; it counts only if each of it belongs to the same menu."""
        places = [self._place(one) for one in sounding]
        if not sounding or sounding[0].at < self._at + 0.2 or len({menu for menu, _ in places}) != 1:
            return
        menu, place = min(places)
        if menu and (menu != self._last[0] or place <= self._last[1]):
            self.visits.append(menu)
        self._last, self._at = (menu, place), sounding[0].at

    def _place(self, heard: HeardPrompt) -> tuple[str, int]:
        ids = [name.rpartition("/")[2] for name in (heard.name, *heard.also)]
        return next((self._places[one] for one in ids if one in self._places), ("", 0))


class Conversation:
    """One call of ``phone``; ``moments`` and ``agents_answered`` fill while it goes on."""

    def __init__(
        self,
        phone: Softphone,
        desks: Iterable[Softphone],
        catalogue: PromptSounds,
        menus: Mapping[str, Sequence[str]],
        tell: Callable[[Moment], None],
        sounds: Mapping[str, Path] = {},  # noqa: B006 (read only)
    ) -> None:
        self.phone, self.desks, self.sounds = phone, desks, sounds
        self._telling = LiveOutput(tell)
        self.moments: list[Moment] = []
        self.answered = False
        self.agents_answered: list[str] = []
        self._listener = PromptListener(catalogue)
        self._watch = MenuWatch(menus)
        self._known: list[HeardPrompt] = []
        self._menus_used = 0
        self._is_silent = False
        self._waiting_until: float | None = None
        self._rings: dict[str, PhoneEvent] = {}
        self._talks: set[str] = set()
        self._seen = defaultdict[str, int](int)

    def hold(self, uri: str, steps: Sequence[Step], longest: float) -> PhoneEvent:
        """Dial, take the steps, stay until the call ends, at most ``longest`` seconds; returns its end.

        Steps whose menu never came remain in ``left``.
        """
        self.left, pause, tape = list(steps), threading.Event(), Tape(self.phone.heard)
        self._zero = clock.monotonic()
        hang_up_at = self._zero + longest
        self.phone.dial(uri)
        while (closed := self._notice_own()) is None:
            pause.wait(LOOK)
            self._hear(tape)
            self._notice_desks()
            self._fall_silent()
            if self.answered and self.left and self._take(self.left[0]):
                self.left.pop(0)
            self._telling.up_to(self._listener.settled if self.answered else 0.0)
            if clock.monotonic() > hang_up_at:
                self.phone.hang_up()
                hang_up_at += 5
        self._hear(tape)
        self._listener.finish()
        self._tell_heard()
        self._notice_desks()
        self.add(closed.at, MomentKind.ENDED, ending(closed))
        self._telling.up_to(math.inf)
        return closed

    def _now(self) -> float:
        return clock.monotonic() - self._zero

    def add(
        self, at: float, kind: MomentKind, what: str = "", seconds: float | None = None, words: str = ""
    ) -> None:
        """Put down what happened at a monotonic instant."""
        lasted = None if seconds is None else round(seconds, 3)
        self._keep(Moment(round(at - self._zero, 1), kind, what, lasted, words=words))

    def _keep(self, moment: Moment) -> None:
        self.moments.append(moment)
        self._telling.add(moment)

    def _fall_silent(self) -> None:
        """Fall silent after the tone where nothing is to be said: a murmur would be taken for a message."""
        if not self._is_silent and self._watch.visits[-1:] == [MESSAGE]:
            self._is_silent = True
            if not any(isinstance(step, Speak) for step in self.left):
                self.phone.hush()

    def _take(self, step: Step) -> bool:
        """Try the step; true once it is done. A menu is used up by the keys pressed at it, or by none."""
        match step:
            case Wait(seconds):
                self._waiting_until = self._waiting_until or clock.monotonic() + seconds
                if clock.monotonic() < self._waiting_until:
                    return False
                self._waiting_until = None
            case Speak(sound):
                invited = [one for one in self._known if one.name.endswith(_INVITES) and one.whole]
                if not invited or self._now() < invited[-1].at + invited[-1].seconds + AFTER_TONE:
                    return False
                self._menus_used = len(self._watch.visits)
                self.add(clock.monotonic(), MomentKind.SPEAKS, sound)
                self.phone.say(self.sounds.get(sound, Path(sound)))
            case Press(keys):
                if len(self._watch.visits) <= self._menus_used:
                    return False
                menu = self._watch.visits[self._menus_used]
                self._menus_used = len(self._watch.visits)
                self.add(clock.monotonic(), MomentKind.KEY if keys else MomentKind.NO_KEY, keys, words=menu)
                self.phone.press(keys)
        return True

    def _hear(self, tape: Tape) -> None:
        self._listener.feed(tape.new())
        self._watch.look(self._listener.hearing)
        self._tell_heard()

    def _tell_heard(self) -> None:
        for heard in self._listener.heard:
            if not any(heard.name == one.name and abs(heard.at - one.at) < SAME for one in self._known):
                self._known.append(heard)
                self._watch.look([heard])
                self._keep(
                    Moment(round(heard.at, 1), MomentKind.PROMPT, heard.name, heard.seconds, heard.whole)
                )

    def _notice_own(self) -> PhoneEvent | None:
        """Take the phone's own news; returns the end of the call once it has come."""
        for event in self._news(self.phone):
            if event.what is PhoneEventKind.ESTABLISHED:
                self.answered, self._zero = True, event.at
                self.add(event.at, MomentKind.ANSWERED)
            if event.what is PhoneEventKind.CLOSED:
                return event
        return None

    def _notice_desks(self) -> None:
        for desk in self.desks:
            for event in self._news(desk):
                self._notice_desk(desk.user, event)

    def _notice_desk(self, agent: str, event: PhoneEvent) -> None:
        rang = self._rings.get(event.call)
        match event.what:
            case PhoneEventKind.RINGING if self._is_own(event):
                self._rings[event.call] = event
                self.add(event.at, MomentKind.AGENT_RINGS, agent)
            case PhoneEventKind.ESTABLISHED if rang:
                self._talks.add(event.call)
                self.agents_answered.append(agent)
                self.add(event.at, MomentKind.AGENT_ANSWERS, agent, event.at - rang.at)
            case PhoneEventKind.CLOSED if rang:
                words = "ends its call" if event.call in self._talks else "rings no more"
                self.add(event.at, MomentKind.AGENT_GONE, agent, words=words)

    def _is_own(self, event: PhoneEvent) -> bool:
        """Tell whether this caller rings an agent, as far as the phone is told: another trial may go on."""
        rings, here = ("".join(filter(str.isdecimal, one)) for one in (_user(event.peer), self.phone.user))
        return not rings or not here or rings[-SUBSCRIBER:] == here[-SUBSCRIBER:]

    def _news(self, phone: Softphone) -> list[PhoneEvent]:
        known = self._seen[phone.user]
        self._seen[phone.user] = len(phone.events)
        return phone.events[known : self._seen[phone.user]]


def _user(uri: str) -> str:
    return uri.partition(":")[2].partition("@")[0]


def ending(closed: PhoneEvent) -> str:
    """Name who ended the call, or why it never began."""
    if closed.code:
        return f"the hotline refuses the call: {closed.reason}"
    return "the caller hangs up" if closed.reason.endswith("by user") else "the hotline hangs up"
