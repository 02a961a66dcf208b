"""Networks of a test's own: a middle with the servers, homes with a browser each, and what lies between."""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.baresip import STARTER
from tests.browser.conftest import chromium
from tests.live.conftest import lacks

NEW_NETWORK = 0x40000000
MIDDLE = "10.19.0.1"
"""The address of the servers, which every home reaches."""
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Network:
    """A network namespace, which a program of ours holds open."""

    pid: int

    @property
    def file(self) -> Path:
        """By which it is entered."""
        return Path(f"/proc/{self.pid}/ns/net")

    @property
    def enter(self) -> tuple[str, ...]:
        """Command before that of a program that is to run in it."""
        return "nsenter", f"--net={self.file}"

    def does(self, command: str) -> str:
        """A command of ``ip`` in it, and what it tells."""
        run = subprocess.run(
            (*self.enter, "ip", *command.split()), capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, f"ip {command}: {run.stderr}"
        return run.stdout

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Move this thread, and the one that starts telephones, into the namespace until the end."""
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            self._enter_all(self.file)
            yield
        finally:
            self._enter_all(Path(f"/proc/self/fd/{before}"))
            os.close(before)

    @staticmethod
    def _enter_all(file: Path) -> None:
        _enter(file)
        STARTER.submit(_enter, file).result()


def _enter(file: Path) -> None:
    wanted = os.open(file, os.O_RDONLY)
    try:
        assert _libc.setns(wanted, NEW_NETWORK) == 0, os.strerror(ctypes.get_errno())
    finally:
        os.close(wanted)


@dataclass(frozen=True)
class Home:
    """Where a browser is, behind a line to the middle of which much may be amiss."""

    middle: Network
    network: Network
    number: int

    @property
    def line(self) -> str:
        """The middle's end of its line."""
        return f"home{self.number}"

    def program(self, folder: Path) -> str:
        """A program that starts Chromium there."""
        file = folder / f"chromium-{self.number}"
        file.write_text(f'#!/bin/sh\nexec nsenter --net={self.network.file} {chromium()} "$@"\n')
        file.chmod(0o755)
        return str(file)

    def loses(self, *what: str) -> None:
        """From now on a firewall drops these of its packets without a word: ``ipproto udp``."""
        for one in what:
            self.middle.does(f"rule add pref 10 iif {self.line} {one} blackhole")

    @contextmanager
    def unplugged(self) -> Iterator[None]:
        """The cable is out: everything there sees that no network is left."""
        self.middle.does(f"link set {self.line} down")
        yield
        self.middle.does(f"link set {self.line} up")

    @contextmanager
    def unheard(self) -> Iterator[None]:
        """Nothing comes through any more, in neither direction, and nothing says so."""
        ways = f"iif {self.line}", f"to 10.19.{self.number}.0/24"
        for way in ways:
            self.middle.does(f"rule add pref 5 {way} blackhole")
        yield
        for way in ways:
            self.middle.does(f"rule del pref 5 {way} blackhole")


@contextmanager
def homes(how_many: int) -> Iterator[tuple[Network, Sequence[Home]]]:
    """A middle, and so many homes that reach it, and each other through it."""
    with ExitStack() as stack:
        middle = stack.enter_context(network("echo 1 > /proc/sys/net/ipv4/ip_forward"))
        middle.does(f"addr add {MIDDLE}/32 dev lo")
        # Rules of ours are asked ahead of whether an address is the middle's own.
        middle.does("rule add pref 100 lookup local")
        middle.does("rule del pref 0")
        found = [Home(middle, stack.enter_context(network()), number) for number in range(1, how_many + 1)]
        for one in found:
            _join(one)
        yield middle, found


def _join(home: Home) -> None:
    net = f"10.19.{home.number}"
    home.middle.does(f"link add {home.line} type veth peer name eth0 netns {home.network.pid}")
    home.middle.does(f"addr add {net}.1/24 dev {home.line}")
    home.middle.does(f"link set {home.line} up")
    home.network.does(f"addr add {net}.2/24 dev eth0")
    home.network.does("link set eth0 up")
    home.network.does(f"route add default via {net}.1")


@contextmanager
def network(*more: str) -> Iterator[Network]:
    """A network namespace that these commands prepare; gone when its holder is, and that ends with us."""
    _demand()
    script = "\n".join(("ip link set lo up", *more, "echo", "exec cat"))
    holder = subprocess.Popen(
        ("unshare", "--net", "sh", "-ec", script), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdin and holder.stdout
    try:
        assert holder.stdout.readline(), "no network of its own"
        yield Network(holder.pid)
    finally:
        holder.stdin.close()
        holder.wait()
        holder.stdout.close()


def _demand() -> None:
    """Skip with what is missing, or fail under CI."""
    if os.geteuid() != 0:
        lacks("networks of one's own need root")
    if not all(map(shutil.which, ("ip", "nsenter", "unshare"))):
        lacks("install: apt-get install iproute2 util-linux")
