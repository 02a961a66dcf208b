"""The hotline on two machines behind an edge, over one PostgreSQL: every part of it may be broken."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from calls.store import CallEvent, CallRow
from demo.phone import Answers, Softphone
from demo.trials import accounts
from hotline import clock
from hotline.cluster.leases import LeaseRow
from hotline.cluster.nodes import ClusterNode
from hotline.db import looking
from hotline.journal.replay import recorded
from hotline.keys.ring import KeyRing
from ivr.steps import CallbackPromised
from ops.starting import AsteriskNotRunning
from ops.wiring import House, workshop
from tests.edges import DESK, PORT, RunningEdge, edge
from tests.faults.proxy import Proxy
from tests.live.conftest import lacks
from tests.live.system import System, is_ready, running
from tests.postgres import Postgres

TRUNK, PHONES = "127.0.0.12", "127.0.0.13"
NODES = {"ntpc1": "127.0.0.23", "ntpc2": "127.0.0.24"}
"""Others than those of the tests of the edge alone, which may run at the same time."""


@dataclass
class AtTheEdge(System):
    """System of all machines together: callers come by the edge, and rows are read past the proxies."""

    @property
    def sip(self) -> str:
        return f"{TRUNK}:{PORT}"

    @property
    def registrar(self) -> str:
        return f"{PHONES}:{PORT}"

    def menus(self, number: str) -> int:
        """Menus that this caller has heard in the call that is up."""
        return self.heard(number).count("MenuHeard")

    def heard(self, number: str) -> list[str]:
        """Kinds of the events of this caller's call that is up."""
        return [event.kind for row in self.open_rows(number) for event in self.events(row.id)]

    def up(self, number: str) -> CallRow:
        """This caller's call that is up, once it is known."""
        found: list[CallRow] = self.until(lambda: self.open_rows(number), 15, f"{number} is up")
        return found[-1]

    def facts(self, number: str, kind: str) -> list[CallEvent]:
        """Events of a kind in the call that is up."""
        found = (self.events(row.id) for row in self.open_rows(number))
        return [event for events in found for event in events if event.kind == kind]


@dataclass
class Machine:
    """One of the machines, and the way from it to the database."""

    system: System
    proxy: Proxy

    @property
    def name(self) -> str:
        return self.system.settings.node

    def has_promised(self, call: CallRow, keys: KeyRing) -> bool:
        """Whether its journal has a promise to the caller of this call."""
        since, word = call.started_at or clock.now(), CallbackPromised.__name__.encode()
        found = recorded(self.system.settings.journal, since, word, keys)
        return any(one.key.startswith(f"turn:{call.id}:") for one in found)

    def kill(self, *parts: str) -> None:
        """kill -9 of these processes; each is started again."""
        for one in parts:
            os.kill(self.system.supervisor.pid(one), signal.SIGKILL)

    @contextmanager
    def hanging(self, part: str) -> Iterator[None]:
        """One process is there, and does nothing."""
        pid = self.system.supervisor.pid(part)
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def dies(self) -> None:
        """As a machine that loses its power."""
        self.system.supervisor.kill_now()
        self.system.supervisor.stop()

    def comes_back(self) -> None:
        """All that its start does, until it says that it is ready."""
        self.system.starts_again()
        self.system.until(lambda: is_ready(self.system), 60, f"{self.name} is ready")


@dataclass
class Cluster:
    """The machines, and what a test asks of all of them."""

    machines: Sequence[Machine]
    rows: AtTheEdge
    edge: RunningEdge

    @property
    def holder(self) -> str:
        """The machine that does what is done once."""
        with looking(self.rows.house.factory) as session:
            return "".join(row.holder for row in session.query(LeaseRow))

    def machine(self, name: str) -> Machine:
        """The machine of that name."""
        return next(one for one in self.machines if one.name == name)

    def pair(self) -> tuple[Machine, Machine]:
        """The machine that holds the lease, which a test breaks, and the other; calls come to both."""
        self.await_calls()
        holder = self.rows.until(lambda: self.holder, 20, "somebody holds the lease")
        here, there = sorted(self.machines, key=lambda one: one.name != holder)
        return here, there

    def await_calls(self) -> None:
        """Wait until the edge, which asks every two seconds, knows that all machines are ready."""
        for name, address in NODES.items():
            self.rows.until(lambda address=address: self.edge.calls(address), 20, f"calls come to {name}")

    def silence(self, machine: Machine) -> float:
        """Seconds since its latest sign of life."""
        with looking(self.rows.house.factory) as session:
            return (clock.now() - session.get_one(ClusterNode, machine.name).seen_at).total_seconds()


@contextmanager
def cluster(postgres: Postgres) -> Iterator[Cluster]:
    """Both machines are ready behind the edge; each takes calls and may do what is done once."""
    folder = Path(mkdtemp(prefix="hotline-", dir="/tmp"))
    folder.chmod(0o711)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        direct = stack.enter_context(postgres.database())
        before = stack.enter_context(edge(folder, TRUNK, PHONES, NODES.values()))
        machines = list[Machine]()
        for name in NODES:
            keys = machines[0].system.settings.installation_keys.parent if machines else None
            machines.append(stack.enter_context(machine(name, postgres, direct, keys)))
        first = machines[0].system
        house = past_the_proxy(first, direct)
        stack.callback(house.engine.dispose)
        yield Cluster(machines, AtTheEdge(first.home, house, first.supervisor, first.scratch), before)


@contextmanager
def machine(name: str, postgres: Postgres, direct: str, keys: Path | None) -> Iterator[Machine]:
    """One machine; ``keys``: the folder of the first one's, which it gets a copy of."""
    proxy = Proxy(postgres.port)
    others = [f"{one}={address}:{PORT}" for one, address in NODES.items() if one != name]

    @contextmanager
    def given(home: Path) -> Iterator[None]:
        if keys:
            shutil.copytree(keys, home / "keys", dirs_exist_ok=True)
        yield

    try:
        with running(
            over=given,
            node=name,
            roles=["node", "jobs"],
            database_url=direct.replace(f":{postgres.port}/", f":{proxy.port}/"),
            sip_address=NODES[name],
            sip_port=PORT,
            trunk_match=[TRUNK],
            trunk_contact=f"{TRUNK}:{PORT}",
            edge_phones=f"{PHONES}:{PORT}",
            other_nodes=others,
        ) as system:
            yield Machine(system, proxy)
    finally:
        proxy.close()


def past_the_proxy(system: System, direct: str) -> House:
    """The house as tests use it, whatever is done to the machines' ways to the database."""
    return workshop(system.settings.model_copy(update={"database_url": direct}), "tests")


@contextmanager
def agent(cluster: Cluster, phone: str = "agent-1") -> Iterator[Softphone]:
    """An agent's telephone that both machines can ring."""
    rows = cluster.rows
    with Softphone(
        phone,
        home=rows.scratch / phone,
        address=DESK,
        password=accounts(rows.house.factory)[phone],
        registrar=rows.registrar,
        behaves=Answers(0.2),
    ) as one:
        one.register(15)
        for at in cluster.machines:
            rows.until(lambda at=at: is_free(at, phone), 20, f"{at.name} can ring {phone}")
        yield one
    for at in cluster.machines:
        rows.until(lambda at=at: not is_free(at, phone), 40, f"{at.name} knows that {phone} is gone")


def is_free(at: Machine, phone: str) -> bool:
    """Whether a machine's queue may ring this telephone."""
    told = list[str]()
    with suppress(AsteriskNotRunning):
        told = at.system.home.rx("queue show agents-zh-TW").splitlines()
    return any(phone in line and "Not in use" in line and "paused" not in line for line in told)


@contextmanager
def apart(one: Sequence[str], other: str) -> Iterator[None]:
    """Drop all packets between some addresses and another, without an answer."""
    if os.geteuid() != 0 or not shutil.which("iptables"):
        lacks("a network that is split needs root and iptables")
    rules = [("-s", a, "-d", b, "-j", "DROP") for way in one for a, b in ((way, other), (other, way))]
    for rule in rules:
        subprocess.run(("iptables", "-I", "INPUT", *rule), check=True)
    try:
        yield
    finally:
        for rule in rules:
            subprocess.run(("iptables", "-D", "INPUT", *rule), check=True)
