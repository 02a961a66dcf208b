"""Readiness of a node: what keeps a call from being served, and what is amiss although calls are served.

*Missing* is what keeps a call from a menu, a person or a promise that lasts: a load balancer leaves such a
  node out.
*Degraded* is everything else that somebody must look at: calls are served, so the node stays in. Each part is
  tried, not believed, in a thread of its own and all within ``WITHIN``: one that hangs hides no other.
"""

import socket
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Lock, Thread
from typing import Final

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from agi_scripts.head import KEYS
from agi_scripts.variables import READY, READY_PATH
from control.ami import AMI, ManagerAccount
from control.caller_outlook import CallersMeet
from control.presence import asterisk_state
from hotline import clock, metrics
from hotline.db import looking
from hotline.errors import HotlineError
from hotline.keys import checks
from hotline.keys.checks import KeysLost
from hotline.keys.files import KeysAway
from hotline.keys.ring import KeyRing
from hotline.overflow import CallLimit, Overflow
from hotline.settings import Settings
from hotline.settings.addresses import MachineRole
from ivr.engine import Book
from ivr.menus import Inform
from ivr.numerals import Language
from ops.backup.state import copy_faults
from ops.jobs import places, syslog
from ops.jobs.hung_messages import hangs, listens
from ops.jobs.journal_replay import Replay
from ops.jobs.node_signs import why_drained
from ops.jobs.places import CallFolder
from ops.run import turn
from ops.run.draining import is_draining
from ops.run.job_readiness import jobs_amiss
from ops.run.line_readiness import certificates, trunks
from ops.wiring import House
from web.health import Verdict
from wording import ENGLISH, sentence

log = structlog.get_logger()
PATIENCE = 1.0
WITHIN: Final = 2.5
"""Seconds for all parts together: a load balancer waits three."""
RECENT = timedelta(minutes=10)
"""A call that was refused is amiss so long."""
LATE = timedelta(seconds=5)
"""What waits in the journal longer is not on its usual way into the database."""
_ASKED = {"agi_network": "yes", "agi_network_script": READY_PATH}
QUESTION = "".join(f"{key}: {_ASKED.get(key, '')}\n" for key in KEYS).encode() + b"\n"
"""A whole head, as Asterisk writes it: a shorter one is taken for a forgery."""
NOTICES = ("V-00", "V-01", "to-an-agent", "nobody-now", "technical-trouble", "V-10.hours")
SOCKETS: Final = (Path("/proc/net/udp"), Path("/proc/net/udp6"))
PAIR: Final = 2
"""A call's sound takes two ports: RTP and RTCP."""
SHARE: Final = 0.1
"""With less than that left, calls are soon refused."""


@dataclass(frozen=True, slots=True)
class ReadinessFinding:
    """One fault; ``serves``: calls are served all the same."""

    told: str
    serves: bool = False


Asks = Callable[[], str]
"""Question to Asterisk's manager: the reason why it does not answer, or empty."""
Check = Callable[[], Iterator[ReadinessFinding]]
_Look = Future[list[ReadinessFinding]]
missing = ReadinessFinding
degraded = partial(ReadinessFinding, serves=True)


class _Part:
    """A part and its check; ``serves``: while it cannot be told, calls are served all the same."""

    def __init__(self, name: str, check: Check, *, serves: bool) -> None:
        self.name, self._check, self._serves = name, check, serves
        self._lock, self._latest = Lock(), _Look()
        self._latest.set_result([])

    def begin(self) -> _Look:
        """Look again, unless the last look has not come back: a part that hangs holds one thread."""
        with self._lock:
            if self._latest.done():
                self._latest = _Look()
                Thread(target=self._look, args=(self._latest,), daemon=True).start()
            return self._latest

    def found(self, look: _Look, by: float, within: float) -> list[ReadinessFinding]:
        """Findings of the look, or that it did not come back."""
        try:
            return look.result(max(0.0, by - clock.monotonic()))
        except TimeoutError:
            return [ReadinessFinding(f"{self.name}: no answer within {within:g} s", self._serves)]

    def _look(self, look: _Look) -> None:
        try:
            look.set_result(list(self._check()))
        except Exception as error:
            log.exception("readiness.failed", part=self.name)
            told = f"{self.name}: cannot be told: {type(error).__name__}"
            look.set_result([ReadinessFinding(told, self._serves)])


class Readiness:
    """Check of each part of one node, when asked; several threads may ask.

    ``overflows``: what was one too many here. ``within``: seconds for all parts together.
    """

    def __init__(
        self,
        house: House,
        asterisk: Asks,
        overflows: Callable[[], Sequence[Overflow]] = tuple,
        within: float = WITHIN,
    ) -> None:
        settings, self._overflows, self._within = house.settings, overflows, within
        of_calls = (
            _Part("asterisk", lambda: _asterisk(asterisk), serves=False),
            _Part("draining", lambda: _draining(settings), serves=False),
            _Part("decisions", lambda: _decisions(settings), serves=False),
            _Part("prompts", lambda: _prompts(house), serves=False),
            _Part("calls", lambda: _calls(settings, overflows()), serves=True),
            _Part("listener", lambda: _listener(settings), serves=True),
            _Part("callers", lambda: _callers(house), serves=True),
            _Part("trunks", lambda: map(degraded, trunks(settings)), serves=True),
            _Part("certificate", lambda: map(degraded, certificates(settings, clock.now())), serves=True),
        )
        self._parts = (
            *(of_calls if settings.runs(MachineRole.NODE) else ()),
            _Part("track", lambda: _track(settings, overflows()), serves=True),
            _Part("database", lambda: _memory(house), serves=True),
            _Part("keys", lambda: _keys(house), serves=True),
            _Part("jobs", lambda: _jobs(settings), serves=True),
            _Part("sealing", lambda: _sealing(house), serves=True),
            _Part("turn", lambda: _turn(settings), serves=True),
            _Part("backup", lambda: map(degraded, copy_faults(settings, clock.now())), serves=True),
            _Part("syslog", lambda: _syslog(settings), serves=True),
            *(
                _Part(place.name, partial(_place, place), serves=True)
                for place in places.places(settings)
                if place.is_asterisks
            ),
            _Part("disk", lambda: _disks(settings), serves=True),
        )

    def look(self) -> Verdict:
        """Try each part; what is wrong now."""
        by = clock.monotonic() + self._within
        looks = [(part, part.begin()) for part in self._parts]
        found = {part.name: part.found(look, by, self._within) for part, look in looks}
        for name, findings in found.items():
            state = 2 if any(not one.serves for one in findings) else 1 if findings else 0
            metrics.readiness.labels(name).set(state)
        everything = [one for findings in found.values() for one in findings]
        return Verdict(
            tuple(one.told for one in everything if not one.serves),
            tuple(one.told for one in everything if one.serves),
            tuple(
                f"{one.limit} refused {one.count} since the start, the latest at {one.latest_at:%Y-%m-%dT%H:%M:%SZ}"
                for one in self._overflows()
            ),
        )


def _asterisk(ask: Asks) -> Iterator[ReadinessFinding]:
    if reason := ask():
        yield missing(f"asterisk: {reason}")


def _callers(house: House) -> Iterator[ReadinessFinding]:
    """What a caller would meet; a silent Asterisk or database is told as a part of its own."""
    with suppress(DBAPIError, PoolTimeout):
        for one in house.caller_outlook.now(clock.now()):
            if one.wrong is not CallersMeet.NO_TELEPHONES:
                yield degraded(f"callers: {sentence(one, ENGLISH)}")


def _draining(settings: Settings) -> Iterator[ReadinessFinding]:
    if until := is_draining(settings):
        yield missing(f"draining: new calls are refused, those that are up go on until {until} at most")
    elif why := why_drained(settings):
        yield missing(f"draining: {why}")


def _decisions(settings: Settings) -> Iterator[ReadinessFinding]:
    """Each process, for either may be the one that is asked first."""
    silent = [port for port in settings.agi_ports if not answers(settings.agi_address, port)]
    if len(silent) == len(settings.agi_ports):
        yield missing(f"decisions: no AGI process answers on {', '.join(map(str, silent))}")
    for port in silent if len(silent) < len(settings.agi_ports) else ():
        yield degraded(f"decisions: the AGI process on {port} does not answer; the other one is asked")


def answers(address: str, port: int) -> bool:
    """Ask an AGI process as Asterisk does, so that a hung one does not count."""
    with suppress(OSError), socket.create_connection((address, port), PATIENCE) as line:
        line.settimeout(PATIENCE)
        line.sendall(QUESTION)
        reply = line.makefile("rb").readline(2048)
        line.sendall(b"200 result=1\n")
        return f'"{READY}"'.encode() in reply
    return False


def _listener(settings: Settings) -> Iterator[ReadinessFinding]:
    address, port = settings.agi_address, settings.message_port
    if hangs(address, port):
        yield degraded(f"listener: it hangs on {port}; each spoken message is led on after a silence")
    elif not listens(address, port):
        yield degraded(f"listener: nobody ends spoken messages on {port}; Asterisk records them by itself")


def _calls(settings: Settings, counted: Sequence[Overflow]) -> Iterator[ReadinessFinding]:
    """Slots that are left for more calls."""
    kinds = [rtp_slots(settings)]
    with suppress(HotlineError):  # told as the part asterisk
        if limit := call_slots(settings):
            kinds.append(limit)
    for one in counted:
        if one.limit is CallLimit.NODE and clock.now() - one.latest_at < RECENT:
            yield degraded(
                f"calls: more than {settings.calls_at_once} came at once; the last ones were answered 503"
            )
    for kind in kinds:
        if not kind.left:
            yield missing(f"calls: none of {kind.most} is left ({kind.name})")
        elif kind.is_low:
            yield degraded(f"calls: only {kind.left} of {kind.most} are left ({kind.name})")


def _track(settings: Settings, counted: Sequence[Overflow]) -> Iterator[ReadinessFinding]:
    """Strangers who try case numbers on the web."""
    for one in counted:
        if one.limit is CallLimit.TRACK and clock.now() - one.latest_at < RECENT:
            yield degraded(
                f"track: more than {settings.track_misses_all} wrong looks at cases came within an hour; "
                "each look waits"
            )


@dataclass(frozen=True, slots=True)
class Slots:
    """Places of one kind: how many there are and how many are left."""

    name: str
    most: int
    left: int

    @property
    def is_low(self) -> bool:
        """Tell whether little is left."""
        return self.left < self.most * SHARE


def rtp_slots(settings: Settings) -> Slots:
    """Pairs of RTP ports, by the sockets that are really bound on this machine."""
    first, last = settings.rtp_from, settings.rtp_to
    used = {port // PAIR for port in _bound() if first <= port <= last}
    most = (last - first + 1) // PAIR
    return Slots(f"RTP ports {first} to {last}", most, max(0, most - len(used)))


def call_slots(settings: Settings) -> Slots | None:
    """Room by Asterisk's own limit of calls; None without one. Raises HotlineError while it is away."""
    with AMI.of(settings, ManagerAccount.LOOKS, patience=1.0) as ami:
        most = int(ami.ask("CoreSettings")[0].get("CoreMaxCalls", "0") or 0)
        up = int(ami.ask("CoreStatus")[0].get("CoreCurrentCalls", "0") or 0)
    return Slots("calls", most, max(0, most - up)) if most else None


def _bound() -> list[int]:
    ports: list[int] = []
    for table in SOCKETS:
        with suppress(FileNotFoundError):
            lines = table.read_text("ascii").splitlines()[1:]
            ports += [int(line.split()[1].rpartition(":")[2], 16) for line in lines]
    return ports


def _memory(house: House) -> Iterator[ReadinessFinding]:
    """Check that facts are durable: in the database, or in the journal while it is away."""
    away = database_fault(house)
    if away:
        yield degraded(f"database: {away}; promises wait in the journal")
    if shut := places.fault(CallFolder("journal", _made(house.settings.journal))):
        kept = (
            "and the database is away: nothing that is promised would last"
            if away
            else "the database is asked instead"
        )
        yield ReadinessFinding(f"journal: {shut}, {kept}", serves=not away)
    if not away:
        waiting = Replay(house.factory, house.settings.journal, house.callbacks).lag()
        if waiting.oldest and clock.now() - waiting.oldest > LATE:
            yield degraded(f"journal: {waiting.entries} entries are not yet in the database")
        if waiting.damaged:
            yield degraded(f"journal: {waiting.damaged} damaged entries need a person")


def database_fault(house: House) -> str:
    """Reason why the database cannot be written now; empty when it can. Nothing is changed in it."""
    try:
        with house.engine.begin() as connection:
            connection.execute(text("UPDATE log_position SET name = name WHERE file = ''"))
    except Exception as error:
        told = str(getattr(error, "orig", None) or error).partition("\n")[0]
        return f"it does not take a statement ({told})"
    return ""


def _keys(house: House) -> Iterator[ReadinessFinding]:
    """Check the keys as a process that is started now would find them, and that none is lacking."""
    try:
        ring = house.keys if house.base.keys_command else KeyRing({}, house.key_place.read)
        ring.load()
    except KeysAway as away:
        yield degraded(f"keys: {sentence(away, ENGLISH)}")
        return
    with suppress(DBAPIError, PoolTimeout), looking(house.factory) as session:  # told as the part database
        if lost := checks.lost(session, ring):
            yield degraded(f"keys: {sentence(KeysLost(lost, house.key_place.place), ENGLISH)}")


def _made(folder: Path) -> Path:
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _jobs(settings: Settings) -> Iterator[ReadinessFinding]:
    for told, serves in jobs_amiss(settings, clock.now()):
        yield ReadinessFinding(told, serves)


def _place(place: CallFolder) -> Iterator[ReadinessFinding]:
    if shut := places.fault(place):
        yield degraded(f"{place.name}: {shut}")


def _sealing(house: House) -> Iterator[ReadinessFinding]:
    """Sound that cannot be sealed: it waits in clear, calls go on. Imported here: it brings libsndfile."""
    from ops.jobs.sealing import latest

    if why := house.storages.of(house.storages.chosen).fault():
        yield degraded(
            f"sealing: the storage {house.storages.chosen} takes nothing ({why}); sound waits unsealed"
        )
    elif (report := latest(house.settings)).fault:
        yield degraded(f"sealing: {report.waiting} files wait unsealed ({report.fault})")


def _turn(settings: Settings) -> Iterator[ReadinessFinding]:
    """Our own TURN server, as a browser that asks it: without it most rooms go directly all the same."""
    if not settings.turn_address:
        return
    if not turn.program():
        yield degraded(f"turn: coturn is not installed, video goes directly alone; {turn.INSTALL}, and start")
        return
    for protocol in turn.silent(settings.turn_address, settings.turn_port):
        place = f"{settings.turn_address}:{settings.turn_port}"
        yield degraded(f"turn: nobody answers on {protocol} {place}; who needs it sees no video")


def _syslog(settings: Settings) -> Iterator[ReadinessFinding]:
    """Rows of the audit log that the collector did not take: they wait in the database."""
    if settings.syslog and (why := syslog.latest(settings).fault):
        yield degraded(f"syslog: the audit log cannot be sent to {settings.syslog} ({why}); it waits")


def _disks(settings: Settings) -> Iterator[ReadinessFinding]:
    """Warn of disks before they are full."""
    for disk in places.disks(places.places(settings)):
        if disk.free < settings.recording_minimum_free:
            yield degraded(
                f"disk: {disk.free >> 20} MiB are free in {disk.folder} ({', '.join(disk.names)}), "
                f"less than {settings.recording_minimum_free >> 20} MiB"
            )


def _prompts(house: House) -> Iterator[ReadinessFinding]:
    lost = {(name, language) for name, language in house.shelf.lost()}
    needed = {*NOTICES, *_said_by(house.books.book())}
    for name, language in sorted(lost, key=str):
        if name in needed and language is Language.MANDARIN:
            yield missing(f"prompts: {language}/{name} has no file")


def _said_by(book: Book) -> Iterator[str]:
    for menu in book.menus.menus.values():
        for key in menu.keys:
            if key.say:
                yield key.say.id
            if isinstance(key.choice, Inform):
                yield key.choice.prompt


def why_no_call(settings: Settings) -> str:
    """Reason why Asterisk cannot take a call now; empty when it can."""
    error = asterisk_state(settings)
    return sentence(error, ENGLISH) if error else ""
