"""Load through the edge, all roles on this machine: calls by SIPp for twenty minutes,
one in ten to an agent; then more and more, until the nodes are full.

EDGE_LOAD_MINUTES: how long the steady load lasts. With -s it tells every half minute how far it is.
"""

import csv
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import mkdtemp
from typing import Final

import pytest
from sqlalchemy import func, select

from calls.store import CallRow
from demo.phone import Answers, Softphone
from hotline import clock
from hotline.db import looking
from ops.machine import users
from tests.calls_at_once import ahead
from tests.edges import CARRIER, DESK, PORT, edge
from tests.keys import put_keys
from tests.live.conftest import refuse_or_go_on
from tests.live.system import ALL_DAY, System, accounts, declare, running
from tests.postgres import Postgres
from tools.bench.processes import Child, told_by
from tools.bench.sipp import SippCallers

pytestmark = [pytest.mark.live, pytest.mark.thorough]
TRUNK, PHONES = "127.0.0.33", "127.0.0.34"
NODES: Final = {"ntpc1": "127.0.0.35", "ntpc2": "127.0.0.36"}
AT_ONCE = 1000
SECONDS: Final = 60 * float(os.environ.get("EDGE_LOAD_MINUTES", "20"))
RATE, TO_AGENTS = 4.5, 0.5
"""Calls a second for the menus and for an agent."""
STAY, TALK = 3.0, 25.0
"""Seconds from the last key, twelve after the answer, to the hang-up: the notice alone takes seven,
and on a busy machine some wait ten for an agent.
"""
ASKS, WANTS_AGENT = "2", "0"
"""Keys of the second menu."""
AGENTS: Final = 14
NODE_CALLS: Final = 100
ROUND: Final = 25.0
"""Seconds of probes between two lines that tell how far it is."""
LATER: Final = 2.0
"""Milliseconds."""
PROBED: Final = 2.0
"""Probes a second, of which every second one goes past the edge."""
NUMBERS = count(910000000)


def tell(line: str) -> None:
    """A line of progress: whoever waits twenty minutes sees it."""
    at = f"{clock.now().astimezone(clock.TAIPEI):%H:%M:%S}"
    sys.stdout.write(f"\n{at} load {os.getloadavg()[0]:.1f}: {line}")
    sys.stdout.flush()


@dataclass(frozen=True)
class Callers:
    """So many calls of a SIPp that runs or has run."""

    child: Child
    calls: int

    def so_far(self) -> str:
        """How many were made and are up, and what went wrong."""
        noted = self._noted()
        made, up = noted.get("TotalCallCreated", "0"), noted.get("CurrentCall", "0")
        return f"{made} of {self.calls} made, {up} up{self.wrong()}"

    def failed(self) -> str:
        """Tell why not every call went as it should; empty when each did."""
        succeeded = int(self._noted().get("SuccessfulCall(C)", "0"))
        if succeeded == self.calls:
            return ""
        errors = self.child.log.with_suffix(".errors")
        last = errors.read_text("utf-8", "replace")[-3000:] if errors.exists() else self.child.last_words()
        return f"{succeeded} of {self.calls} calls went well{self.wrong()}\n{last}"

    def wrong(self) -> str:
        """Count SIPp's failures by their kind."""
        kinds = {key: n for key, n in self._noted().items() if key.startswith("Failed") and "(C)" in key}
        return "".join(f", {key.removesuffix('(C)')} {n}" for key, n in kinds.items() if n.strip("0"))

    def _noted(self) -> dict[str, str]:
        """SIPp's statistics: its last line counts all."""
        notes = self.child.log.with_suffix(".csv")
        text = notes.read_text("utf-8") if notes.exists() else ""
        rows = list(csv.DictReader(text[: text.rfind("\n") + 1].splitlines(), delimiter=";"))
        return rows[-1] if rows else {}


@dataclass(frozen=True)
class Load:
    """Both nodes, and callers from the carrier by the edge."""

    nodes: tuple[System, System]
    scratch: Path

    @contextmanager
    def calls(self, key: str, stay: float, rate: float, calls: int, *more: str) -> Iterator[Callers]:
        """So many citizens, each of a number of its own, press this key and stay; all are over at the end."""
        name = f"callers-{next(NUMBERS)}"
        numbers = self.scratch / f"{name}.numbers"
        numbers.write_text("SEQUENTIAL\n" + "".join(f"0{next(NUMBERS)};\n" for _ in range(calls)))
        # SIPp sends sound of its own with rtp_stream, and may die of that at its end (its issue 699).
        keys = ("-key", "first", "1", "-key", "second", key, "-rtp_echo")
        callers = SippCallers(f"{TRUNK}:{PORT}", CARRIER, "1999", self.scratch)
        with callers.staying("citizen", rate, calls, stay, *keys, "-inf", str(numbers), *more) as child:
            ahead(child.pid)
            yield Callers(child, calls)

    def probed(self, seconds: float, *more: str) -> dict[str, float]:
        """First prompts of calls that end with it, by the edge."""
        return told_by(
            "tools.bench.probe",
            *("--to", f"{TRUNK}:{PORT}", "--local", CARRIER, "--number", "1999", "--callers", "97"),
            *("--rate", str(PROBED), "--seconds", str(seconds), *more),
            patience=seconds + 60,
        )

    def closed(self) -> Counter[str]:
        """Calls that are over, by outcome."""
        asked = select(CallRow.outcome, func.count()).where(CallRow.ended_at.is_not(None))
        with looking(self.nodes[0].house.factory) as session:
            return Counter({str(out): n for out, n in session.execute(asked.group_by(CallRow.outcome))})


@pytest.fixture(scope="module")
def load(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Load]:
    """One node has every role, the other its calls; both are behind the edge, as are the telephones."""
    refuse_or_go_on()
    users.create_users()
    scratch = tmp_path_factory.mktemp("load")
    with ExitStack() as stack:
        shared = Path(mkdtemp(prefix="hotline-", dir="/tmp"))
        stack.callback(shutil.rmtree, shared, ignore_errors=True)
        common = {"keys_file": keys_of_both(shared), "database_url": stack.enter_context(postgres.database())}
        one = stack.enter_context(node("ntpc1", agents=AGENTS, **common))
        two = stack.enter_context(node("ntpc2", roles=["node"], **common))
        stack.enter_context(edge(scratch, TRUNK, PHONES, NODES.values()))
        declare(one, "open")
        yield Load((one, two), scratch)


def keys_of_both(folder: Path) -> Path:
    """The file of the keys, which our processes' user may read and nobody else."""
    ours = users.User.named(users.OURS)
    file = put_keys(folder) / "keys" / "installation.keys"
    for above in (folder, file.parent):
        above.chmod(0o711)
    os.chown(file, ours.uid, ours.gid)
    return file


@contextmanager
def node(name: str, agents: int = 0, **more: object) -> Iterator[System]:
    """A node of that name, at its address."""
    others = [f"{other}={address}:{PORT}" for other, address in NODES.items() if other != name]
    with running(
        agents=agents,
        node=name,
        sip_address=NODES[name],
        sip_port=PORT,
        trunk_match=[TRUNK, CARRIER],
        trunk_contact=f"{TRUNK}:{PORT}",
        edge_phones=f"{PHONES}:{PORT}",
        other_nodes=others,
        node_calls=NODE_CALLS,
        rtp_from=30000 + 2000 * list(NODES).index(name),
        rtp_to=31999 + 2000 * list(NODES).index(name),
        **ALL_DAY,
        **more,
    ) as system:
        yield system


@contextmanager
def on_duty(load: Load) -> Iterator[None]:
    """Agents' telephones at the edge, which answer; callers hang up."""
    known = accounts(load.nodes[0].house.factory)
    with ExitStack() as stack:
        for user in (f"agent-{n}" for n in range(1, AGENTS + 1)):
            phone = Softphone(
                user,
                home=load.scratch / user,
                address=DESK,
                password=known[user],
                registrar=f"{PHONES}:{PORT}",
                behaves=Answers(0.3),
                deaf=True,
            )
            stack.enter_context(phone).register()
        for system in load.nodes:
            system.until(lambda one=system: len(behind(one)) == AGENTS, 30, "both nodes reach them")
        yield


def behind(system: System) -> list[str]:
    """Telephones that this node reaches by the edge."""
    return [line for line in system.reachable() if line.endswith("-edge")]


def test_five_calls_a_second_for_twenty_minutes(load: Load) -> None:
    """No call fails, one in ten talks to an agent; the first prompt is hardly later than without the edge."""
    menus, talks = round(RATE * SECONDS), round(TO_AGENTS * SECONDS)
    found = list[dict[str, float]]()
    beside = ("--beside", f"{NODES['ntpc1']}:{PORT}")
    with (
        on_duty(load),
        load.calls(ASKS, STAY, RATE, menus) as first,
        load.calls(WANTS_AGENT, TALK, TO_AGENTS, talks) as second,
    ):
        ends = clock.monotonic() + SECONDS - ROUND
        while clock.monotonic() < ends:
            found.append(one := load.probed(ROUND, *beside))
            tell(f"menus {first.so_far()}; agents {second.so_far()}; probes {one}")
    probes = sum(int(one["calls"]) for one in found)
    heard = sum(int(one["heard"]) for one in found)
    later = median(one["p50_ms"] - one["beside_p50_ms"] for one in found)
    tell(f"{probes} probes, {heard} heard; by the edge the first prompt is {later:.1f} ms later (p50)")
    assert not first.failed() and not second.failed(), f"{first.failed()}\n{second.failed()}"
    assert heard == probes
    load.nodes[0].until(
        lambda: load.closed().total() >= menus + talks + probes, 60, "all are on record, and over"
    )
    tell(f"on record: {dict(load.closed())}")
    assert load.closed()["talked"] == talks
    # A 503 of the edge is a well-formed end for SIPp; here nobody may get one.
    assert (load.closed().total(), load.closed()["refused"]) == (menus + talks + probes, 0)
    assert later <= LATER


def test_a_ramp_breaks_with_grace(load: Load) -> None:
    """Up to four times what both nodes take: who is not served is told 503, nobody meets silence;
    afterwards all is as before.
    """
    more = ("-rate_increase", "2", "-rate_interval", "5", "-rate_max", "40", "-no_rate_quit")
    with load.calls(ASKS, STAY, 5.0, 1000, *more) as ramp:
        told = list[dict[str, float]]()
        for _ in range(6):
            told.append(load.probed(10.0))
            tell(f"ramp {ramp.so_far()}; probes {told[-1]}")
    assert not ramp.failed(), ramp.failed()
    assert sum(one["refused"] for one in told) > 0
    assert all(one["heard"] + one["refused"] == one["calls"] for one in told)
    for system in load.nodes:
        system.until(lambda one=system: one.channels() == 0, 30, "every call is over")
    after = load.probed(10.0)
    assert after["heard"] == after["calls"] > 0
