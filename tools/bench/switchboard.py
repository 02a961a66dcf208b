"""A private Asterisk with the hotline's own configuration, and beside it the same menu in plain dialplan."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from hotline import clock
from hotline.staff.store import Agent
from ivr.call import Call, InMenu
from ivr.engine import Book, advance
from ivr.prompts import Shelf
from ivr.steps import Arrived, Ask, Event, Pressed, Prompts, Say
from ops.machine.priority import raise_priority
from ops.machine.users import create_users
from ops.parts.decisions import decisions
from ops.pbx.asterisk import find_or_install
from ops.pbx.configuration import write
from ops.pbx.home import AsteriskHome
from ops.starting import AsteriskNotRunning
from tools.bench import sounds
from tools.bench.homes import BenchHome
from tools.bench.processes import Child, cpu_ms, free_udp, rest

TRUNK, BENCH, PHONES = "127.0.0.2", "127.0.0.9", "127.0.0.10"
PLAIN, PLAIN_RECORDED, PLAIN_ASKED, BRIDGE, BRIDGE_RECORDED = "8001", "8002", "8005", "8003", "8004"


@dataclass
class BenchSwitchboard:
    """The running Asterisk."""

    home: AsteriskHome
    child: Child
    callee_port: int

    @property
    def address(self) -> str:
        return f"{self.home.settings.sip_address}:{self.home.settings.sip_port}"

    @property
    def sounds(self) -> Path:
        """Folder of the hotline's prompts."""
        return self.home.root / "sounds" / "hotline"

    def cpu_ms(self) -> float:
        return cpu_ms(self.child.pid)

    def witness(self, on: bool) -> None:
        """Switch the event log on or off: plain dialplan has none."""
        file = self.home.etc / "cel.conf"
        text = file.read_text("utf-8")
        file.write_text(
            text.replace(*(("enable = no", "enable = yes") if on else ("enable = yes", "enable = no")))
        )
        self.home.rx("module reload cel")

    def channels(self) -> int:
        """Channels that are up."""
        return int(self.home.rx("core show channels count").split()[0])

    def calls(self) -> int:
        """Calls that are up."""
        return int(self.home.rx("core show channels count").splitlines()[1].split()[0])

    def settle(self, patience: float = 15.0) -> bool:
        """Wait until no call is left; whether that came by itself. Who stays then is hung up."""
        until = clock.monotonic() + patience
        while self.channels():
            if clock.monotonic() > until:
                self.home.rx("channel request hangup all")
                return False
            rest(0.2)
        return True


@contextmanager
def switch(
    bench: BenchHome, plain_agi: int, agents: Sequence[Agent] = (), more: Mapping[str, str] | None = None
) -> Iterator[BenchSwitchboard]:
    """Asterisk over this home, with short prompts and the bench's own contexts; ``plain_agi``:
    that server's port; ``more``: what else stands in which of its files.
    """
    create_users()
    home = AsteriskHome.of(bench.settings, find_or_install(bench.settings.cache))
    write(home, agents)
    port = free_udp(PHONES)
    _append(home, "pjsip.conf", _endpoints(port))
    _append(home, "extensions.conf", _contexts(bench, plain_agi))
    for name, text in (more or {}).items():
        _append(home, name, text)
    sounds.short_copies(bench.settings.prompts, home.root / "sounds" / "hotline")
    child = Child.start("asterisk", home.command("TERM"), bench.settings.home / "asterisk.log")
    raise_priority(child.pid)
    try:
        child.await_(lambda: _booted(home))
        yield BenchSwitchboard(home, child, port)
    finally:
        child.stop(15)


def _booted(home: AsteriskHome) -> bool:
    with suppress(AsteriskNotRunning):
        return "fully booted" in home.rx("core waitfullybooted").lower()
    return False


def _append(home: AsteriskHome, name: str, text: str) -> None:
    with (home.etc / name).open("a", encoding="utf-8") as file:
        file.write(text)


def _endpoints(port: int) -> str:
    return f"""
[bench](line)
context = bench
identify_by = ip
allow = ulaw

[bench]
type = identify
endpoint = bench
match = {BENCH}

[bench-callee](line)
context = bench
allow = ulaw
aors = bench-callee

[bench-callee]
type = aor
contact = sip:callee@{PHONES}:{port}
"""


def _contexts(bench: BenchHome, plain_agi: int) -> str:
    spoken = menu_sounds(bench)
    sound = f"{bench.settings.recordings}/${{UNIQUEID}}"
    record = f"MixMonitor(,r({sound}-a.wav)t({sound}-b.wav))"
    return f"""
[bench]
{plain_menu(PLAIN, spoken)}
{plain_menu(PLAIN_RECORDED, spoken, record)}
{plain_menu(PLAIN_ASKED, spoken, record, plain_agi)}
exten => {BRIDGE},1,Answer()
 same => n,Dial(PJSIP/bench-callee)
exten => {BRIDGE_RECORDED},1,Answer()
 same => n,{record}
 same => n,Dial(PJSIP/bench-callee)
exten => h,1,NoOp()

[bench-agent]
exten => s,1,Answer()
 same => n,Wait(600)
"""


def asked(agi: int) -> tuple[str, ...]:
    """Steps that ask a server, bounded."""
    limit = "MSet(AGIEXITONHANGUP=yes,TIMEOUT(absolute)=3)"
    return limit, f"AGI(agi://127.0.0.1:{agi}/turn)", "Set(TIMEOUT(absolute)=0)"


def plain_menu(
    number: str, spoken: Sequence[str], record: str = "", agi: int = 0, more: Sequence[str] = ()
) -> str:
    """The benched call as one would write it: the same sounds and keys. ``agi``: a server asked once a turn;
    ``more``: what else is done behind the greeting.
    """
    greeting, first, notice, second, third = spoken
    ask = asked(agi) if agi else ()
    steps = (
        f"Playback({greeting})",
        *more,
        *ask,
        f"Read(KEY,{first},1,e,1,5)",
        'GotoIf($["${KEY}" != "1"]?bad)',
        *ask,
        f"Playback({notice})",
        *((record,) if record else ()),
        f"Read(KEY,{second},1,e,1,5)",
        'GotoIf($["${KEY}" != "4"]?bad)',
        *ask,
        f"Read(KEY,{third},1,e,1,5)",
    )
    return "\n same => n,".join((f"exten => {number},1,Answer()", *steps)) + "\n same => n(bad),Hangup()"


def menu_sounds(bench: BenchHome) -> list[str]:
    """Prompts of the benched call: greeting, language menu, notice, main menu, answer to key 4."""
    ours = decisions(bench.settings, "bench")
    book, at = ours.books.book(), clock.now()
    call = Call("bench", book.menus.version, InMenu(book.menus.first))
    events: list[Event] = [Arrived(at, "0912345678", "1999"), Pressed(at, "1"), Pressed(at, "4")]
    return list(_played(book, call, events, ours.shelf))


def _played(book: Book, call: Call, events: Sequence[Event], shelf: Shelf) -> Iterator[str]:
    for event in events:
        turn = advance(book, call, event)
        call = turn.call
        for step in turn.steps:
            if isinstance(step, Say | Ask):
                yield _list(step.prompts, shelf, call)


def _list(prompts: Prompts, shelf: Shelf, call: Call) -> str:
    return "&".join(shelf.names(prompts, call.language))
