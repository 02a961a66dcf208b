"""A hotline of its own for a long proof: everything `make up` runs, on free ports, gone afterwards."""

import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from threading import Event
from typing import TypeVar

from control.presence import asterisk_state
from demo.phone import Behaviour, Softphone
from demo.trials import accounts
from hotline import clock
from hotline.errors import HotlineError
from hotline.settings import Settings, load_settings
from ops.pbx.home import AsteriskHome
from ops.run.supervisor import Supervisor, prepare, specs
from ops.terminal import in_words
from ops.wiring import House, workshop
from tools.bench.processes import free_port, free_udp
from tools.faults import CannotMeasure

T = TypeVar("T")
CARRIER, DESKS, OFFICERS = "127.0.0.2", "127.0.0.3", "127.0.0.4"
GREETING_SECONDS = 4.0
"""Until the greeting has been heard; a key is heard from then on."""
PORTS = ("ami_port", "web_port", "console_port", "message_port")


@dataclass(frozen=True)
class SoakHome:
    """A running hotline; ``scratch`` is for the phones."""

    asterisk: AsteriskHome
    house: House
    supervisor: Supervisor
    scratch: Path

    @property
    def settings(self) -> Settings:
        return self.house.settings

    @property
    def sip(self) -> str:
        """Address at which callers and agents find it."""
        return f"{self.settings.sip_address}:{self.settings.sip_port}"

    @contextmanager
    def agents(self, *names: str, behaves: Behaviour) -> Iterator[dict[str, Softphone]]:
        """Phones of agents, registered and reachable; the others stay unreachable."""
        passwords = accounts(self.house.factory)
        with ExitStack() as stack:
            phones = {}
            for name in names:
                phone = Softphone(
                    name,
                    home=self.scratch / name,
                    address=DESKS,
                    registrar=self.sip,
                    password=passwords[name],
                    behaves=behaves,
                )
                phones[name] = stack.enter_context(phone)
                phone.register()
            until(lambda: self._reachable(names), 15, f"{', '.join(names)} can be reached")
            yield phones

    def _reachable(self, names: Sequence[str]) -> bool:
        lines = self.asterisk.rx("pjsip show contacts").splitlines()
        return all(any(f"{name}/" in line and " Avail " in line for line in lines) for name in names)


@contextmanager
def soak_home(cache: Path, **values: object) -> Iterator[SoakHome]:
    """Started and ready; ``values`` are settings. Raises CannotMeasure with what to do."""
    place = Path(mkdtemp(prefix="hotline-soak-", dir="/tmp"))
    place.chmod(0o711)
    home = place / "home"
    home.mkdir(mode=0o711)
    _write_settings(home, cache, values)
    settings = _settings_of(home)
    asterisk = prepare(settings, tell=lambda line: None)
    supervisor = Supervisor(specs(asterisk), settings.home / "log", lambda line: None).start()
    house = workshop(settings, "soak")
    try:
        until(lambda: not asterisk_state(settings), 60, "Asterisk takes calls")
        yield SoakHome(asterisk, house, supervisor, place)
    finally:
        supervisor.stop()
        house.engine.dispose()
        shutil.rmtree(place, ignore_errors=True)


def until(question: Callable[[], T | None], seconds: float, what: str) -> T:
    """The first answer that is not empty. Raises CannotMeasure when none comes in time."""
    by, pause = clock.monotonic() + seconds, Event()
    while not (answer := question()):
        if clock.monotonic() > by:
            raise CannotMeasure(f"Not within {seconds:g} s: {what}. Try again on a quieter machine")
        pause.wait(0.2)
    return answer


def _write_settings(home: Path, cache: Path, values: Mapping[str, object]) -> None:
    officers, carrier = free_udp(OFFICERS), free_udp(CARRIER)
    rtp = 20000 + secrets.randbelow(400) * 100
    told: dict[str, object] = {
        "sip_port": free_udp(),
        **{name: free_port() for name in PORTS},
        "agi_ports": [free_port(), free_port()],
        "cache": str(cache),
        "recording_minimum_free": 0,
        "officers_contact": f"{OFFICERS}:{officers}",
        "trunk_contact": f"{CARRIER}:{carrier}",
        "rtp_from": rtp,
        "rtp_to": rtp + 399,
        "node": "soak",
        "caller_calls": 1000,
        "after_call": 0,
        "recovery": 0,
        **values,
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in told.items()]
    (home / "settings.toml").write_text("\n".join(lines) + "\n")


def _settings_of(home: Path) -> Settings:
    before = os.environ.get("HOTLINE_HOME")
    os.environ["HOTLINE_HOME"] = str(home)
    try:
        return load_settings()
    except HotlineError as error:
        raise CannotMeasure(f"{in_words(error)}\nUnset HOTLINE_* in this shell") from error
    finally:
        os.environ.pop("HOTLINE_HOME") if before is None else os.environ.update(HOTLINE_HOME=before)
