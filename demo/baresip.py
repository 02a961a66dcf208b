"""One baresip process and its control connection: the engine under ``demo.phone``.

Knows the program's configuration and its JSON-in-netstrings protocol, and nothing of calls. The process
lives in a directory of its own, opens no audio device, and ends with the program that started it.
"""

import json
import os
import secrets
import shutil
import socket
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from hotline.clock import monotonic
from hotline.errors import HotlineError

INSTALL = "baresip, the softphone, is missing: apt-get install baresip-core"
TICK = 0.05  # seconds between two looks at the clock while nothing arrives
ANSWERED = 60.0  # seconds within which a program answers that runs at all, on a machine however busy
CONFIG = """\
sip_listen {address}:{sip_port}
net_interface {address}
dns_server {address}:9
rtp_ports 20000-29998
call_local_timeout 86400
call_hold_other_calls no
audio_path {home}/no-tones
audio_player {player}
audio_source aufile,{says}
audio_alert aufile,alert.wav
audio_buffer 20-10000
jitter_buffer_type off
ringback_disabled yes
statmode_default off
module_path {modules}
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
snd_path {home}
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen {address}:{control_port}
"""
NOWHERE = "aubridge,nowhere"
"""A player of which nobody takes the sound."""
# Linux tells a child of its parent's death when the *thread* that made it ends: one thread that lives as long
# as the program starts them all. It is made now, since a thread keeps the user and the niceness of the moment
# it is made in, and a command that acts as another user may place the first call.
STARTER = ThreadPoolExecutor(1, thread_name_prefix="phones")
STARTER.submit(int).result()


PORTS = range(10000, 20000)
CLAIMS = deque[socket.socket]()
CLAIMED = 128
"""Ports that a program reserves at most: the latest, whose phones may still be starting."""
STARTS = 3


class PhoneFault(HotlineError, code="phone-fault"):
    """Fault of a softphone that could not be started or did not do what was asked, with its last log lines."""

    detail: str


def free_port(address: str) -> int:
    """A port nobody uses on this address at this moment nor was just given, for UDP and TCP alike.

    Drawn at random below the ports that the kernel hands out: programs that start phones at the same
    moment would be handed the same one. Even, for baresip also listens with TLS on the port behind its SIP port,
    and would take another's line of control for a call.
    """
    while True:
        port = PORTS.start + 2 * secrets.randbelow(len(PORTS) // 2)
        with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
                udp.bind((address, port))
                tcp.bind((address, port))
                _claim(port)
                return port


def _claim(port: int) -> None:
    """Reserve a port until its phone listens there. Raises OSError where another program has it.

    Two phones with one port for control both start, and the second takes the first one's commands. The port
    itself stays free for the phone: what is taken is an abstract socket named after it, which the kernel
    gives back when our program ends.
    """
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        claim.bind(f"\0hotline-phone-{port}")
    except OSError:
        claim.close()
        raise
    CLAIMS.append(claim)
    if len(CLAIMS) > CLAIMED:
        CLAIMS.popleft().close()


def modules_folder() -> Path:
    """Folder where the distribution keeps the modules: the program itself cannot be asked."""
    places = ("/usr/lib", "/usr/local/lib", *map(str, Path("/usr/lib").glob("*-linux-gnu")))
    for place in places:
        folder = Path(place, "baresip", "modules")
        if folder.joinpath("ctrl_tcp.so").exists() and shutil.which("baresip"):
            return folder
    raise PhoneFault(INSTALL)


def group_niceness(pid: int, niceness: int) -> None:
    """Give the whole session of a process its niceness.

    Where the kernel shares cores among sessions (autogroup), the niceness of a process counts within its own only.
    """
    with suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(niceness))


class Baresip:
    """A running baresip: ``tell`` it a command, be given each event as it comes."""

    def __init__(self, home: Path, address: str, *, sip_port: int = 0, hears: str = "", says: str) -> None:
        self.home = home.resolve()
        self.home.mkdir(parents=True, exist_ok=True)
        self.address, self._wanted_port, self._files = (
            address,
            sip_port,
            {"player": f"aufile,{hears}" if hears else NOWHERE, "says": says},
        )
        self._configure()
        self._tokens = 0
        self._answers: dict[str, Mapping[str, Any]] = {}
        self._turn = threading.Condition()

    def start(self, on_event: Callable[[Mapping[str, Any]], None], on_tick: Callable[[], None]) -> None:
        """Run the program and connect; ``on_event`` and ``on_tick`` are called from one reader thread."""
        for attempt in range(STARTS):
            self.process = STARTER.submit(self._spawn).result()
            try:
                self._socket = self._connect(monotonic() + 10)
                break
            except PhoneFault:
                if attempt + 1 == STARTS:
                    raise
                self._configure()  # another program may have taken a port meanwhile
        self._reader = threading.Thread(target=self._read, args=(on_event, on_tick), daemon=True)
        self._reader.start()

    def _configure(self) -> None:
        self.sip_port = self._wanted_port or free_port(self.address)
        self.control_port = free_port(self.address)
        words = {"home": self.home, "address": self.address, **self._files, "modules": modules_folder()}
        ports = {"sip_port": self.sip_port, "control_port": self.control_port}
        self.home.joinpath("config").write_text(CONFIG.format(**words, **ports))

    def _spawn(self) -> "subprocess.Popen[bytes]":
        command = ["setpriv", "--pdeathsig", "KILL", "baresip", "-4", "-f", str(self.home)]
        with self.home.joinpath("log").open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        group_niceness(process.pid, os.getpriority(os.PRIO_PROCESS, 0))
        return process

    def _connect(self, until: float) -> socket.socket:
        pause = threading.Event()
        while monotonic() < until and self.process.poll() is None:
            with suppress(OSError):
                line = socket.create_connection((self.address, self.control_port), timeout=5)
                line.settimeout(TICK)
                return line
            pause.wait(0.01)
        self.stop()
        raise PhoneFault(f"the softphone did not start: {self.log_tail()}")

    def log_tail(self, lines: int = 8) -> str:
        """The last lines the program wrote."""
        text = self.home.joinpath("log").read_text(errors="replace")
        return " | ".join(text.strip().splitlines()[-lines:])

    def tell(self, command: str, params: str = "", token: str = "") -> None:
        """Send a command without waiting for its answer (safe in the event handler)."""
        words = {"command": command, "params": params, "token": token}
        packet = json.dumps({key: word for key, word in words.items() if word}).encode()
        try:
            with self._turn:
                self._socket.sendall(b"%d:%s," % (len(packet), packet))
        except OSError as fault:
            raise PhoneFault(f"the softphone is gone ({fault}): {self.log_tail()}") from fault

    def ask(self, command: str, params: str = "") -> str:
        """Send a command and return its answer; a refused command raises. Not for the event handler."""
        with self._turn:
            self._tokens += 1
            token = str(self._tokens)
        self.tell(command, params, token)
        with self._turn:
            if not self._turn.wait_for(lambda: token in self._answers, timeout=ANSWERED):
                raise PhoneFault(f"the softphone did not answer {command!r}: {self.log_tail()}")
            answer = self._answers.pop(token)
        if not answer.get("ok"):
            raise PhoneFault(f"the softphone refused {command!r} {params!r}: {answer.get('data')}")
        return str(answer.get("data", ""))

    def _read(self, on_event: Callable[[Mapping[str, Any]], None], on_tick: Callable[[], None]) -> None:
        buffer = b""
        while True:
            with suppress(TimeoutError):
                try:
                    received = self._socket.recv(65536)
                except TimeoutError:
                    raise
                except OSError:
                    return
                if not received:
                    return
                buffer = self._take_messages(buffer + received, on_event)
            with suppress(PhoneFault):
                on_tick()

    def _take_messages(self, buffer: bytes, on_event: Callable[[Mapping[str, Any]], None]) -> bytes:
        """Hand on every whole netstring and return what is left over."""
        while b":" in buffer:
            size, rest = buffer.split(b":", 1)
            end = int(size)
            if len(rest) <= end:
                break
            message, buffer = json.loads(rest[:end].decode(errors="replace")), rest[end + 1 :]
            if message.get("response"):
                with self._turn:
                    self._answers[str(message.get("token"))] = message
                    self._turn.notify_all()
            else:
                with suppress(PhoneFault):
                    on_event(message)
        return buffer

    def stop(self) -> None:
        """End the program politely (it hangs up and unregisters), after two seconds by force."""
        if self.process.poll() is None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(2)
        self.kill()

    def kill(self) -> None:
        """Let the program vanish without a word to anybody, as a pulled plug does."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        with suppress(AttributeError, OSError):
            self._socket.close()
