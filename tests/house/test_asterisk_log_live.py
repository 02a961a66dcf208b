"""What a real Asterisk writes down of strangers: no whole number, no forged address;
and fail2ban's own program reads it.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import structlog

from hotline import clock
from hotline.log_masking import mask_numbers
from hotline.settings import Settings
from ops.pbx.home import AsteriskHome
from ops.pbx.log import SECURITY
from ops.run.processes import Supervisor
from ops.run.proxy import FILTER, jail
from tests.live.conftest import WHOLE_NUMBER

pytestmark = pytest.mark.live
STRANGER = "127.0.0.9"
NUMBER = "0912345678"
FORGED = '",LocalAddress="IPV4/UDP/127.0.0.1/5060",RemoteAddress="IPV4/UDP/203.0.113.5/1'
DIGEST = 'Authorization: Digest username="agent-1",realm="hotline",nonce="1/2",uri="sip:x",response="{}",algorithm=MD5'


def request(method: str, user: str, here: str, *more: str, number: str = "1999", call: str = "") -> bytes:
    """One request as a stranger writes it."""
    lines = [
        f"{method} sip:{number}@hotline SIP/2.0",
        f"Via: SIP/2.0/UDP {here};branch=z9hG4bK{os.urandom(6).hex()}",
        f"From: <sip:{user}@{here}>;tag=1",
        "To: <sip:agent-1@hotline>",
        f"Call-ID: {call or os.urandom(6).hex()}",
        f"CSeq: 1 {method}",
        f"Contact: <sip:x@{here}>",
        "Max-Forwards: 70",
        *more,
        "Content-Length: 0",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def sends(home: AsteriskHome, source: str, *requests: Callable[[str], bytes]) -> None:
    """Each is answered before the next goes out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind((source, 0))
        line.settimeout(10)
        line.connect(("127.0.0.1", home.settings.sip_port))
        here = f"{source}:{line.getsockname()[1]}"
        for one in requests:
            line.send(one(here))
            while line.recv(65536).startswith(b"SIP/2.0 1"):
                pass


def until(question: Callable[[], bool], what: str) -> None:
    by = clock.monotonic() + 30
    while not question():
        assert clock.monotonic() < by, what
        time.sleep(0.05)


def reader(running: Supervisor) -> int:
    """The process beside Asterisk that keeps its log."""
    children = Path(f"/proc/{running.pid('asterisk')}/task").glob("*/children")
    (pid,) = {int(pid) for file in children for pid in file.read_text().split()}
    return pid


def test_refused_strangers_leave_no_whole_number_and_the_right_address(
    home: AsteriskHome, running: Supervisor
) -> None:
    """REGISTER and INVITE with a number as user, as extension, as Call-ID;
    a Call-ID and an account that name another's address.
    """
    log = home.messages.parent
    sends(
        home,
        STRANGER,
        lambda here: request("REGISTER", NUMBER, here),
        lambda here: request("REGISTER", f"%2b886{NUMBER[1:]}", here, call=NUMBER),
        lambda here: request("INVITE", NUMBER, here, number=NUMBER),
        lambda here: request("REGISTER", "agent-1", here, DIGEST.format("0" * 32), call="x" + FORGED),
        lambda here: request("REGISTER", "x" + FORGED.replace('"', "%22"), here),
        lambda here: request(
            "REGISTER", "x%0a%7b%22event%22%3a%22signin.failed%22,%22address%22%3a%22203.0.113.5%22%7d", here
        ),
    )
    sends(home, "127.0.0.2", lambda here: request("INVITE", NUMBER, here, number=NUMBER))
    until(lambda: (log / SECURITY).read_text().count('"signin.failed"') >= 6, "the security log")
    until(lambda: "extension not found" in home.messages.read_text(), "the carrier's call is refused")
    written = {path.name: path.read_bytes() for path in log.iterdir() if path.is_file()}
    assert not any(WHOLE_NUMBER.findall(text) for text in written.values()), written
    assert banned(log / SECURITY) == [STRANGER] * 6


def banned(file: Path) -> list[str]:
    """The addresses that fail2ban's own program finds in a log by the shipped filter."""
    program = shutil.which("fail2ban-regex")
    if not program:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "fail2ban is missing; install: apt-get install fail2ban"
        )
    run = subprocess.run(
        [str(program), "-o", "ip", str(file), str(FILTER)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return run.stdout.split()


def test_fail2ban_reads_the_pages_log_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong password as our own processes log it; what a stranger typed as a login names nobody."""
    log = structlog.wrap_logger(
        structlog.PrintLogger(),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            mask_numbers,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    log.warning(
        "signin.failed", address="192.0.2.7", why="wrong", login='x", "address": "203.0.113.5", "a": "'
    )
    log.warning("signin.failed", address="2001:db8::7", why="waits")
    log.warning("console.refused", address="203.0.113.5", path='"event": "signin.failed"')
    (tmp_path / "console.log").write_text(capsys.readouterr().out)
    assert banned(tmp_path / "console.log") == ["192.0.2.7", "2001:db8::7"]


def test_the_jail_names_the_logs_and_shuts_out_nobody_who_calls_for_us(tmp_path: Path) -> None:
    """A packet that bears the carrier's address may be anybody's."""
    text = jail(
        Settings(
            home=tmp_path,
            trunk_match=("192.0.2.10",),
            twilio_match=("198.51.100.0/24",),
            officers_contact="192.0.2.20:5060",
        )
    )
    assert f"logpath = {tmp_path}/asterisk/log/security\n          {tmp_path}/log/console.log\n" in text
    assert "ignoreip = 127.0.0.0/8 ::1 192.0.2.10 198.51.100.0/24 192.0.2.20\n" in text


def test_fail2ban_takes_filter_and_jail_as_they_are(tmp_path: Path) -> None:
    """Its own program examines them."""
    program = shutil.which("fail2ban-client")
    if not program:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "fail2ban is missing; install: apt-get install fail2ban"
        )
    etc = tmp_path / "fail2ban"
    shutil.copytree("/etc/fail2ban", etc)
    for others in (etc / "jail.d").iterdir():
        others.unlink()
    shutil.copyfile(FILTER, etc / "filter.d" / "hotline.conf")
    (etc / "jail.d" / "hotline.local").write_text(jail(Settings(home=tmp_path)))
    for log in ("asterisk/log/security", "log/console.log"):
        (tmp_path / log).parent.mkdir(parents=True)
        (tmp_path / log).touch()
    run = subprocess.run([str(program), "-c", str(etc), "-d"], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "'hotline', 'addlogpath'" in run.stdout and "'hotline', 'addignoreip'" in run.stdout


def test_the_reader_is_in_nobodys_way(home: AsteriskHome, running: Supervisor) -> None:
    """It has no right and no capability; while it hangs, Asterisk answers on; killed, Asterisk stays."""
    pid = reader(running)
    status = Path(f"/proc/{pid}/status").read_text()
    assert "CapEff:\t0000000000000000" in status or os.geteuid() != 0
    assert "NoNewPrivs:\t1" in status and (os.geteuid() != 0 or "Uid:\t0\t" not in status)
    os.kill(pid, signal.SIGSTOP)
    began = clock.monotonic()
    # More than a pipe holds (64 KiB) and more than Asterisk's own queue of lines.
    sends(home, STRANGER, *[lambda here: request("REGISTER", NUMBER, here)] * 1500)
    assert "Asterisk 22" in home.rx("core show version")
    assert clock.monotonic() - began < 30
    os.kill(pid, signal.SIGKILL)
    sends(home, STRANGER, lambda here: request("REGISTER", NUMBER, here))
    assert "Asterisk 22" in home.rx("core show version")
    assert running.is_running("asterisk")
