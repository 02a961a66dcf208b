"""``make up``: everything on this machine under one supervisor in the foreground, until Ctrl-C."""

import fcntl
import os
import resource
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import IO

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from control.passwords import keep
from control.pbx import Pbx
from control.presence import bring_own_members
from control.supervisor_webrtc import accounts
from hotline import clock, disk, metrics
from hotline.accounts.service import administrators_without, invite
from hotline.db import one_at_a_time, transaction
from hotline.errors import HotlineError
from hotline.retention.deletion_log import NoDeletionLog
from hotline.settings import Settings
from hotline.settings.addresses import MachineRole
from hotline.settings.faults import variable
from hotline.settings.kinds import CHECKOUT
from hotline.staff.store import Agent
from hotline.staff.store import agents as rows
from ops import wiring
from ops.extensions import CITIES, ENTRANCES, PROCESSES, extensions
from ops.jobs.retention import make_deletions_good
from ops.machine import users
from ops.machine.views import through
from ops.pbx.asterisk import program_of, running
from ops.pbx.configuration import write
from ops.pbx.home import UMASK, AsteriskHome
from ops.pbx.prompts import put_prompts
from ops.run import draining, preflight, turn
from ops.run.adopting import adopt, running_pid
from ops.run.handing_over import hand_over
from ops.run.job_readiness import forget_heartbeats
from ops.run.naming import have_name
from ops.run.processes import Spec, Supervisor, dying_with_us
from ops.run.sharing import share_secrets
from ops.run.signals import endings, has_come
from ops.run.waiting import READY_SECONDS, await_ready, health
from ops.run.welcome import welcome
from ops.starting import DatabaseAway, PathFault
from ops.terminal import in_words, say

__all__ = ["Spec", "Supervisor", "prepare", "run_up", "specs"]

OPEN_FILES = 65536


def run_up(settings: Settings) -> int:
    """Run ``make up``; 0 after an orderly end, 1 when it could not start, with what to do."""
    begun = clock.monotonic()
    os.umask(UMASK)
    try:
        with _only_one(settings), endings() as ending:
            home = prepare(settings)
            with users.acting_in(settings):
                beside = tuple(_beside(home))
                supervisor = Supervisor((*beside, *specs(home)), settings.home / "log").start()
                try:
                    _serve(home, ending, begun)
                finally:
                    _end(home.settings, supervisor, ending)
    except HotlineError as error:
        say(f"Cannot start: {in_words(error)}")
        return 1
    except OSError as error:
        if error.errno not in disk.FULL:
            raise
        full = PathFault("full", error.filename or settings.home, detail=str(error.strerror))
        say(f"Cannot start: {in_words(full)}")
        return 1
    return 0


def prepare(settings: Settings, tell: Callable[[str], None] = say, *, is_alone: bool = True) -> AsteriskHome:
    """Everything up to the first process: checks, Asterisk, database, agents, configuration, prompts.

    Not ``is_alone``: others of ours may be running already and have their ports.
    """
    runs = running_pid(settings.home / "asterisk" / "etc")
    _refuse(preflight.before_anything(settings, runs, with_ports=is_alone), tell)
    _raise_open_files()
    program = program_of(settings, tell)
    users.create_users()
    home = AsteriskHome.of(settings, program)
    _refuse(preflight.with_asterisk(home), tell)
    if changed_hands := hand_over(home):
        tell(f"Rights: {changed_hands} files and folders of {settings.home} now belong to {users.OURS}")
    with users.acting_in(settings), _umask(UMASK):
        forget_heartbeats(settings)
        metrics.begin(settings.metrics)
        settings.journal.mkdir(mode=0o700, parents=True, exist_ok=True)  # whoever looks first finds it
        tell(f"Database: {settings.database.rpartition('@')[2]}")
        if settings.roles and settings.database_file:
            tell("No other machine uses it: HOTLINE_DATABASE_URL names one that several share")
        changed = _configure(home, tell)
        if settings.runs(MachineRole.NODE):
            tell(f"Configuration: {home.etc} ({len(changed)} files new or changed)")
            new_sounds = put_prompts(settings.prompts, settings.sounds, settings.announcements)
            tell(f"Prompts: {new_sounds} files new or changed")
        turn.write(settings, tell)
        if runs:
            adopt(home, runs, changed, tell)
            draining.forget(settings)
    return home


@contextmanager
def _umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def _configure(home: AsteriskHome, tell: Callable[[str], None]) -> list[str]:
    """Bring database and Asterisk's files up to date; while it is away, those of the last start serve."""
    settings = home.settings
    try:
        wiring.migrate(settings)
        _delete_again(settings, tell)
        have_name(settings, lambda: _transaction(settings), tell, clock.now())
        with _transaction(settings) as session:
            share_secrets(session, settings)
        telephones = _telephones(settings)
        return write(home, *telephones) if settings.runs(MachineRole.NODE) else []
    except DBAPIError as error:
        why = str(error.orig).partition("\n")[0]
        is_node = settings.runs(MachineRole.NODE)
        if is_node and not (home.etc / "extensions.conf").exists():
            raise DatabaseAway("shared" if settings.database_url else "own", why, settings.home) from error
        wiring.workshop(settings, "up").keys.load()
        tell(f"The database cannot be asked ({why}); calls are answered as configured by the last start")
        home.prepare() if is_node else None
        return []


def _delete_again(settings: Settings, tell: Callable[[str], None]) -> None:
    """Delete again, before anybody is served, what a copy of the database that was put back brought back."""
    house = wiring.workshop(settings, "up")
    try:
        if again := make_deletions_good(house, clock.now()):
            tell(f"Database: {again} records that were deleted had come back and are deleted again")
    except NoDeletionLog as error:
        tell(in_words(error))
    finally:
        house.engine.dispose()


def _refuse(faults: Iterator[HotlineError], tell: Callable[[str], None]) -> None:
    found = list(faults)
    for one in found[:-1]:
        tell(f"Cannot start: {in_words(one)}")
    if found:
        raise found[-1]


def specs(home: AsteriskHome) -> tuple[Spec, ...]:
    """The processes in the order of their start; stages tell the order of their end.

    All but Asterisk end with their supervisor, however that went; Asterisk goes on, with its talks, and the
    next supervisor takes it over. Asterisk ends first, so that callers hear it and what it wrote last is
    still read; decisions end when nobody asks for them any more. Every machine has jobs and health, whatever
    its roles are.
    """
    calls = _of_calls(home) if home.settings.runs(MachineRole.NODE) else ()
    beside = turn.specs(home.settings)
    jobs, web = _ours(home, "jobs", 2, 15.0, "ops.jobs"), _ours(home, "web", 3, 5.0, "ops.run.web")
    pages = [_ours(home, "console", 3, 5.0, "ops.run.console")]
    return (*calls, jobs, web, *(pages if home.settings.runs(MachineRole.CONSOLE) else ()), *beside)


def _of_calls(home: AsteriskHome) -> tuple[Spec, ...]:
    """Asterisk, and who decides and listens for it."""
    settings = home.settings

    def ours(name: str, stage: int, patience: float, *words: str) -> Spec:
        return replace(_ours(home, name, stage, patience, *words), serves_calls=True)

    decisions = [
        ours(f"agi-{number}", 1, 30.0, "ops.run.agi", "--port", str(port))
        for number, port in enumerate(settings.agi_ports, 1)
    ]
    patience = settings.message_longest.total_seconds() + 10
    listener = ours("listener", 1, patience, "ops.run.listener")
    asterisk = Spec(
        "asterisk",
        home.command(),
        0,
        15.0,
        before=lambda: _before_asterisk(home),
        find=lambda: running_pid(home.etc),
        ending=lambda: _marked(home),
        serves_calls=True,
    )
    return (*decisions, listener, asterisk)


def _ours(home: AsteriskHome, name: str, stage: int, patience: float, *words: str) -> Spec:
    """One of our Python processes, as our processes' user."""
    settings, user = home.settings, users.ours()
    python = {
        "PYTHONUNBUFFERED": "1",
        "HOTLINE_HOME": str(settings.home),
        metrics.SHARED: str(settings.metrics),
        variable("roles"): ",".join(settings.roles),
    }
    if user:
        python["HOME"] = str(settings.home)

    def gone(pid: int) -> None:
        metrics.forget(settings.metrics, pid)

    command = (sys.executable, "-m", *words)
    started = (
        (*through(preflight.needed(home)), *user.dropped("KILL"), *command)
        if user
        else dying_with_us(*command)
    )
    return Spec(name, started, stage, patience, environment=python, cwd=CHECKOUT, umask=UMASK, after=gone)


def _beside(home: AsteriskHome) -> Iterator[Spec]:
    """Processes of what is installed beside the product, as long as the database can be asked which."""
    if not home.settings.runs(MachineRole.NODE):
        return
    with suppress(DBAPIError), _transaction(home.settings) as session:
        for found in extensions(PROCESSES):
            for name, module in found(home.settings, session, clock.now()):
                yield _ours(home, name, 1, 5.0, module)


def _before_asterisk(home: AsteriskHome) -> None:
    """Configure Asterisk with the breaks begun since the last start, and mark the start in the event log."""
    with users.acting_in(home.settings):
        with suppress(Exception):  # the database may be away: the last configuration serves
            write(home, *_telephones(home.settings))
        draining.forget(home.settings)
        home.mark_start()


def configure_asterisk(settings: Settings) -> None:
    """Write, for systemd, Asterisk's configuration, the marker, and the command that starts it."""
    home = running(settings)
    _before_asterisk(home)
    script = home.etc / "start.new"
    script.write_text(f"#!/bin/sh\nexec {shlex.join(home.started_by())}\n", "utf-8")
    script.chmod(0o750)
    script.replace(home.etc / "start")


def _marked(home: AsteriskHome) -> None:
    """Mark in the event log that what is still up ends by this end of Asterisk."""
    with users.acting_in(home.settings):
        home.mark_start()


def _telephones(settings: Settings) -> tuple[list[Agent], dict[str, str]]:
    """The agents, and the accounts of supervisors' pages."""
    with _transaction(settings) as session:
        one_at_a_time(session, "city")  # machines that start at once would each found it
        for settle in extensions(CITIES):
            settle(session, clock.now(), settings.city)
        session.flush()
        return rows(session), accounts(session, clock.now())


@contextmanager
def _transaction(settings: Settings) -> Iterator[Session]:
    """A transaction over connections that are closed afterwards."""
    house = wiring.workshop(settings, "up")
    try:
        with transaction(house.factory) as session:
            yield session
    finally:
        house.engine.dispose()


def _serve(home: AsteriskHome, ending: int, begun: float) -> None:
    """Wait until calls are served, say how to place one, then wait for the end."""
    settings = home.settings
    lacking = await_ready(settings, ending)
    if lacking is None:
        return
    for amiss in [] if lacking else health(settings)[1]:
        say(f"Calls are answered, but: {amiss}")
    if lacking:
        say(f"Not ready after {READY_SECONDS:.0f} s; it goes on trying. Missing: {lacking}")
    _welcome(settings, begun, ready=not lacking)
    os.read(ending, 1)


def _welcome(settings: Settings, begun: float, *, ready: bool) -> None:
    """Bring the queues their members, and say what runs and how to place the first call."""
    known: list[Agent] = []
    if settings.runs(MachineRole.NODE):
        with suppress(HotlineError, DBAPIError):
            known, _listeners = _telephones(settings)
            bring_own_members(Pbx(lambda: settings), known)
    seconds = clock.monotonic() - begun
    first, link = _first(settings, is_private=sys.stdout.isatty())
    trial = _trial(settings)
    for line in welcome(settings, known, ready=ready, seconds=seconds, first=first, link=link, trial=trial):
        say(line)


def _first(settings: Settings, *, is_private: bool) -> tuple[str, str]:
    """A login, while no administrator has a password, and the link with which it gets one.

    Whoever reads the link may be administrator: it is made for a terminal alone, never for a log.
    """
    try:
        with _transaction(settings) as session:
            for login in administrators_without(session, clock.now()):
                if not is_private:
                    return login, ""
                token = invite(session, login, at=clock.now(), by="up")
                return login, f"{settings.console}/invitation/{token}"
    except (HotlineError, DBAPIError):
        say("No link for the first administrator could be made; later: hotline staff invite LOGIN")
    return "", ""


def _trial(settings: Settings) -> str:
    """Address of a demo's links: on a terminal alone, in a log the file that has it; empty where there is
    none.
    """
    with suppress(HotlineError, DBAPIError), _transaction(settings) as session:
        for found in extensions(ENTRANCES):
            if (entrance := found(settings)) and (address := entrance.address(session, clock.now())):
                file = keep(settings, "demo-address.txt", f"{address}\n")
                return address if sys.stdout.isatty() else f"its address stands in {file}"
    return ""


def _end(settings: Settings, supervisor: Supervisor, ending: int) -> None:
    """End all in order, calls first; a second Ctrl-C does not wait."""
    say("Ending: calls first, then decisions, jobs and pages (Ctrl-C again: at once)")
    _clear(ending)
    if settings.runs(MachineRole.NODE) and supervisor.is_running("asterisk"):
        draining.drain(settings, lambda seconds: has_come(ending, within=seconds), say)
        _clear(ending)
    stopping = Thread(target=supervisor.stop)
    stopping.start()
    while stopping.is_alive():
        if has_come(ending, within=0.05):
            _clear(ending)
            supervisor.kill_now()
    draining.forget(settings)
    say("All ended.")


def _clear(ending: int) -> None:
    while has_come(ending):
        os.read(ending, 1)


@contextmanager
def _only_one(settings: Settings) -> Iterator[None]:
    """Hold the lock by which a HOTLINE_HOME has one supervisor."""
    with users.acting_in(settings):
        lock = _lock_file(settings.home)
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PathFault("in-use", settings.home) from None
        yield


def _lock_file(home: Path) -> IO[str]:
    try:
        if not home.is_dir():
            home.mkdir(parents=True)
            home.chmod(0o711)
        (home / "run").mkdir(exist_ok=True)
        return (home / "run" / "up.lock").open("w")
    except OSError as error:
        raise preflight.unwritable("HOTLINE_HOME", home, error) from error


def _raise_open_files() -> None:
    """A call takes about ten files; the soft limit of a login shell would end at a hundred calls."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(_soft, wanted), hard))
