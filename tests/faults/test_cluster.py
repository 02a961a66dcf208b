"""A whole cluster in containers, as it is shipped: calls by the edge into every node, and the leader of its
database killed under them, or halted. Nothing is lost or there twice, also when the old leader comes back.
"""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from subprocess import CalledProcessError

import pytest

from demo.story import Story
from hotline import clock
from tests.containers import DATABASES, NODES, PROMISED, TO_AN_AGENT, Containers, running, until

pytestmark = [pytest.mark.live, pytest.mark.thorough]
AT_ONCE = 3
TRIED = [f"09701234{number:02}" for number in range(12)]
EACH = 2
"""Callers whose calls the edge brings to each node."""
LOSSES = {"kill": "start", "pause": "unpause"}
"""How the leader goes, and how it comes back. One that is paused hangs: its kernel takes connections."""
MEANWHILE = {
    how: [f"098{place}1234{number:02}" for number in range(2 * AT_ONCE)] for place, how in enumerate(LOSSES)
}
AFTERWARDS = {how: [f"098{place}123499"] for place, how in enumerate(LOSSES)}
WITHOUT_ETCD, WITHOUT_OTHERS = "0912345679", "0912345680"
LEASE = 20.0
"""``ttl`` of docker/cluster/patroni.yaml: seconds after which who leads must have asked etcd again."""
OTHERS = ("proxy", "storage", "figures", "alerts")
"""Parts that no call needs."""
LEADS_WITHIN = 30.0
HEARD = "zh-TW/V-10."
"""A promise: its time, or while the rows are away that of office hours."""
PROMISES = "SELECT call_id FROM callback ORDER BY call_id"
ANSWERED = "SELECT id FROM call WHERE agent_at IS NOT NULL"
GREETED = "SELECT call_id FROM call_event WHERE kind = 'Answered'"
"""Callers who hear the greeting then, and ask for a callback ten seconds later."""
SEALED = "SELECT call_id || ' ' || direction FROM recording WHERE storage = 's3' AND call_id LIKE '{}-%'"
LOUDEST = """
import sys
from hotline.settings import load_settings
from ops.wiring import workshop
from recordings.archive import Archive

house = workshop(load_settings(), "tests")
sound = Archive(house.factory, house.keys, house.folders, house.storages).open(*sys.argv[1:])
print(max(sound.read(0, sound.frames).tolist()))
"""
"""Prints the largest sample of a recording."""


@dataclass(frozen=True)
class Played:
    """A lost leader's outcome: what callers heard, seconds without a leader, promises given meanwhile,
    how many there were before, and those that each server has.
    """

    told: dict[str, Story]
    seconds: float
    meanwhile: int
    before: int
    promises: dict[str, list[str]]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Containers]:
    folder: Path = tmp_path_factory.mktemp("cluster")
    with running(folder) as one:
        yield one


@pytest.fixture(scope="module")
def callers(cluster: Containers) -> list[str]:
    """Some of each node, once the edge takes calls to all of them."""
    found: dict[str, list[str]] = {}

    def are_found() -> bool:
        found.update(cluster.callers(TRIED))
        return all(len(numbers) >= EACH for numbers in found.values())

    until(are_found, 180, "the edge takes calls to every node")
    return [number for numbers in found.values() for number in numbers[:EACH]]


def calls(cluster: Containers, numbers: list[str], keys: str = PROMISED) -> dict[str, Story]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        stories = pool.map(lambda number: cluster.call(number, keys), numbers)
        return dict(zip(numbers, stories, strict=True))


def promised(story: Story) -> bool:
    """Whether a caller was told of a callback."""
    return any(one.startswith(HEARD) for one in story.heard)


@pytest.fixture(scope="module")
def whole(cluster: Containers, callers: list[str]) -> set[str]:
    """The nodes that promised a callback while nothing was lost."""
    told = calls(cluster, callers)
    assert [one.as_text() for one in told.values() if not promised(one)] == []
    leader = cluster.leader()
    until(lambda: len(cluster.rows(PROMISES, leader)) == len(told), 30, "promises are rows")
    return {row.partition("-")[0] for row in cluster.rows(PROMISES, leader)}


@pytest.fixture(scope="module", params=LOSSES)
def played(request: pytest.FixtureRequest, cluster: Containers, whole: set[str]) -> Played:
    """The leader lost shortly before callers are promised a callback, it is back, a call."""
    leader = cluster.leader()
    (other,) = set(DATABASES) - {leader}
    before = len(cluster.rows(PROMISES, leader))
    with ThreadPoolExecutor(1) as pool:
        greeted = len(cluster.rows(GREETED, leader)) + AT_ONCE
        coming = pool.submit(calls, cluster, MEANWHILE[request.param])
        until(lambda: len(cluster.rows(GREETED, leader)) >= greeted, 60, "callers are answered")
        lost = clock.now()
        cluster.compose(request.param, leader)
        until(lambda: cluster.leads(other), 90, "the standby leads")
        led = clock.now()
        told = coming.result()
    everybody = before + len(told)
    until(lambda: len(cluster.rows(PROMISES, other)) == everybody, 60, "journals are rows")
    meanwhile = len(cluster.rows(promises_between(lost, led), other))
    cluster.compose(LOSSES[request.param], leader)
    until(lambda: cluster.rows(PROMISES, other) == standing(cluster, leader), 90, "the old leader follows")
    told |= calls(cluster, AFTERWARDS[request.param])
    everybody = before + len(told)
    until(lambda: len(standing(cluster, leader)) == everybody, 30, "the old leader has what is new")
    promises = {server: cluster.rows(PROMISES, server) for server in DATABASES}
    return Played(told, (led - lost).total_seconds(), meanwhile, before, promises)


def promises_between(begin: datetime, end: datetime) -> str:
    """Asks for the promises of a time."""
    time = f"extract(epoch FROM registered_at) BETWEEN {begin.timestamp()} AND {end.timestamp()}"
    return f"SELECT call_id FROM callback WHERE {time}"


def standing(cluster: Containers, server: str) -> list[str]:
    """The promises of a server that may be away, or still be its own old self."""
    try:
        if cluster.leads(server):
            return []
        return cluster.rows(PROMISES, server)
    except CalledProcessError:
        return []


def test_the_pages_come_by_tls(cluster: Containers) -> None:
    """Under the installation's own certificate, also when one of the two machines with pages is gone, which
    comes to whoever has the alerts.
    """
    assert cluster.page("/sign-in")[0] == 200
    cluster.compose("kill", "pages1")
    assert [cluster.page("/sign-in")[0] for _ in range(3)] == [200] * 3
    until(lambda: ("MachineDown", "pages1") in cluster.alerts(), 150, "Alertmanager has it")
    cluster.compose("start", "pages1")
    until(lambda: ("MachineDown", "pages1") not in cluster.alerts(), 420, "it is taken back")


def test_a_call_comes_into_every_node(whole: set[str]) -> None:
    """By the edge; everybody heard the promise."""
    assert whole == set(NODES)


def test_the_standby_leads_within_half_a_minute(played: Played) -> None:
    """And callers meanwhile were promised a callback all the same: their promises waited in journals."""
    sys.stdout.write(f"\nThe standby led after {played.seconds:.1f} s\n")
    assert played.seconds <= LEADS_WITHIN
    assert [story.as_text() for story in played.told.values() if not promised(story)] == []
    assert played.meanwhile, "no promise was given while nobody led"


def test_nothing_is_lost_and_nothing_is_there_twice(played: Played) -> None:
    """One promise a caller, the same at both servers, the old leader back as a standby."""
    rows = played.promises[DATABASES[0]]
    assert rows == played.promises[DATABASES[1]]
    assert len(rows) == len(set(rows)) == played.before + len(played.told)


def test_without_etcd_the_leader_leads_on(cluster: Containers) -> None:
    """As long as it reaches the standby: a promise is a row at both, also later than a lease lasts."""
    leader = cluster.leader()
    rows = len(cluster.rows(PROMISES, leader)) + 1
    cluster.compose("kill", "etcd")
    try:
        gone = clock.monotonic()
        until(lambda: clock.monotonic() - gone > 2 * LEASE, 3 * LEASE, "a lease is over")
        assert cluster.leads(leader)
        assert promised(cluster.call(WITHOUT_ETCD))
        for server in DATABASES:
            until(
                lambda one=server: len(cluster.rows(PROMISES, one)) == rows, 30, f"{server} has the promise"
            )
    finally:
        cluster.compose("start", "etcd")
    until(lambda: not cluster.ailing(), 120, "etcd is back")
    assert cluster.leader() == leader


def test_no_caller_hears_that_parts_of_no_call_are_gone(cluster: Containers) -> None:
    """nginx, the store, Prometheus and Alertmanager, all at once; once they are started pages come again."""
    trust = cluster.authority()
    cluster.compose("kill", *OTHERS)
    try:
        with pytest.raises(OSError, match="refused"):
            cluster.page("/sign-in", trust)
        assert promised(cluster.call(WITHOUT_OTHERS))
    finally:
        cluster.compose("start", *OTHERS)
    until(lambda: not cluster.ailing(), 120, "all parts are back")
    assert cluster.page("/sign-in")[0] == 200


@pytest.fixture(scope="module")
def talked(cluster: Containers, callers: list[str]) -> str:
    """A caller of each node talked at the one telephone, registered once; the server that leads."""
    with cluster.telephone("agent-1"):
        calls(cluster, callers[::EACH], TO_AN_AGENT)
    return cluster.leader()


def test_every_node_rings_a_telephone_at_the_edge(cluster: Containers, talked: str) -> None:
    """It is answered there."""
    until(
        lambda: {row.partition("-")[0] for row in cluster.rows(ANSWERED, talked)} == set(NODES),
        30,
        "a caller of each node was answered",
    )


def test_a_talk_is_heard_though_its_node_is_gone(cluster: Containers, talked: str) -> None:
    """Once it lies in the store: a machine with pages opens it."""
    node = next(iter(NODES))

    def is_stored() -> list[str]:
        cluster.inside(node, "hotline", "recordings", "seal")
        return cluster.rows(SEALED.format(node), talked)

    until(lambda: bool(is_stored()), 150, "the talk is in the store")
    directions = is_stored()
    cluster.compose("kill", node)
    try:
        loudest = [cluster.inside("pages1", "python", "-c", LOUDEST, *one.split()) for one in directions]
        assert max(map(int, loudest)) > 1000
    finally:
        cluster.compose("start", node)
    until(lambda: not cluster.ailing(), 120, f"{node} is back")


def test_prometheus_sees_every_machine(cluster: Containers) -> None:
    """By the names under which alerts speak of them, and one of them holds the lease."""
    machines = {*NODES, "pages1", "pages2"}
    until(
        lambda: {one for one, up in cluster.figure('up{job="hotline"}').items() if up} == machines,
        60,
        "all are up",
    )
    assert sum(cluster.figure("hotline_lease_held").values()) == 1
    assert cluster.figure('up{job="database"}') == dict.fromkeys(DATABASES, 1)
