"""The edge, Kamailio with the shipped configuration, and two Asterisks behind it without a server of ours."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

import pytest

from control.ami import AMI, ActionRefused, ManagerAccount
from control.presence import asterisk_state
from demo.baresip import STARTER
from hotline import clock
from hotline.settings import Settings
from hotline.settings.kinds import CHECKOUT
from hotline.staff.store import Agent
from ops.machine.users import create_users
from ops.pbx.asterisk import find_or_install
from ops.pbx.configuration import write
from ops.pbx.home import AsteriskHome
from ops.pbx.prompts import put_prompts
from ops.run.processes import Spec, Supervisor
from tests.calls_at_once import ahead
from tests.house.configured import AGENTS
from tests.ports import free_port

TRUNK, PHONES = "127.0.0.10", "127.0.0.11"
"""The edge's address for the carrier, and for telephones."""
CARRIER, STRANGER, DESK = "127.0.0.2", "127.0.0.9", "127.0.0.3"
NODES = {"ntpc1": "127.0.0.21", "ntpc2": "127.0.0.22"}
BEHIND = tuple(NODES.values())
PORT, TLS_PORT = 5060, 5061
HELD = 3
"""Seconds for which a telephone that was rung is held."""


@dataclass
class BareNode:
    """One node: an Asterisk of ours whose decisions nobody makes."""

    home: AsteriskHome
    supervisor: Supervisor

    @property
    def name(self) -> str:
        return self.home.settings.node

    def kill(self) -> None:
        """As a machine that loses its power."""
        self.supervisor.kill_now()
        self.supervisor.halt("asterisk")

    def rings(self, phone: str, within: float = 15.0, holds: int = HELD) -> bool:
        """Ring a telephone, and hold it for a while once it is answered; whether it was."""
        with AMI.of(self.home.settings, ManagerAccount.CALLBACKS, patience=within + 5) as ami:
            try:
                ami.ask(
                    "Originate",
                    Channel=f"PJSIP/{phone}",
                    Application="Wait",
                    Data=holds,
                    Timeout=int(within * 1000),
                )
            except ActionRefused:
                return False
        return True

    def members(self) -> str:
        """The agents' queue as its Asterisk tells it."""
        return self.home.rx("queue show agents-zh-TW")


def settings_of(folder: Path, name: str, nodes: Mapping[str, str], **more: object) -> Settings:
    """Settings of one of these nodes behind the edge."""
    ami = free_port()
    number = list(nodes).index(name)
    others = tuple(f"{one}={address}:{PORT}" for one, address in nodes.items() if one != name)
    values = {
        "home": folder,
        "node": name,
        "sip_address": nodes[name],
        "sip_port": PORT,
        "ami_port": ami,
        "rtp_from": 26000 + 200 * number,
        "rtp_to": 26199 + 200 * number,
        "trunk_match": (TRUNK,),
        "trunk_contact": f"{TRUNK}:{PORT}",
        "edge_phones": f"{PHONES}:{PORT}",
        "other_nodes": others,
    }
    return Settings.model_validate(values | more)


@contextmanager
def node(
    folder: Path,
    name: str,
    agents: Sequence[Agent] = AGENTS,
    nodes: Mapping[str, str] = NODES,
    **more: object,
) -> Iterator[BareNode]:
    """A node that runs, with these agents; tests that run at one time have nodes of their own."""
    chosen = settings_of(folder / name, name, nodes, **more)
    home = AsteriskHome.of(chosen, find_or_install(chosen.cache))
    write(home, agents)
    put_prompts(chosen.prompts, home.root / "sounds")
    spec = Spec("asterisk", home.command("TERM"), before=lambda: home.mark_start())
    supervisor = Supervisor([spec], folder / f"log-{name}", lambda _line: None).start()
    try:
        by = clock.monotonic() + 60
        while clock.monotonic() < by and asterisk_state(chosen):
            pass
        home.rx("core waitfullybooted", patience=60)
        yield BareNode(home, supervisor)
    finally:
        supervisor.stop()


def program() -> str:
    """Path of Kamailio; empty where it is not installed."""
    return os.environ.get("KAMAILIO") or shutil.which("kamailio", path="/usr/sbin:/usr/local/sbin") or ""


@dataclass
class RunningEdge:
    """Kamailio as it is shipped."""

    command: Sequence[str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            command = ("setpriv", "--pdeathsig", "TERM", *self.command)  # with this test, however it ends
            began = partial(subprocess.Popen, command, stdout=log, stderr=log, start_new_session=True)
            self.process = STARTER.submit(began).result()
        ahead(self.process.pid)

    def tells(self, *question: str) -> str:
        """Its answer to a question of its command line."""
        asked = ("kamcmd", "-s", f"unixs:{self.log.parent}/kamailio_ctl", *question)
        return subprocess.run(asked, capture_output=True, check=False, text=True).stdout

    def calls(self, address: str) -> bool:
        """Whether a node at this address gets calls: it has answered since it was away."""
        return bool(re.search(rf"URI: sip:{re.escape(address)}:.*\s+FLAGS: A", self.tells("dispatcher.list")))

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it with its children; by SIGKILL as a machine that loses its power."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, number)
            self.process.wait(20)


@contextmanager
def edge(
    folder: Path,
    trunk: str = TRUNK,
    phones: str = PHONES,
    nodes: Iterable[str] = BEHIND,
    carriers: Iterable[str] = (CARRIER,),
    tls: Mapping[str, Path] | None = None,
) -> Iterator[RunningEdge]:
    """The edge as it is shipped, on loopback addresses; tests that run at one time have their own.

    With the files of ``tls`` (certificate, key, authority) it speaks TLS with all.
    """
    if not (found := program()):
        pytest.skip("Kamailio is not installed")
    way = f"{TLS_PORT};transport=tls" if tls else str(PORT)
    lines = [f"1 sip:{address}:{way}\n" for address in nodes] + [
        f"2 sip:{address}:{way}\n" for address in carriers
    ]
    (folder / "dispatcher.list").write_text("".join(lines))
    values = {"TRUNK": trunk, "PHONES": phones, "LIST": f'"{folder}/dispatcher.list"'}
    if tls:
        shipped = (CHECKOUT / "docker" / "cluster" / "edge-tls.cfg").read_text()
        for name, file in tls.items():
            shipped = shipped.replace(f"/run/edge/{name}.pem", str(file))
        (folder / "tls.cfg").write_text(shipped)
        values["TLS_CONFIG"] = f'"{folder}/tls.cfg"'
    if modules := os.environ.get("KAMAILIO_MODULES"):
        values["MODULES"] = f'"{modules}"'
    given = [word for name, value in values.items() for word in ("-A", f"{name}={value}")]
    command = (found, "-DD", "-E", "-f", str(CHECKOUT / "docker" / "kamailio.cfg"), *given)
    one = RunningEdge((*command, "-Y", str(folder), "-w", str(folder)), folder / "edge.log")
    one.start()
    try:
        yield one
    finally:
        one.stop()


@contextmanager
def behind_the_edge() -> Iterator[dict[str, BareNode]]:
    """The edge with two nodes behind it, by their names."""
    create_users()
    folder = Path(mkdtemp(prefix="hotline-", dir="/tmp"))
    folder.chmod(0o711)
    try:
        with edge(folder), ExitStack() as stack:
            yield {name: stack.enter_context(node(folder, name)) for name in NODES}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
