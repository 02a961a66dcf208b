"""The whole system as `make up` runs it, in a home of its own, for tests to call."""

import os
import shutil
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final, Literal

from click.testing import CliRunner, Result
from sqlalchemy import select

from calls.store import CallEvent, CallRow, Leg
from control.passwords import new
from demo.baresip import STARTER
from demo.exchange import Exchange
from demo.hearing import PromptSounds
from demo.officers import Officers
from demo.phone import Behaviour, Softphone
from demo.story import Story
from demo.trial import place_call
from demo.trials import accounts, find_record, this_hotline
from hotline import clock
from hotline.callbacks.store import Callback
from hotline.db import transaction
from hotline.settings import Settings, load_settings
from hotline.spans import Span, seconds
from hotline.staff.store import Agent
from ops.cli.main import main
from ops.pbx.home import AsteriskHome
from ops.run.adopting import running_pid
from ops.run.supervisor import Supervisor, prepare, specs
from ops.wiring import House, migrate, workshop
from recordings import gaps
from recordings.store import Recording
from tests.beginnings import begun
from tests.calls_at_once import SOUND, ahead
from tests.ports import free_ports

CARRIER, DESKS, OFFICERS = "127.0.0.2", "127.0.0.3", "127.0.0.4"
NUMBERS = count(912000000)
BUSY: Final = 3
"""How many times longer a busy machine may take for what a scene waits for: how fast it is, benches say."""
PATIENCE: Final = 60
"""Seconds that statements of tests wait for a lock: who holds it may get no core for a while."""
Disks = Callable[[Path], AbstractContextManager[object]]
ALL_DAY: Final = {"office_opens": "00:00", "office_closes": "23:59:59.999999"}
"""Office hours that end at no hour of the night; with ``declare(system, "open")`` on no day either."""


class CannotRun(Exception):
    """A part that the live tests need is not on this machine."""


@dataclass
class System:
    """A running hotline, and what tests ask of it."""

    home: AsteriskHome
    house: House
    supervisor: Supervisor
    scratch: Path

    @property
    def settings(self) -> Settings:
        return self.house.settings

    def starts_again(self) -> None:
        """All that `make up` does once more, over the home as it is; its supervisor has ended."""
        self.home = prepare(self.settings, tell=lambda line: None)
        self.supervisor = supervised(self.home)

    def ends(self) -> None:
        """Ends all that runs in this home, whoever started it: an Asterisk goes on without its supervisor."""
        self.supervisor.stop()
        if left := running_pid(self.home.etc):
            os.killpg(left, signal.SIGKILL)
        self.house.engine.dispose()

    def read_anew(self) -> None:
        """Forget what tests have read: a part of the house keeps the days that it has read."""
        self.house.engine.dispose()
        self.house = own_house(self.settings)

    @property
    def sip(self) -> str:
        return f"{self.settings.sip_address}:{self.settings.sip_port}"

    @property
    def registrar(self) -> str:
        """Where telephones register."""
        return self.sip

    @cached_property
    def prompts(self) -> PromptSounds:
        """What phones can hear, prepared once."""
        return PromptSounds.load(this_hotline(self.house, self.scratch).prompts)

    def caller(self, number: str, **others: object) -> Softphone:
        """A citizen's phone behind the carrier; use it as a context manager."""
        place = self.scratch / f"caller-{next(NUMBERS)}"
        return Softphone(number or "anonymous", home=place, address=CARRIER, **others)  # type: ignore[arg-type]

    def agent(self, phone: str, behaves: Behaviour, *, deaf: bool = False) -> Softphone:
        """An agent's phone, not yet registered; who will hold is deaf."""
        return Softphone(
            phone,
            home=self.scratch / f"{phone}-{next(NUMBERS)}",
            address=DESKS,
            password=accounts(self.house.factory)[phone],
            registrar=self.registrar,
            behaves=behaves,
            deaf=deaf,
        )

    @contextmanager
    def agents(self, *, deaf: bool = False, **behaviours: Behaviour) -> Iterator[dict[str, Softphone]]:
        """Registered agents' phones: ``agents(agent_1=Busy())``. All others are unreachable."""
        with ExitStack() as stack:
            phones = {}
            for name, behaves in behaviours.items():
                phone = stack.enter_context(self.agent(name.replace("_", "-"), behaves, deaf=deaf))
                phone.register()
                phones[phone.user] = phone
            self.until(lambda: set(phones) <= self.reachable(), 10, "the phones are reachable")
            yield phones
        self.until(lambda: not self.reachable() & set(phones), 20, "the phones are gone")

    def reachable(self) -> set[str]:
        """Agents whose phones answer Asterisk now."""
        lines = self.home.rx("pjsip show contacts").splitlines()
        return {line.split()[1].partition("/")[0] for line in lines if " Avail " in line}

    def reaches(self, exchange: Exchange | Officers) -> None:
        """Wait until Asterisk has asked this exchange whether it is there.

        What it asked the one before in vain would take this one away for seconds.
        """
        self.until(lambda: exchange.questions and "officers" in self.reachable(), 30, "it answers")

    def call(self, keys: str, caller: str = "", **others: object) -> Story:
        """A trial call by program, from a number of its own."""
        number = caller or f"0{next(NUMBERS)}"
        place = self.scratch / f"trial-{number}"
        return place_call(
            "1999",
            keys,
            hotline=this_hotline(self.house, place),
            caller=number,
            find_record=lambda who, since: find_record(self.house, who, since),
            record_within=20.0,
            **others,  # type: ignore[arg-type]
        )

    def row(self, number: str, within: float = 15) -> CallRow:
        """The one call of this caller, once it is closed."""
        wanted = select(CallRow).where(CallRow.caller_hash == f"+886{number.removeprefix('0')}")

        def closed() -> CallRow | None:
            with transaction(self.house.factory) as session:
                rows = list(session.scalars(wanted))
            assert len(rows) <= 1, f"{number} has {len(rows)} rows"
            return rows[0] if rows and rows[0].end_reason else None

        return self.until(closed, within, f"the call of {number} is closed")

    def open_rows(self, number: str) -> list[CallRow]:
        """This caller's calls that are up."""
        caller = f"+886{number.removeprefix('0')}"
        with transaction(self.house.factory) as session:
            chosen = select(CallRow).where(CallRow.caller_hash == caller, CallRow.ended_at.is_(None))
            return list(session.scalars(chosen))

    def events(self, call_id: str) -> list[CallEvent]:
        with transaction(self.house.factory) as session:
            query = select(CallEvent).where(CallEvent.call_id == call_id)
            return list(session.scalars(query.order_by(CallEvent.at, CallEvent.id)))

    def legs(self, call_id: str) -> list[Leg]:
        with transaction(self.house.factory) as session:
            query = select(Leg).where(Leg.call_id == call_id).order_by(Leg.started_at)
            return list(session.scalars(query))

    def promises(self, call_id: str) -> list[Callback]:
        with transaction(self.house.factory) as session:
            return list(session.scalars(select(Callback).where(Callback.call_id == call_id)))

    def recordings(self, call_id: str) -> list[Recording]:
        with transaction(self.house.factory) as session:
            return list(session.scalars(select(Recording).where(Recording.call_id == call_id)))

    def stretches(self, row: CallRow) -> list[Span]:
        """The times of a call that its recording holds, one behind the other; none if it has none."""
        assert row.ended_at
        with transaction(self.house.factory) as session:
            told = gaps.of_call(session, row.id)
        return gaps.written(row.recorded_at, row.ended_at, told) if row.recorded_at else []

    def kept_seconds(self, row: CallRow) -> float:
        """Seconds of a call that its recording holds."""
        return seconds(self.stretches(row))

    def channels(self) -> int:
        """Channels that Asterisk has now."""
        told = self.home.rx("core show channels count")  # before that, perhaps, that there is no Ethernet
        return next(int(line.split()[0]) for line in told.splitlines() if " active channel" in line)

    def until(self, question: Callable[[], Any], seconds: float, what: str) -> Any:
        """Ask again and again; the first answer that is not empty. ``seconds``: a quiet machine's limit."""
        by = clock.monotonic() + BUSY * seconds
        while not (answer := question()):
            if clock.monotonic() > by:
                raise AssertionError(f"not within {seconds:g} s: {what}\n{self.told()}")
            time.sleep(0.1)
        return answer

    def told(self) -> str:
        """Tell which processes are up, and what each said last: for a failure."""
        lines = list[str]()
        for log in sorted((self.settings.home / "log").glob("*.log")):
            state = "up" if self.supervisor.is_running(log.stem) else "down"
            last = log.read_text("utf-8", "replace").splitlines()[-1:]
            lines.append(" ".join([log.stem, state, *last]))
        return "\n".join(lines)

    def runs(self, number: str, application: str) -> bool:
        """Whether the dialplan runs this application for this caller now."""
        lines = (line.split("!") for line in self.home.rx("core show channels concise").splitlines())
        return any(number in fields and application in fields for fields in lines)

    def in_menu(self, number: str, count: int = 1) -> None:
        """Wait until so many menus were begun for this caller, behind the first the notice is over:
        a key is heard from now on.
        """
        of = CallRow.caller_hash == f"+886{number.removeprefix('0')}", CallRow.ended_at.is_(None)
        query = select(CallEvent.kind).join(CallRow, CallRow.id == CallEvent.call_id).where(*of)

        def reached() -> bool:
            with transaction(self.house.factory) as session:
                kinds = list(session.scalars(query))
            if count == 1:  # a decision tells it before it is begun, the event log with the notice behind it
                return "Answered" in kinds and self.runs(number, "Read")
            return kinds.count("MenuHeard") >= count and "NoticeHeard" in kinds

        self.until(reached, 30, f"{number} is in menu {count}")

    def ready(self) -> tuple[int, str]:
        """What /health/ready says."""
        connection = HTTPConnection(self.settings.web_address, self.settings.web_port, timeout=10)
        try:
            connection.request("GET", "/health/ready")
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()


def is_open(address: str, port: int) -> bool:
    """Whether somebody listens there."""
    with suppress(OSError), socket.create_connection((address, port), 1):
        return True
    return False


def lacking() -> str:
    """What this machine needs for live tests; empty when it can run them."""
    programs = {"baresip": "baresip-core", "sipp": "sip-tester"}
    missing = [package for program, package in programs.items() if not shutil.which(program)]
    return f"install it: apt-get install {' '.join(missing)}" if missing else ""


def must_run() -> bool:
    """In CI a live test that cannot run is a failure."""
    return os.environ.get("CI", "").lower() == "true"


@contextmanager
def running(agents: int = 0, *, over: Disks = nullcontext, **settings: object) -> Iterator[System]:
    """Everything of `make up`, on free ports, in a directory that goes afterwards (kept: HOTLINE_KEEP=1).

    With ``agents`` so many of them, who all speak Mandarin and English; else those of a fresh installation.
    ``over`` is what is done to the home before and after, such as ``tests.faults.disks.shared``.
    """
    place = Path(mkdtemp(prefix="hotline-", dir="/tmp"))
    place.chmod(0o711)
    home = place / "home"
    home.mkdir(mode=0o711)
    sip, agi1, agi2, ami, web, console, browsers, officers, carrier, message = free_ports(10)
    rtp = 20000 + (sip % 400) * 100
    values = {
        "sip_port": sip, "agi_ports": [agi1, agi2], "ami_port": ami, "web_port": web, "console_port": console, "browser_port": browsers,
        "rtp_from": rtp, "rtp_to": rtp + 399, "queue_slice": 6, "queue_ring": 5, "node": "test",
        "recording_minimum_free": 0, "recording_sealed_after": 3600,
        "officers_contact": f"{OFFICERS}:{officers}",
        "trunk_contact": f"{CARRIER}:{carrier}", "message_port": message, "after_call": 0,
        "recovery": 0, **settings,
    }  # fmt: skip
    (home / "settings.toml").write_text(
        "".join(f"{name} = {_toml(value)}\n" for name, value in values.items())
    )
    before = os.environ.get("HOTLINE_HOME")
    os.environ["HOTLINE_HOME"] = str(home)
    try:
        loaded = load_settings()
    finally:
        os.environ.pop("HOTLINE_HOME") if before is None else os.environ.update(HOTLINE_HOME=before)
    if os.geteuid() == 0:
        STARTER.submit(os.setpriority, os.PRIO_PROCESS, 0, SOUND).result()
    begun(loaded)
    with over(home):
        if agents:
            hire(loaded, agents)
        asterisk = prepare(loaded, tell=lambda line: None)
        system = System(asterisk, own_house(loaded), supervised(asterisk), place)
        try:
            system.until(lambda: is_ready(system), 60, "the system is ready")
            ahead(system.supervisor.pid("asterisk"))
            yield system
        finally:
            system.ends()
    if not os.environ.get("HOTLINE_KEEP"):
        shutil.rmtree(place, ignore_errors=True)


def supervised(home: AsteriskHome) -> Supervisor:
    """The processes of a home, begun."""
    return Supervisor(specs(home), home.settings.home / "log", lambda line: None).start()


def own_house(settings: Settings) -> House:
    """The house as tests use it beside the running processes.

    Tests may run as root: a journal of theirs would be one that our processes cannot read.
    """
    return replace(workshop(settings, "tests"), traces=False, database_wait=timedelta(seconds=PATIENCE))


def declare(system: System, what: Literal["open", "close"]) -> None:
    """Make today and tomorrow days on which offices work, or nobody does; every process knows it on return.

    Tomorrow too, since a scene may begin before midnight and end after it, and four office hours often do.
    """
    today = clock.now().astimezone(clock.TAIPEI).date()
    system.read_anew()
    days = [
        day
        for day in (today, today + timedelta(days=1))
        if system.house.worktime.calendar.is_working(day) != (what == "open")
    ]
    for day in days:
        told = hotline(system, "calendar", what, str(day), "--reason", "a scene", "--by", "admin-1")
        assert told.exit_code == 0, told.output
    if days:
        system.read_anew()
        time.sleep(2.5)


def hotline(system: System, *words: str) -> Result:
    """Run a command, as it is typed."""
    env = {"HOTLINE_HOME": str(system.settings.home), "HOTLINE_JOB_DATABASE_WAIT": str(PATIENCE)}
    return CliRunner().invoke(main, words, env=env)


def hire(settings: Settings, agents: int) -> None:
    """Agents of a database that has none yet."""
    migrate(settings)
    house = workshop(settings, "tests")
    with transaction(house.factory) as session:
        session.add_all(
            Agent(phone=f"agent-{n}", name=f"示範話務員 {n}", secret=new(), languages=["zh-TW", "en"])
            for n in range(1, agents + 1)
        )
    house.engine.dispose()


def is_ready(system: System) -> bool:
    try:
        return system.ready()[0] == 200
    except OSError:
        return False


def _toml(value: object) -> str:
    match value:
        case list():
            return f"[{', '.join(map(_toml, value))}]"
        case int() | float():
            return str(value)
    return f'"{value}"'
