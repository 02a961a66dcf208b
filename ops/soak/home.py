"""A hotline of its own for a long proof: everything `make up` runs, on free ports, gone afterwards."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from threading import Event
from typing import TypeVar

from hotline import clock
from hotline.errors import CannotStart, HotlineError
from hotline.settings import Settings, load_settings
from ops.asterisk_home import AsteriskHome
from ops.bench.processes import free_port, free_udp
from ops.presence import asterisk_state
from ops.supervisor import Supervisor, prepare, specs
from ops.wiring import House, workshop

T = TypeVar("T")
PORTS = ("ami_port", "web_port", "message_port")


@dataclass(frozen=True)
class SoakHome:
    """It runs; ``scratch`` is for the phones."""

    asterisk: AsteriskHome
    house: House
    scratch: Path

    @property
    def settings(self) -> Settings:
        return self.house.settings

    @property
    def sip(self) -> str:
        """Where callers and agents find it."""
        return f"{self.settings.sip_address}:{self.settings.sip_port}"


@contextmanager
def soak_home(cache: Path) -> Iterator[SoakHome]:
    """Started and ready. Raises CannotStart with what to do."""
    place = Path(mkdtemp(prefix="hotline-soak-", dir="/tmp"))
    place.chmod(0o711)
    home = place / "home"
    home.mkdir(mode=0o711)
    _write_settings(home, cache)
    settings = _settings_of(home)
    asterisk = prepare(settings, tell=lambda line: None)
    supervisor = Supervisor(specs(asterisk), settings.home / "log", lambda line: None).start()
    house = workshop(settings, "soak")
    try:
        until(lambda: not asterisk_state(settings), 60, "Asterisk takes calls")
        yield SoakHome(asterisk, house, place)
    finally:
        supervisor.stop()
        house.engine.dispose()
        shutil.rmtree(place, ignore_errors=True)


def until(question: Callable[[], T | None], seconds: float, what: str) -> T:
    """The first answer that is not empty. Raises CannotStart when none comes in time."""
    by, pause = clock.monotonic() + seconds, Event()
    while not (answer := question()):
        if clock.monotonic() > by:
            raise CannotStart(f"Not within {seconds:g} s: {what}", "Try again on a quieter machine")
        pause.wait(0.2)
    return answer


def _write_settings(home: Path, cache: Path) -> None:
    numbers = {"sip_port": free_udp(), **{name: free_port() for name in PORTS}}
    lines = [f"{name} = {port}" for name, port in numbers.items()]
    lines += [
        f"agi_ports = [{free_port()}, {free_port()}]",
        f'cache = "{cache}"',
        "recording_minimum_free = 0",
    ]
    lines += ["rtp_from = 28000", "rtp_to = 28399", 'node = "soak"']
    (home / "settings.toml").write_text("\n".join(lines) + "\n")


def _settings_of(home: Path) -> Settings:
    before = os.environ.get("HOTLINE_HOME")
    os.environ["HOTLINE_HOME"] = str(home)
    try:
        return load_settings()
    except HotlineError as error:
        raise CannotStart(str(error), "Unset HOTLINE_* in this shell") from error
    finally:
        os.environ.pop("HOTLINE_HOME") if before is None else os.environ.update(HOTLINE_HOME=before)
