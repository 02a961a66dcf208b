"""Promises under kill -9: at each point between the word and the row our process dies, again and again; then
it is counted whether anything was lost or doubled (resilience rows 6 and 25).

Asterisk's side is played: who gets no whole answer asks the second process, as the dialplan does. What a
citizen heard must be one row, due from its own moment; what nobody heard may be one row and never two.
"""

import json
import socket
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, time
from itertools import count
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calls.cdr_writer import Records
from demo.seed import seed
from hotline import clock
from hotline.callbacks.store import Callback, CallbackEvent, CallbackRequest
from hotline.db import transaction
from hotline.numbers import e164
from hotline.outbox.service import notices
from ops.jobs.cel_files import ACTIVE
from ops.jobs.cel_follower import Follower
from ops.jobs.journal_replay import Replay
from ops.wiring import House, workshop
from tools.bench.agi_client import KEYS
from tools.bench.homes import BenchHome, bench_home, told
from tools.bench.processes import Child, free_port, listens, rest
from tools.bench.report import BenchFigure, BenchPart, BenchTable
from tools.faults import CannotMeasure
from tools.soak import dying
from tools.soak.dying import POINTS, DeathPoint, WritePath
from tools.soak.plan import SoakPlan, Tell

ASKED: Final = "5112"
"""The extension the agent puts the citizen through to, out of office hours:
a promise, and its owner is written to.
"""
WHOLE: Final = ",whole"
"""How an answer of ours ends."""
PATIENCE: Final = 20.0
START: Final = 60.0
KILLED: Final = -9
TRIES: Final = 5
"""On a busy machine a decision may turn to its journal before it came to the point:
then the run is made once more.
"""
_forks = get_context("forkserver")
_forks.set_forkserver_preload(
    ["ops.run.agi", "ops.jobs.journal_replay", "ops.jobs.cel_follower", "tools.soak.dying"]
)
_forking = Lock()


@dataclass
class CrashFindings:
    """Findings of all runs; each list holds points by name."""

    runs: Counter[str] = field(default_factory=Counter)
    """Deaths, by point."""
    repeated: int = 0
    """Runs that came to their end without a death; judged like the others, and made once more."""
    not_reached: list[str] = field(default_factory=list)
    unheard: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """Due at another time, or not told to the owner once."""

    def __add__(self, other: "CrashFindings") -> "CrashFindings":
        return CrashFindings(
            self.runs + other.runs,
            self.repeated + other.repeated,
            self.not_reached + other.not_reached,
            self.unheard + other.unheard,
            self.lost + other.lost,
            self.doubled + other.doubled,
            self.wrong + other.wrong,
        )


def measure(plan: SoakPlan, cache: Path, tell: Tell) -> BenchPart:
    """Run each point as often as the plan says, over SQLite. Raises HotlineError."""
    with TemporaryDirectory(prefix="hotline-promises-", dir="/tmp") as place:
        found = crashed(Path(place), plan.crash_runs, tell)
    runs = sum(found.runs.values())
    rows = tuple((name, str(number)) for name, number in sorted(found.runs.items()))
    return BenchPart(
        (BenchTable("Crash points of a promise", ("point", "runs"), rows),),
        (
            BenchFigure("crash points", float(len(found.runs)), at_least=20),
            BenchFigure("runs", float(runs), at_least=float(len(POINTS) * plan.crash_runs)),
            BenchFigure(
                "points where nothing died",
                float(len(found.not_reached)),
                at_most=0,
                note=", ".join(sorted(set(found.not_reached))),
            ),
            BenchFigure("runs made once more", float(found.repeated)),
            BenchFigure("citizens who heard nothing of it", float(len(found.unheard)), at_most=0),
            BenchFigure("promises lost", float(len(found.lost)), at_most=0),
            BenchFigure("promises doubled", float(len(found.doubled)), at_most=0),
            BenchFigure("due at another time, or owner not told once", float(len(found.wrong)), at_most=0),
        ),
    )


def crashed(
    place: Path, rounds: int, tell: Tell, databases: Mapping[WritePath, str] | None = None
) -> CrashFindings:
    """Run all points, each way in a home of its own beside the others; ``databases``: URLs instead of SQLite."""
    urls = databases or {}
    with ExitStack() as stack:
        lanes = [
            stack.enter_context(_lane(way, place / way.replace(" ", "-"), urls.get(way, "")))
            for way in WritePath
        ]
        _warm_up()
        pool = stack.enter_context(ThreadPoolExecutor(len(lanes)))
        found = [pool.submit(_all_points, lane, rounds, tell) for lane in lanes]
        return sum((one.result() for one in found), CrashFindings())


def _warm_up() -> None:
    """Wait in the first process until everything that the others share is loaded."""
    first = _forks.Process(target=dying.nothing, daemon=True)
    first.start()
    first.join()


def _all_points(lane: "Lane", rounds: int, tell: Tell) -> CrashFindings:
    for number in range(rounds):
        for point in POINTS:
            if point.way is lane.way and not any(lane.run(point) for _ in range(TRIES)):
                lane.not_reached.append(point.name)
        tell(f"{lane.way}: {number + 1} of {rounds} rounds")
    return lane.found()


@dataclass(frozen=True)
class Run:
    """One promise: where a process died, the call, between which moments it was given, what was heard."""

    point: DeathPoint
    number: int
    since: datetime
    until: datetime
    heard: bool
    died: bool

    @property
    def call_id(self) -> str:
        return f"soak-{self.number}.1"

    @property
    def caller(self) -> str:
        return caller(self.number)


def caller(number: int) -> str:
    """Number of a run's caller: each run is a citizen of its own."""
    return f"09{number:08}"


@dataclass
class Lane:
    """One home, one way; ``second``: the port of a process that lives; runs follow one another."""

    way: WritePath
    home: BenchHome
    house: House
    second: int
    victim_env: Mapping[str, str]
    runs: list[Run] = field(default_factory=list)
    not_reached: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def run(self, point: DeathPoint) -> bool:
        """One promise, one death, and what follows it. Whether the process died there."""
        number, since = next(self.numbers), clock.now()
        match self.way:
            case WritePath.DATABASE | WritePath.JOURNAL:
                heard, died = self._promise_to_the_dying(point, number)
            case WritePath.REPLAY:
                heard = self._question(self.second, number, self._arrive(number))
                died = self._die(point, dying.replay)
            case WritePath.EVENT_LOG:
                heard = self._dialplan_promises(number, since)
                died = self._die(point, dying.follow)
        self.runs.append(Run(point, number, since, clock.now(), heard, died))
        self.bring_in()
        return died

    def bring_in(self) -> None:
        """Do what the jobs of the next second do."""
        house = self.house
        Replay(house.factory, house.settings.journal, house.callbacks, keys=house.keys).run()
        settings = self.house.settings
        Follower(
            self.house.factory, settings.cel, settings.node, Records(settings.node, self.house.callbacks)
        ).load(clock.now())

    def _promise_to_the_dying(self, point: DeathPoint, number: int) -> tuple[bool, bool]:
        """The first process dies in the decision; without a whole answer the dialplan asks the second."""
        state, port = self._arrive(number), free_port()
        victim = self._fork(dying.serve, point, port)
        until = clock.monotonic() + START
        while not listens(port):
            if not victim.is_alive() or clock.monotonic() > until:
                why = f"exit code {victim.exitcode}" if victim.exitcode is not None else f"not in {START:g} s"
                raise CannotMeasure(
                    f"The server that is to die did not start ({why}; {point.name}). See its log"
                )
            rest(0.01)
        heard = self._question(port, number, state)
        died = self._has_died(victim)
        return heard or self._question(self.second, number, state), died

    def _arrive(self, number: int) -> str:
        """The call as it travels, after its first turn."""
        return ask(self.second, number, "", "arrived", caller(number), "1999").partition(",")[0]

    def _question(self, port: int, number: int, state: str) -> bool:
        """An agent puts the citizen through, nobody is there, it is not urgent.
        Whether the answer is whole.
        """
        answer = ask(port, number, state, "transfer", ASKED, "agent-1", "no", "faq")
        return answer.endswith(WHOLE)

    def _dialplan_promises(self, number: int, at: datetime) -> bool:
        """Lines of Asterisk's event log."""
        told = f"{caller(number)}|zh-TW|officer|{ASKED}"
        kinds = (("CHAN_START", ""), ("ANSWER", ""), ("PROMISE", told), ("HANGUP", ""), ("LINKEDID_END", ""))
        lines = [
            json.dumps(
                {
                    "eventtype": kind,
                    "userdeftype": "",
                    "eventtime": f"{at.timestamp() + 0.001 * n:.6f}",
                    "linkedid": f"soak-{number}.1",
                    "uniqueid": f"soak-{number}.1",
                    "channame": f"PJSIP/trunk-{number:08}",
                    "context": "from-trunk",
                    "exten": "1999",
                    "num": caller(number),
                    "appname": "",
                    "appdata": "",
                    "peer": "",
                    "eventextra": json.dumps({"extra": said}) if said else "",
                },
                separators=(",", ":"),
            )
            for n, (kind, said) in enumerate(kinds)
        ]
        with (self.house.settings.cel / ACTIVE).open("a", encoding="utf-8") as log:
            log.write("".join(f"{line}\n" for line in lines))
        return True

    def _die(self, point: DeathPoint, program: Any) -> bool:
        return self._has_died(self._fork(program, point))

    def _fork(self, program: Any, point: DeathPoint, *words: Any) -> BaseProcess:
        log = str(self.home.settings.home / "dying.log")
        with _forking:
            process = _forks.Process(
                target=program, args=(point, *words, dict(self.victim_env), log), daemon=True
            )
            process.start()
        return process

    @staticmethod
    def _has_died(process: BaseProcess) -> bool:
        """Tell whether it was killed by its own hand; one that lives on is ended."""
        process.join(PATIENCE)
        if process.exitcode == KILLED:
            return True
        process.kill()
        process.join()
        return False

    def found(self) -> CrashFindings:
        """Count rows, after everything was brought in."""
        self.bring_in()
        deaths = Counter(run.point.name for run in self.runs if run.died)
        found = CrashFindings(deaths, len(self.runs) - deaths.total(), list(self.not_reached))
        with transaction(self.house.factory) as session:
            for run in self.runs:
                self._judge(session, run, found)
        return found

    def _judge(self, session: Session, run: Run, found: CrashFindings) -> None:
        rows = list(session.scalars(select(Callback).where(Callback.number_hash == e164(run.caller))))
        asked = (
            select(func.count()).select_from(CallbackRequest).where(CallbackRequest.call_id == run.call_id)
        )
        requests = session.scalar(asked) or 0
        if not run.heard:
            found.unheard.append(run.point.name)
        if run.heard and not (rows and requests):
            found.lost.append(run.point.name)
        if len(rows) > 1 or requests > 1:
            found.doubled.append(run.point.name)
        if len(rows) == 1 and not self._is_right(session, run, rows[0]):
            found.wrong.append(run.point.name)

    def _is_right(self, session: Session, run: Run, row: Callback) -> bool:
        """Due by its own moment; registered once, its owner written to once."""
        callbacks = self.house.callbacks
        due_at = callbacks.worktime(session).due(row.registered_at, callbacks.limits.due)
        events = select(CallbackEvent.kind).where(CallbackEvent.callback_id == row.id)
        registered = [kind for kind in session.scalars(events) if kind == "registered"]
        letters = [one.recipient for one in notices(session, event=f"callback:{row.id}:")]
        return (
            row.due_at == due_at
            and run.since <= row.registered_at <= run.until
            and len(registered) == 1
            and len(letters) == len(set(letters)) >= 1
        )


def ask(port: int, number: int, state: str, *words: str) -> str:
    """One question as Asterisk asks it; the value of TURN as far as it came, empty when nothing did."""
    lines = ["agi_network: yes", "agi_network_script: turn", f"agi_request: agi://127.0.0.1:{port}/turn"]
    lines += [f"agi_{key}: {f'soak-{number}.1' if key == 'uniqueid' else '0'}" for key in KEYS]
    lines += [f"agi_arg_{n}: {word}" for n, word in enumerate((state, *words), 1)]
    said = b""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), PATIENCE) as line:
        line.settimeout(PATIENCE)
        line.sendall(("\n".join(lines) + "\n\n").encode())
        while not said.endswith(b"\n") and (piece := line.recv(65536)):
            said += piece
        line.sendall(b"200 result=1\n")
    return said.decode().partition('"')[2].rstrip("\n").removesuffix('"')


@contextmanager
def _lane(way: WritePath, folder: Path, url: str) -> Iterator[Lane]:
    """A home out of office hours, with its city and a process that lives; both end with the block."""
    opens, closes = _hours_that_are_over()
    values: dict[str, Any] = {"office_opens": opens, "office_closes": closes, "node": "soak"}
    with ExitStack() as stack:
        home = stack.enter_context(bench_home(folder, **values | ({"database_url": url} if url else {})))
        settings = home.settings
        house = workshop(settings, "soak")
        stack.callback(house.engine.dispose)
        with transaction(house.factory) as session:
            seed(session, clock.now())
        house.city.refresh()
        settings.cel.mkdir(parents=True, exist_ok=True)
        away = settings.model_copy(update={"database_url": f"sqlite:///{folder}/away/hotline.db"})
        asked = away if way in (WritePath.JOURNAL, WritePath.REPLAY) else settings
        dies = away if way is WritePath.JOURNAL else settings
        second = free_port()
        living = Child.start(
            "living",
            (sys.executable, "-m", "ops.run.agi", "--port", str(second)),
            folder / "living.log",
            {**home.environment(), **told(asked)},
        )
        stack.callback(living.stop)
        living.await_(lambda: listens(second))
        yield Lane(way, home, house, second, told(dies))


def _hours_that_are_over() -> tuple[time, time]:
    """Office hours of nine hours that do not hold this moment, nor any of the next hours."""
    is_morning = clock.now().astimezone(clock.TAIPEI).hour < 12
    return (time(14), time(23)) if is_morning else (time(1), time(10))
