"""Ours between two carriers and an exchange, which are other Asterisks, and what is heard on these lines."""

import re
import socket
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Final
from urllib.request import urlopen

import numpy as np

from demo.baresip import free_port
from demo.sound import Samples, read_wav
from hotline import clock
from tests.live.other_switch import (
    CODECS,
    HERE,
    TONES,
    Authority,
    DeskPhone,
    OtherSwitch,
    Peer,
    authority,
    certified,
)
from tests.live.system import ALL_DAY, System, accounts, declare, running
from tests.ports import free_ports

DEEDS: Final = ("talks", "early", "silent", "rings", "congested", "busy", "nobody")
FIRST, SECOND, SIPP, EXCHANGE = "127.0.0.2", "127.0.0.7", "127.0.0.8", "127.0.0.4"
NUMBERS: Final = {f"091100000{n}": does for n, does in enumerate(DEEDS, 1)}
TALKS, EARLY, SILENT, RINGS, CONGESTED, BUSY, NOBODY = NUMBERS
OFFICER, UNCERTIFIED = "5112", "agent-5"
OFFICERS: Final = dict(zip(CODECS, ("5301", "5201", OFFICER, "5311"), strict=True))
"""Whom the agent of a citizen with that codec asks; they like G.722 best."""
DESKS: Final = tuple(f"agent-{n}" for n in range(1, 5))
LOUD: Final = 300.0
"""Root mean square of samples above which something is heard; silence and comfort noise stay below 100."""
SECOND_LONG: Final = 8000
"""Samples of a second."""
SPEECH: Final = 40
"""Different bytes in a packet of G.711 above which it holds speech; silence has one or two."""


def loudness(sound: Samples) -> float:
    """Root mean square of the last second; 0 before there is one."""
    last = sound[-SECOND_LONG:].astype(np.float64)
    return float(np.sqrt(np.mean(last**2))) if len(last) == SECOND_LONG else 0.0


def tone(sound: Samples, who: str) -> float:
    """Root mean square of somebody's tone in the last second."""
    last = sound[-SECOND_LONG:].astype(np.float64)
    if len(last) < SECOND_LONG:
        return 0.0
    energy = np.abs(np.fft.rfft(last)) ** 2  # a place a hertz
    near = energy[TONES[who] - 5 : TONES[who] + 6].sum()
    return float(np.sqrt(2 * near)) / SECOND_LONG


def heard(file: Path, measure: Callable[[Samples], float] = loudness) -> float:
    """How loud a file's last second is; 0 while there is none."""
    return measure(read_wav(file)) if file.exists() else 0.0


@dataclass(frozen=True)
class OutsideCall:
    """A call of ours to an outside number, which began at an instant: what is heard of the number."""

    name: str
    number: str
    sound: Path
    at: float


@dataclass(frozen=True)
class Scene:
    """Ours, the first carrier and the exchange by TLS, the second carrier in the clear, who signs.

    The first carrier plays a desk phone too.
    """

    system: System
    first: OtherSwitch
    second: OtherSwitch
    exchange: OtherSwitch
    authority: Authority

    def dial(self, number: str, name: str, seconds: int = 25) -> OutsideCall:
        """Dial an outside number as our dialplan does."""
        folder = self.system.settings.home / "asterisk" / "spool"
        sound = folder / f"{name}.wav"
        steps = (
            "Answer",
            f"MixMonitor({folder}/{name}-both.wav,t({sound}))",
            f"Gosub(outbound,{number},1({seconds},g))",
            f"Set(GLOBAL(CAME-{name})=${{DIALSTATUS}}/${{CAUSE}})",
            "Hangup",
        )
        for place, step in enumerate(steps, 1):
            self.system.home.rx(f"dialplan add extension {name},{place},{step} into trial")
        words = "&".join(["hotline/zh-TW/V-01"] * 4)
        began = clock.now().timestamp()
        self.system.home.rx(f"channel originate Local/{name}@trial/n application Playback {words}")
        return OutsideCall(name, number, sound, began)

    def came_to(self, call: OutsideCall, within: float = 40) -> str:
        """DIALSTATUS and cause of a call that is over."""

        def known() -> str:
            shown = self.system.home.rx("dialplan show globals")
            found = re.search(rf"CAME-{call.name}=(\S+)", shown)
            return found[1] if found else ""

        return str(self.system.until(known, within, f"{call.name} is over"))

    def is_at(self, carrier: OtherSwitch, call: OutsideCall, within: float) -> float:
        """A carrier has this call and hears it, so many seconds after it began at most; how many."""
        came = self.system.until(
            lambda: (at := carrier.began(call.number)) > call.at and at, within, f"{call.name} is there"
        )
        self.system.until(
            lambda: loudness(carrier.sound(call.number)) > LOUD, 20, f"{call.name} is heard there"
        )
        self.hang_up()
        carrier.file(call.number).unlink()
        assert came - call.at <= within
        return float(came - call.at)

    @contextmanager
    def first_is_dead(self) -> Iterator[None]:
        """The first carrier says no word more; afterwards it does, and is taken again."""
        self.first.freeze()
        try:
            yield
        finally:
            self.first.thaw()
        self.system.until(lambda: "trunk" in self.system.reachable(), 30, "the first is back")

    def talks(self) -> dict[str, "Talk"]:
        """Citizens in talk with desk phones, one by each codec, all at once."""
        for codec in CODECS:
            self.first.call(codec, f"talk-{codec}")
        for count in (1, 2):
            for codec in CODECS:
                self.system.in_menu(mobile(codec), count)
                self.first.does(f"talk-{codec}", "1")
        return {codec: self._begun(codec) for codec in CODECS}

    def _begun(self, codec: str) -> "Talk":
        talk: Talk = self.system.until(lambda: self._talk(codec), 30, f"{codec} is in talk")
        return talk

    def _talk(self, codec: str) -> "Talk | None":
        shown = [one.split("!") for one in self.system.home.rx("core show channels concise").splitlines()]
        mine = [one for one in shown if one[0].startswith("PJSIP/trunk-") and one[7] == mobile(codec)]
        (row,) = self.system.open_rows(mobile(codec)) or (None,)
        for trunk in mine:
            for other in shown:
                if trunk[12] and other[12] == trunk[12] and other[0].startswith("PJSIP/agent-"):
                    desk = other[0].removeprefix("PJSIP/").rpartition("-")[0]
                    return Talk(f"talk-{codec}", str(row and row.id), trunk[0], desk)
        return None

    def ask_officers(self, talks: dict[str, "Talk"]) -> None:
        """Each agent asks an officer (``*2``) while the citizen hears music, until they hear each other."""
        for codec, talk in talks.items():
            self.exchange.file(OFFICERS[codec]).unlink(missing_ok=True)
            self.first.does(talk.desk, f"*2www{OFFICERS[codec]}#")
        for codec, talk in talks.items():
            self.hears(self.exchange, OFFICERS[codec], "desk")
            self.goes_on(self.first, talk.desk, "desk")  # not the beep, which has the same pitch

    def goes_on(self, switch: OtherSwitch, name: str, who: str) -> None:
        """In the call of that name two seconds more are heard, and somebody's tone."""
        so_far = len(switch.sound(name))
        self.system.until(lambda: len(switch.sound(name)) > so_far + 16000, 10, f"{name} goes on")
        self.hears(switch, name, who)

    def is_recorded(self, call: str, side: str, who: str) -> None:
        """The recording of a side has somebody's tone."""
        file = self.system.settings.recordings / f"{call}-{side}.wav"
        measure = partial(tone, who=who)
        self.system.until(lambda: heard(file, measure) > LOUD, 10, f"{file.name} has sound")

    def hears(self, switch: OtherSwitch, name: str, who: str) -> None:
        """In the call of that name somebody's tone is heard now."""
        self.system.until(lambda: tone(switch.sound(name), who) > LOUD, 30, f"{name} hears the {who}")

    def names(self, line: str = "") -> list[str]:
        """Channels of a line that are up or begin, or all."""
        shown = self.system.home.rx("core show channels concise").splitlines()
        return [one.split("!")[0] for one in shown if one.startswith(f"PJSIP/{line}-" if line else "")]

    def codecs(self, line: str) -> set[str]:
        """Codecs of the channels of a line."""
        shown = self.system.home.rx("pjsip show channelstats").splitlines()
        return {one.split()[3] for one in shown if f" {line}-" in one}

    def hang_up(self) -> None:
        """End all that is up."""
        self.system.home.rx("channel request hangup all")
        self.system.until(lambda: self.system.channels() == 0, 15, "no channel is left")

    def figure(self, name: str) -> float:
        """A figure of /metrics, 0 while it is not there."""
        with urlopen(f"http://127.0.0.1:{self.system.settings.web_port}/metrics") as answer:
            found = re.findall(rf"^{re.escape(name)} (\S+)$", answer.read().decode(), re.MULTILINE)
        return float(found[0]) if found else 0.0

    def sipp(self, scenario: str, folder: Path) -> "Packets":
        """One call by SIPp as another carrier in the clear, as its scenario says; the sound it was sent."""
        packets = Packets.open(SIPP)
        words = ["sipp", self.system.sip, "-sf", str(HERE / f"{scenario}.xml"), "-i", SIPP, "-mi", SIPP]
        words += ["-p", str(free_port(SIPP)), "-mp", str(free_port(SIPP)), "-key", "sound", str(packets.port)]
        words += ["-m", "1", "-nostdin", "-timeout", "150s", "-trace_err", "-error_file", "errors"]
        done = subprocess.run(words, cwd=folder, capture_output=True, timeout=170, check=False)
        packets.close()
        errors = folder / "errors"
        assert done.returncode == 0, errors.read_text() if errors.exists() else done.stdout[-2000:]
        return packets


@dataclass(frozen=True)
class Talk:
    """A citizen's call in talk: its name at the carrier, its id and channel with us, the desk phone."""

    name: str
    call: str
    channel: str
    desk: str


@dataclass(frozen=True)
class Packets:
    """What comes to a port of ours as RTP: how many packets with speech of each payload type."""

    line: socket.socket
    speech: Counter[int]

    @classmethod
    def open(cls, address: str) -> "Packets":
        """A port of an address, read from now on."""
        line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        line.bind((address, free_port(address)))
        line.settimeout(0.2)
        opened = cls(line, Counter())
        Thread(target=opened._read, daemon=True).start()
        return opened

    @property
    def port(self) -> int:
        return int(self.line.getsockname()[1])

    def close(self) -> None:
        self.line.close()

    def _read(self) -> None:
        while self.line.fileno() >= 0:
            try:
                packet = self.line.recv(2048)
            except TimeoutError:
                continue
            except OSError:
                return
            if len(set(packet[12:])) > SPEECH:
                self.speech[packet[1] & 0x7F] += 1


def mobile(codec: str) -> str:
    """The number from which the first carrier calls by a codec."""
    return f"095600000{CODECS.index(codec) + 1}"


@contextmanager
def carried() -> Iterator[Scene]:
    """All of it runs, and every line answers."""
    tls, one, two, three = free_ports(4)
    with ExitStack() as stack:
        signed_by = stack.enter_context(authority())
        system = stack.enter_context(
            running(
                agents=5,
                sip_encrypted=["trunk", "officers", "phones"],
                trunk_contact=f"{FIRST}:{one}",
                trunk_second_contact=f"{SECOND}:{two}",
                trunk_second_match=[SECOND, SIPP],
                officers_contact=f"{EXCHANGE}:{three}",
                caller_calls=9,
                **certified(signed_by, tls),
                **ALL_DAY,
            )
        )
        declare(system, "open")
        system.home.rx("module load res_clioriginate.so")
        program, place = system.home.program, signed_by.folder
        plain, secured = Peer("127.0.0.1", system.settings.sip_port), Peer("127.0.0.1", tls)
        known = accounts(system.house.factory)
        phones = tuple(DeskPhone(user, known[user]) for user in sorted(known) if user in DESKS)
        talk = dict.fromkeys(NUMBERS, "talks")
        first = OtherSwitch(program, place / "first", FIRST, one, secured, NUMBERS, signed_by, phones)
        second = OtherSwitch(program, place / "second", SECOND, two, plain, talk)
        exchange = OtherSwitch(
            program,
            place / "exchange",
            EXCHANGE,
            three,
            secured,
            dict.fromkeys(OFFICERS.values(), "talks"),
            signed_by,
            codecs=("g722", "ulaw", "alaw"),
        )
        for switch in (first, second, exchange):
            stack.enter_context(switch.running())
        lines = {*DESKS, "trunk", "trunk-second", "officers"}
        system.until(lambda: lines <= system.reachable(), 30, "every line answers")
        yield Scene(system, first, second, exchange, signed_by)
