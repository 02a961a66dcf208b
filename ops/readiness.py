"""Whether a call would be served now, and if not, what is missing."""

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import structlog
from sqlalchemy import text

from hotline import clock
from hotline.settings import Settings
from ivr.engine import Book
from ivr.menus import Inform
from ivr.numerals import Language
from ops.replay import Replay
from ops.wiring import House

log = structlog.get_logger()
PATIENCE = 1.0
HEARTBEAT_SECONDS = 20.0
LATE = timedelta(seconds=5)
"""What waits in the journal longer is not on its usual way into the database."""
NEEDED_JOBS = ("event-log", "journal", "recordings")
KEYS = (
    "request channel language type uniqueid version callerid calleridname callingpres callingani2 callington "
    "callingtns dnid rdnis context extension priority enhanced accountcode threadid"
)
QUESTION = (
    "agi_network: yes\nagi_network_script: ready\n" + "".join(f"agi_{key}: \n" for key in KEYS.split()) + "\n"
).encode()
"""A whole head, as Asterisk writes it: a shorter one is taken for a forgery."""
NOBODY, REFUSAL = b"\x01\x00\x10" + bytes(16), b"\xff\x00\x00"
"""A frame of the audio socket with an id that no message has, and the listener's answer."""
NOTICES = ("V-01", "V-01b", "to-an-agent", "nobody-now", "technical-trouble", "V-10.hours")


class Asks(Protocol):
    """Whether Asterisk answers its manager; a reason when it does not."""

    def __call__(self) -> str: ...


def missing(house: House, asterisk: Asks) -> list[str]:
    """What keeps a call from being served, one sentence each; empty means ready."""
    checks: dict[str, Callable[[], Iterator[str]]] = {
        "asterisk": lambda: _asterisk(asterisk),
        "decisions": lambda: _decisions(house.settings),
        "listener": lambda: _listener(house.settings),
        "journal": lambda: _memory(house),
        "jobs": lambda: _jobs(house.settings),
        "recordings": lambda: _recordings(house.settings),
        "prompts": lambda: _prompts(house),
    }
    return [fault for name, check in checks.items() for fault in _told(name, check)]


def _told(name: str, check: Callable[[], Iterator[str]]) -> list[str]:
    try:
        return list(check())
    except Exception as error:
        log.exception("readiness.failed", part=name)
        return [f"{name}: cannot be told: {type(error).__name__}"]


def _asterisk(ask: Asks) -> Iterator[str]:
    if reason := ask():
        yield f"asterisk: {reason}"


def _decisions(settings: Settings) -> Iterator[str]:
    answering = [port for port in settings.agi_ports if answers(settings.agi_address, port)]
    if not answering:
        yield f"decisions: no AGI process answers on {', '.join(map(str, settings.agi_ports))}"


def answers(address: str, port: int) -> bool:
    """Whether an AGI process makes decisions: asked like Asterisk asks, so a hung one does not count."""
    with suppress(OSError), socket.create_connection((address, port), PATIENCE) as line:
        line.settimeout(PATIENCE)
        line.sendall(QUESTION)
        reply = line.makefile("rb").readline(2048)
        line.sendall(b"200 result=1\n")
        return b'"ready"' in reply
    return False


def _listener(settings: Settings) -> Iterator[str]:
    if not listens(settings.agi_address, settings.message_port):
        yield f"listener: nobody ends spoken messages on {settings.message_port}; Asterisk records them by itself"


def listens(address: str, port: int) -> bool:
    """Whether the listener of spoken messages is alive: it refuses the id of nobody, a hung one does nothing."""
    with suppress(OSError), socket.create_connection((address, port), PATIENCE) as line:
        line.settimeout(PATIENCE)
        line.sendall(NOBODY)
        return line.recv(3) == REFUSAL
    return False


def _memory(house: House) -> Iterator[str]:
    """Facts must be durable: the database, or the journal while it is away."""
    if not _writable(house.settings.journal):
        yield f"journal: {house.settings.journal} cannot be written"
    with suppress(Exception), house.engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        waiting = Replay(house.factory, house.settings.journal, house.callbacks).lag()
        if waiting.oldest and clock.now() - waiting.oldest > LATE:
            yield f"journal: {waiting.entries} entries are not yet in the database"


def _writable(folder: Path) -> bool:
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        return os.access(folder, os.W_OK)
    return False


def _jobs(settings: Settings) -> Iterator[str]:
    for job in NEEDED_JOBS:
        try:
            age = clock.now().timestamp() - heartbeat(settings, job).stat().st_mtime
        except FileNotFoundError:
            yield f"jobs: {job} has not run yet"
            continue
        if age > HEARTBEAT_SECONDS:
            yield f"jobs: no sign of life from {job} for {age:.0f} s"


def heartbeat(settings: Settings, job: str) -> Path:
    """The file a job touches after each good run."""
    return settings.home / "run" / f"{job}.alive"


def forget_heartbeats(settings: Settings) -> None:
    """At a start: a sign of life from before the machine went down would call the journal replayed that is not."""
    for job in NEEDED_JOBS:
        heartbeat(settings, job).unlink(missing_ok=True)


def _recordings(settings: Settings) -> Iterator[str]:
    folder = settings.recordings
    if not folder.is_dir():
        yield f"recordings: {folder} is not there"
    elif not folder.stat().st_mode & 0o200:
        yield f"recordings: {folder} cannot be written"
    elif shutil.disk_usage(folder).free < settings.recording_minimum_free:
        yield f"recordings: less than {settings.recording_minimum_free >> 20} MiB free in {folder}"


def _prompts(house: House) -> Iterator[str]:
    lost = {(name, language) for name, language in house.shelf.lost()}
    needed = {*NOTICES, *_said_by(house.books.book())}
    for name, language in sorted(lost, key=str):
        if name in needed and language is Language.MANDARIN:
            yield f"prompts: {language}/{name} has no file"


def _said_by(book: Book) -> Iterator[str]:
    for menu in book.menus.menus.values():
        for key in menu.keys:
            if key.say:
                yield key.say.id
            if isinstance(key.choice, Inform):
                yield key.choice.prompt
