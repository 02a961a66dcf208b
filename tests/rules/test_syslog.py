"""A line for the city's collector: RFC 5424, one object, never too long; what stands in the security log."""

import json
import re
import socket
from datetime import UTC, datetime

import pytest

from hotline import metrics
from hotline.ledger.forwarding import kept
from hotline.settings.kinds import CHECKOUT
from ops import syslog
from ops.syslog import AUDIT, LONGEST, SECURITY, TELLS_OF_SECURITY, SecurityLog, SyslogSocket, written

AT = datetime(2026, 11, 29, 7, 30, 1, 250000, UTC)
RFC_5424 = re.compile(
    rb"<(\d{1,3})>1 (\S+) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) - (\{.*\})"
)


@pytest.mark.proves("standards")
def test_a_line_is_a_header_and_an_object() -> None:
    """In ASCII, so that neither a byte-order mark nor a line end stands in it."""
    line = written(AUDIT, {"reason": "搬遷\n今天"}, AT, "ntpc1", "jobs")
    found = RFC_5424.fullmatch(line)
    assert found and found[1] == b"109" and found[2] == b"2026-11-29T07:30:01.250000+00:00"
    assert [part.decode() for part in found.groups()[2:6]] == ["ntpc1", "hotline", "jobs", "audit"]
    assert json.loads(found[7]) == {"reason": "搬遷\n今天"}
    assert written(SECURITY, {"a": 1}, AT, "ntpc1", "web", is_local=True) == b'<84>hotline: {"a": 1}'


def test_what_is_too_long_is_left_out_and_named() -> None:
    """The longest first: place and hash of a row, which are its anchor, always go."""
    facts = {"position": 7, "hash": "a" * 64, "before": {"x": "字" * 3000}, "after": {"x": "y" * 9000}}
    told = json.loads(written(AUDIT, facts, AT, "ntpc1", "jobs").partition(b" - ")[2])
    assert told == {"position": 7, "hash": "a" * 64, "left_out": ["before", "after"]}
    most = {"a": "y" * (LONGEST - 20)}
    assert json.loads(written(AUDIT, most, AT, "n", "jobs").partition(b" - ")[2]) == most


def test_every_event_of_the_security_log_is_logged_somewhere() -> None:
    """A name that nobody logs any more would be a hole that nobody sees."""
    rooms = ("hotline", "web", "agi_scripts", "ops", "administration", "calls")
    code = "".join(
        file.read_text("utf-8")
        for room in rooms
        for file in (CHECKOUT / room).rglob("*.py")
        if "node_modules" not in file.parts and file.name != "syslog.py"
    )
    assert [one for one in TELLS_OF_SECURITY if f'"{one}' not in code] == []


def test_who_logs_waits_for_no_collector() -> None:
    """It hangs, and more is told than is kept: that is counted."""
    with socket.create_server(("127.0.0.1", 0), backlog=1) as deaf:
        place = deaf.getsockname()[1]
        log = SecurityLog(SyslogSocket(f"tcp://127.0.0.1:{place}"), "ntpc1", "web")
        log._lines.maxsize = 2
        log._collector.acquire()
        before = metrics.syslog_lost._value.get()
        log._collector.send = lambda _line: syslog.Queue[bytes]().get()  # type: ignore[method-assign]
        event = {"event": "signin.failed", "timestamp": "2026-11-29T07:30:01Z", "address": "192.0.2.1"}
        assert [log(None, "", dict(event))["event"] for _ in range(9)] == ["signin.failed"] * 9
        assert metrics.syslog_lost._value.get() >= before + 6


def test_other_events_are_not_sent() -> None:
    """Of the promise of a callback a collector of security learns nothing."""
    log = SecurityLog(SyslogSocket("udp://127.0.0.1:9"), "ntpc1", "web")
    log(None, "", {"event": "callback.overdue", "timestamp": "2026-11-29T07:30:01Z"})
    assert log._lines.empty()


def test_of_a_collectors_file_the_last_link_of_each_day_is_an_anchor() -> None:
    """Its own words before the object, lines of others and half lines do no harm."""
    lines = [
        "Nov 29 07:30:01 ntpc1 hotline: "
        + json.dumps({"position": place, "hash": f"{place:064}", "at": f"2026-11-{day}T07:30:01+00:00"})
        for place, day in ((4, 28), (6, 29), (5, 29))
    ]
    found = kept([*lines, "kernel: {", lines[0][:60], 'x {"event": "signin.failed"}'])
    assert {name: head.position for name, head in found.items()} == {
        "of the collector, 2026-11-28": 4,
        "of the collector, 2026-11-29": 6,
    }
