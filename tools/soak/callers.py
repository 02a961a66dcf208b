"""Citizens who call again and again, each at a phone of its own, and what each does in a call."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Lock, Thread
from types import MappingProxyType
from typing import Final

from demo.baresip import PhoneFault
from demo.phone import PhoneEventKind, Softphone
from hotline import clock
from ivr.prompts import Catalogue, Language, Shelf
from tools.soak.home import CARRIER, GREETING_SECONDS, SoakHome

LONGEST: Final = 60.0
"""Seconds after which a caller gives up."""


@dataclass(frozen=True)
class CallerScript:
    """Keys with the second at which each group is pressed; hangs up at ``until``, if nobody has by then."""

    keys: tuple[tuple[float, str], ...] = ()
    until: float = LONGEST


MAIN: Final = GREETING_SECONDS + Shelf(Catalogue.load()).seconds("V-01", Language.MANDARIN) + 1.0
"""Mandarin is chosen, and the main menu speaks."""
HOURS: Final = Shelf(Catalogue.load()).seconds("sign-language-hours", Language.MANDARIN)
"""How long that information lasts."""
INFORMED: Final = "asks about sign language"
"""Who is served by an information, heard to its end."""
UNSERVED: Final = ("hangs up in the greeting", "presses nothing", "leaves the queue's music")
"""Who gets nothing that 1999 is for."""
ROTA: Final[Mapping[str, CallerScript]] = MappingProxyType(
    {
        "hangs up in the greeting": CallerScript(until=1.5),
        "speaks with an agent": CallerScript(((GREETING_SECONDS, "0"),)),
        INFORMED: CallerScript(((GREETING_SECONDS, "1"), (MAIN, "4")), until=MAIN + HOURS + 3.0),
        "knows an extension that answers": CallerScript(
            ((GREETING_SECONDS, "1"), (MAIN, "2"), (MAIN + 1.5, "5112#"))
        ),
        "knows an extension that is busy": CallerScript(
            ((GREETING_SECONDS, "1"), (MAIN, "2"), (MAIN + 1.5, "5301#"))
        ),
        "wants to be called back": CallerScript(((GREETING_SECONDS, "1"), (MAIN, "3")), until=45.0),
        "presses nothing": CallerScript(until=25.0),
        "leaves the queue's music": CallerScript(((GREETING_SECONDS, "0"),), until=MAIN + 2.5),
    }
)
"""What callers do, in turn; English and wrong keys are the fault tests' business."""


@dataclass
class Tally:
    """Counts of what the callers met."""

    calls: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def count(self, doing: str) -> None:
        with self._lock:
            self.calls[doing] = self.calls.get(doing, 0) + 1

    def fault(self, text: str) -> None:
        with self._lock:
            self.faults.append(text)

    @property
    def made(self) -> int:
        return sum(self.calls.values())


class Callers:
    """Phones, each in a call at nearly every moment until ``stop``; use it as a context manager."""

    def __init__(self, home: SoakHome, how_many: int) -> None:
        self._home, self._how_many = home, how_many
        self._stopping, self._turn = Event(), count()
        self._phones = ExitStack()
        self._threads: list[Thread] = []
        self.tally = Tally()

    def __enter__(self) -> "Callers":
        for number in range(self._how_many):
            user = f"09718{number:05}"
            phone = self._phones.enter_context(
                Softphone(user, home=self._home.scratch / f"caller-{user}", address=CARRIER)
            )
            self._threads.append(Thread(target=self._call_and_call, args=(phone,), daemon=True))
        for thread in self._threads:
            thread.start()
            self._stopping.wait(1.0)  # not all at one moment
        return self

    def stop(self) -> None:
        """No new calls; waits until those that are up have ended."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(LONGEST + 30)

    def __exit__(self, *fault: object) -> None:
        self.stop()
        self._phones.close()

    def _call_and_call(self, phone: Softphone) -> None:
        names = tuple(ROTA)
        while not self._stopping.is_set():
            name = names[next(self._turn) % len(names)]
            try:
                self._call(phone, ROTA[name])
            except PhoneFault as fault:
                self.tally.fault(f"{phone.user} {name}: {fault}")
            self.tally.count(name)
            for heard in phone.recordings[:-2]:
                heard.unlink(missing_ok=True)

    def _call(self, phone: Softphone, doing: CallerScript) -> None:
        phone.dial(f"sip:1999@{self._home.sip}")
        began = phone.wait_for(PhoneEventKind.ESTABLISHED, 15).at
        for second, keys in doing.keys:
            self._rest_until(phone, began + second)
            if phone.talking:
                phone.press(keys)
        self._rest_until(phone, began + doing.until)
        if phone.talking:
            phone.hang_up()
        phone.wait_for(PhoneEventKind.CLOSED, 10)

    def _rest_until(self, phone: Softphone, instant: float) -> None:
        pause = Event()
        while phone.talking and clock.monotonic() < instant:
            pause.wait(min(0.2, max(0.01, instant - clock.monotonic())))
