"""The audit log at a collector: every row in the chain's order, none lost while it is away, by TLS too."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path

import pytest
import trustme
from sqlalchemy import Engine, select

from hotline.clock import taipei
from hotline.db import Sessions, looking, transaction
from hotline.ledger.audit import audit
from hotline.ledger.chain import ChainHead
from hotline.ledger.forwarding import kept, mark, sent, waiting
from hotline.ledger.verification import verify
from hotline.settings import Settings
from hotline.tickets.store import FaultRow
from ops.jobs.syslog import AuditForwarding, latest
from ops.syslog import SyslogSocket, socket_of
from tests.collectors import Collector, collecting, told
from tests.store.test_audit_chain import by_hand

AT = taipei("2026-11-29T08:00")
Forwarding = Callable[[int], AuditForwarding]


def did(factory: Sessions, *subjects: str) -> None:
    with transaction(factory) as session:
        for one in subjects:
            audit(session, at=AT, by="admin-1", action="a.b", subject=one, after={"x": 1}, reason="搬遷")


@pytest.fixture
def forwarding(factory: Sessions, tmp_path: Path) -> Iterator[Callable[[int], AuditForwarding]]:
    """A job that sends to a port of this machine."""
    with ExitStack() as made:

        def make(port: int) -> AuditForwarding:
            settings = Settings(home=tmp_path, syslog=f"tcp://127.0.0.1:{port}")
            collector = socket_of(settings)
            assert collector
            made.callback(collector.hang_up)
            return AuditForwarding(factory, settings, collector)

        yield make


def taken(collector: Collector, rows: int) -> list[str]:
    return [collector.told()["subject"] for _ in range(rows)]


@pytest.mark.dialects
def test_rows_from_now_on_go_out_in_their_order_with_their_links(
    factory: Sessions, tmp_path: Path, forwarding: Forwarding
) -> None:
    """Those of before are covered by the first link that goes out."""
    did(factory, "c:0")
    with collecting() as collector:
        job = forwarding(collector.port)
        assert job.run(AT) == 0
        did(factory, "c:1", "c:2")
        job.run(AT)
        lines = [collector.lines.get(timeout=20) for _ in range(2)]
        assert [told(line)["subject"] for line in lines] == ["c:1", "c:2"]
        assert {"position": 2, "by": "admin-1", "reason": "搬遷"}.items() <= told(lines[0]).items()
        assert job.run(AT) == 0 and collector.lines.empty()
    known = kept(line.decode() for line in lines)
    assert list(verify(factory, tmp_path, known)) == []
    wrong = {name: ChainHead(head.position, "0" * 64) for name, head in known.items()}
    assert [one.what for one in verify(factory, tmp_path, wrong)] == [
        "anchor of the collector, 2026-11-29 knows another log up to row 3: the chain was made anew"
    ]


def test_nothing_is_lost_while_it_is_away_and_one_ticket_says_so(
    factory: Sessions, forwarding: Forwarding
) -> None:
    """Away from the start, then there, then gone in the middle: each row comes, in order."""
    with closing(socket.create_server(("127.0.0.1", 0))) as place:
        port = place.getsockname()[1]
    job = forwarding(port)
    job._collector.retryMax = 0.0
    job._collector.retryStart = 0.0
    job.run(AT)
    did(factory, "c:1")
    assert job.run(AT) and job.run(AT + timedelta(seconds=5))
    assert "no connection" in latest(job._settings).fault
    with looking(factory) as session:
        (ticket,) = session.scalars(select(FaultRow))
        assert ticket.open_key == "syslog@ntpc1" and not ticket.recovered_at
        left = waiting(session)
    with collecting(port) as first:
        job.run(AT)
        assert taken(first, left)[0] == "c:1" and not latest(job._settings).fault
    did(factory, "c:2")
    job.run(AT)
    with collecting(port) as second:
        for _ in range(3):  # that it is well again is a row too
            job.run(AT)
        last, found = _head(factory), [second.told()["position"]]
        while found[-1] < last:
            found.append(second.told()["position"])
        assert found == list(range(found[0], last + 1))
    with looking(factory) as session:
        assert session.scalar(select(FaultRow.recovered_at)) is not None


def _head(factory: Sessions) -> int:
    with looking(factory) as session:
        return sent(session).position + waiting(session)


def test_rows_that_no_one_acknowledged_go_again(factory: Sessions, forwarding: Forwarding) -> None:
    """It died with the connection before we looked: twice is better than never."""
    collector = Collector(0)
    job = forwarding(collector.port)
    job.run(AT)
    did(factory, "c:1")
    job.run(AT)
    assert taken(collector, 1) == ["c:1"]
    collector.close()
    with collecting(collector.port) as again:
        job.run(AT)
        assert taken(again, 1) == ["c:1"]


@pytest.mark.dialects
def test_the_place_never_goes_back(factory: Sessions) -> None:
    """Two nodes send: the slower one's word is late."""
    did(factory, "c:1", "c:2", "c:3")
    with transaction(factory) as session:
        head = sent(session)
        mark(session, ChainHead(1, "x"))
        assert sent(session) == head


def test_by_tls_only_to_who_proves_the_name(tmp_path: Path) -> None:
    """Of another authority nothing is sent."""
    ours, theirs = trustme.CA(), trustme.CA()
    file = tmp_path / "ca.pem"
    ours.cert_pem.write_to_path(file)
    with collecting(authority=ours) as right, collecting(authority=theirs) as wrong:
        line = SyslogSocket(f"tls://localhost:{right.port}", file)
        line.send(b'<109>1 - - - - - - {"subject": "c:1"}')
        assert line.is_open() and right.told() == {"subject": "c:1"}
        line.hang_up()
        other = SyslogSocket(f"tls://localhost:{wrong.port}", file)
        with pytest.raises(OSError, match="no connection"):
            other.send(b"x {}")


def test_by_datagrams_and_to_the_machine_itself(tmp_path: Path) -> None:
    """UDP of either version, and a local socket."""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with socket.socket(family, socket.SOCK_DGRAM) as collector:
            collector.bind((host, 0))
            url = f"udp://{f'[{host}]' if ':' in host else host}:{collector.getsockname()[1]}"
            line = SyslogSocket(url)
            line.send(b"<109>1 {}")
            assert collector.recv(99) == b"<109>1 {}" and line.is_open()
            line.hang_up()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as local:
        local.bind(str(tmp_path / "log"))
        line = SyslogSocket(f"unix:{tmp_path}/log")
        line.send(b"<109>hotline: {}")
        assert line.is_local and json.loads(local.recv(99).partition(b": ")[2]) == {}
        line.hang_up()


@pytest.mark.dialects
def test_a_row_that_was_changed_since_is_found_by_what_the_collector_has(
    database: Engine, factory: Sessions, tmp_path: Path, forwarding: Forwarding
) -> None:
    """Also where the whole chain and its anchors here were made anew."""
    did(factory, "c:1")
    with collecting() as collector:
        job = forwarding(collector.port)
        job.run(AT)
        did(factory, "c:2")
        job.run(AT)
        line = collector.lines.get(timeout=20)
    by_hand(
        database,
        "DELETE FROM audit_log WHERE id = 2",
        "DELETE FROM audit_chain WHERE position = 2",
        "UPDATE audit_head SET position = 1, hash = (SELECT hash FROM audit_chain WHERE position = 1)"
        " WHERE name = 'chain'",
    )
    assert list(verify(factory, tmp_path)) == []
    (found,) = verify(factory, tmp_path, kept([line.decode()]))
    assert found.what == "anchor of the collector, 2026-11-29 tells of link 2, which is not there"
