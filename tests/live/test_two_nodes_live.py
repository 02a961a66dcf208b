"""Two whole nodes behind the edge and a machine with pages, over one database: one line, told in words,
agents for the callers of both, and one board.
"""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import pytest

from control.pbx import Pbx
from demo.hearing import recognise
from demo.phone import Answers, Softphone
from demo.trials import accounts
from hotline import clock
from hotline.db import transaction
from hotline.settings import Settings
from hotline.settings.addresses import MachineRole
from ivr import spoken
from ivr.numerals import Language
from ops.machine import users
from ops.run.sharing import share_secrets
from ops.wiring import House, workshop
from reporting.board import Floor
from tests.edges import CARRIER, DESK, PORT, edge
from tests.faults.citizens import Citizen, citizens
from tests.keys import put_keys
from tests.live.conftest import refuse_or_go_on
from tests.live.system import ALL_DAY, System, running
from tests.live.test_waiting_live import places
from tests.postgres import Postgres
from web.serving import board_picture

pytestmark = pytest.mark.live
TRUNK, PHONES = "127.0.0.70", "127.0.0.71"
NODES = {"ntpc1": "127.0.0.72", "ntpc2": "127.0.0.73"}
"""Addresses of this file alone: others run beside it."""
AGENTS = ("agent-1", "agent-2")
SLICE = 15
"""Seconds of music between two announcements: in them an agent becomes free."""
TALKS, TALKS_TOO, FIRST, SECOND, THIRD = (f"093400000{n}" for n in range(1, 6))


@dataclass
class Cluster:
    """Both nodes, the pages, and the agents' telephones, which are registered at the edge."""

    nodes: Sequence[System]
    pages: House
    phones: Mapping[str, Softphone]

    def floor(self) -> Floor:
        """The board, on the machine that has no Asterisk."""
        return board_picture(self.pages, clock.now())[0]

    def states(self) -> dict[str, str]:
        """How the agents' telephones stand on that board."""
        return {one.phone: one.state for one in self.floor().agents}


def of_node(folder: Path, name: str, database_url: str) -> dict[str, object]:
    """Settings of a node; the carrier may also come to it straight, so that a scene chooses the node."""
    others = [f"{one}={address}:{PORT}" for one, address in NODES.items() if one != name]
    return {
        "node": name,
        "database_url": database_url,
        "keys_file": folder / "keys" / "installation.keys",
        "sip_address": NODES[name],
        "sip_port": PORT,
        "trunk_match": [CARRIER, TRUNK],
        "trunk_contact": f"{TRUNK}:{PORT}",
        "edge_phones": f"{PHONES}:{PORT}",
        "other_nodes": others,
        "queue_slice": SLICE,
        **ALL_DAY,
    }


def share_keys(folder: Path) -> None:
    """The file of the keys as both nodes have it, which our processes' user may read."""
    ours, keys = users.User.named(users.OURS), put_keys(folder) / "keys"
    for path in (folder, keys):
        path.chmod(0o711)
    os.chown(keys / "installation.keys", ours.uid, ours.gid)


@contextmanager
def pages_of(folder: Path, nodes: Sequence[System]) -> Iterator[House]:
    """The house of a machine with pages alone; a manager on a loopback address tells nobody where it is."""
    one = nodes[0].settings
    settings = Settings(
        home=folder / "pages",
        node="pages1",
        database_url=one.database_url,
        keys_file=one.keys_file,
        roles=(MachineRole.CONSOLE,),
    )
    house = workshop(settings, "console")
    with transaction(house.factory) as session:
        share_secrets(session, settings)
    managers = {each.settings.node: (each.settings.ami_address, each.settings.ami_port) for each in nodes}
    vars(house)["pbx"] = Pbx(lambda: settings, lambda: managers)
    yield house
    house.engine.dispose()


@pytest.fixture(scope="module")
def cluster(postgres: Postgres) -> Iterator[Cluster]:
    """Everything, with two agents on duty."""
    refuse_or_go_on()
    users.create_users()
    folder = Path(mkdtemp(prefix="hotline-", dir="/tmp"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        database_url = stack.enter_context(postgres.database())
        share_keys(folder)
        stack.enter_context(edge(folder, TRUNK, PHONES, NODES.values()))
        nodes = [
            stack.enter_context(
                running(len(AGENTS) if name == "ntpc1" else 0, **of_node(folder, name, database_url))
            )
            for name in NODES
        ]
        pages = stack.enter_context(pages_of(folder, nodes))
        passwords = accounts(pages.factory)
        phones = {
            name: stack.enter_context(
                Softphone(
                    name,
                    home=folder / name,
                    address=DESK,
                    password=passwords[name],
                    registrar=f"{PHONES}:{PORT}",
                    behaves=Answers(0.2),
                )
            )
            for name in AGENTS
        }
        for phone in phones.values():
            phone.register()
        made = Cluster(nodes, pages, phones)
        nodes[0].until(
            lambda: set(made.states().values()) == {"free"}, 60, "the board shows both agents free"
        )
        yield made


def waits(node: System, number: str, caller: Citizen) -> None:
    """A citizen calls this node and wants a person."""
    caller.dial(node)
    node.in_menu(number)
    caller.press("0")


def waits_again(node: System, number: str) -> None:
    """A caller has just heard the place and hears music: who listens is not rung, others would go first."""
    asked_at = clock.now()

    def has_come_back() -> bool:
        events = node.events(node.open_rows(number)[0].id)
        return any(one.kind == "QueueEntered" and one.at > asked_at for one in events)

    node.until(has_come_back, 60, f"{number} is back in the queue")


def test_one_line_is_told_in_words_and_answered_and_shown_as_one(cluster: Cluster) -> None:
    """Two talk, one at each node; three wait, told how many are before them at both, and are answered in
    their order by whoever is free, registered wherever.
    """
    one, two = cluster.nodes
    with (
        citizens(one, [TALKS, FIRST, THIRD]) as (talks, first, third),
        citizens(two, [TALKS_TOO, SECOND]) as (talks_too, second),
    ):
        waits(one, TALKS, talks)
        one.until(lambda: len(cluster.floor().talking) == 1, 30, "an agent talks at the first node")
        waits(two, TALKS_TOO, talks_too)
        two.until(lambda: len(cluster.floor().talking) == 2, 30, "the other talks at the second")
        one.until(
            lambda: set(cluster.states().values()) == {"in a call"}, 20, "the board shows both in talks"
        )
        for place, (node, number, caller) in enumerate(
            ((one, FIRST, first), (two, SECOND, second), (one, THIRD, third)), 1
        ):
            waits(node, number, caller)
            node.until(lambda: places(node, number), 60, f"{number} is told a place")  # noqa: B023
            assert places(node, number)[-1] == place
            node.until(lambda: hears(cluster, caller, place), 20, f"{number} hears the place")  # noqa: B023
        shown = cluster.floor()
        assert [(row.id.partition("-")[0], row.place) for row in shown.waiting] == [
            ("ntpc1", 1),
            ("ntpc2", 2),
            ("ntpc1", 3),
        ]
        assert {row.id.partition("-")[0] for row in shown.talking} == set(NODES)
        by = one.open_rows(TALKS)[0].agent
        waits_again(one, FIRST)
        talks.hang_up()
        one.until(lambda: one.open_rows(FIRST)[0].agent == by, 40, "the first is answered")
        assert not two.open_rows(SECOND)[0].agent
        waits_again(two, SECOND)
        first.hang_up()
        two.until(
            lambda: two.open_rows(SECOND)[0].agent == by, 40, "the same agent answers the second node's"
        )
        assert not one.open_rows(THIRD)[0].agent


def hears(cluster: Cluster, caller: Citizen, place: int) -> bool:
    """Whether a caller has heard how many are before them."""
    prompts = cluster.nodes[0].prompts
    wanted = {f"zh-TW/{prompt.id}" for prompt in spoken.position(place, Language.MANDARIN)}
    heard = recognise(caller.sound(), prompts)
    return any(wanted & {one.name, *one.also} for one in heard)
