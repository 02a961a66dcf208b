"""Lines of Asterisk's console as they are kept:
numbers masked, and a stranger's address that no stranger can forge.
"""

import io
import json
from pathlib import Path

import pytest

from ops.jobs.refused_phones import refers_in
from ops.machine.turning_file import TurningFile
from ops.pbx.log import KEPT, MESSAGES, SECURITY, keep, kept, refusal

HEAD = 'SecurityEvent="{0}",EventTV="2026-11-27T15:47:13.601+0000",Severity="Error",Service="PJSIP",EventVersion="1",'
SOURCE = 'LocalAddress="IPV4/UDP/127.0.0.1/5060",RemoteAddress="IPV4/UDP/192.0.2.7/57795"'
ANSWER = ',Challenge="{0}",Response="{1}",ExpectedResponse=""'


def event(
    account: str = "agent-1",
    call: str = "a",
    nonce: str = "1/2",
    response: str = "0",
    kind: str = "ChallengeResponseFailed",
) -> str:
    """A security event as Asterisk writes one."""
    return f'{HEAD.format(kind)}AccountID="{account}",SessionID="{call}",{SOURCE}{ANSWER.format(nonce, response)}'


def line(message: str, level: str = "SECURITY") -> bytes:
    words = {"location": {"filename": "x.c", "function": "f", "line": 1}, "level": level, "message": message}
    told = {
        "hostname": "n",
        "timestamp": "2026-11-27T15:47:13.601+0000",
        "identifiers": {"lwp": 1},
        "logmsg": words,
    }
    return json.dumps(told).encode() + b"\n"


FORGED = '",LocalAddress="IPV4/UDP/127.0.0.1/5060",RemoteAddress="IPV4/UDP/203.0.113.5/1'


@pytest.mark.parametrize(
    "message",
    [
        event(),
        event(account="x" + FORGED),
        event(call="x" + FORGED),
        event(account=f"x{FORGED}{ANSWER.format('1', '0')}"),
        event(account="x\n" + FORGED, call="a" + FORGED + ANSWER.format("1", "0")),
        event(nonce=(FORGED + '"').replace('"', '\\"')),
        event(response=(FORGED + '"').replace('"', '\\"')),
        event(kind="InvalidAccountID").partition(",Challenge")[0],
    ],
    ids=["plain", "account", "call", "account and answer", "both", "nonce", "response", "no answer"],
)
def test_nobody_is_taken_for_another(message: str) -> None:
    """Whatever an attacker writes where an account, a Call-ID or an answer stands:
    the address is where it came from.
    """
    told = refusal(message)
    assert (told["event"], told["address"], told["transport"]) == ("signin.failed", "192.0.2.7", "udp")


@pytest.mark.parametrize("kind", ["SuccessfulAuth", "ChallengeSent", "RequestNotAllowed"])
def test_what_is_no_wrong_account(kind: str) -> None:
    """A phone that is asked for its password first, or has the right one."""
    assert refusal(event(kind=kind)) == {}
    assert refusal(event().replace('Service="PJSIP"', 'Service="AMI"')) == {}


@pytest.mark.parametrize(
    ("level", "where"), [("SECURITY", SECURITY), ("NOTICE", MESSAGES), ("ERROR", MESSAGES), ("VERBOSE", "")]
)
def test_numbers_are_masked_in_every_file(level: str, where: str) -> None:
    """In a From, an extension, an account: enough to follow a call, not enough to dial it.
    One line stays one line.
    """
    place, text = kept(
        line("Request from '<sip:0912345678@h>' to '+886229603456'\nX 0933-444-555 \x1b[2J", level)
    )
    assert place == where and "\n" not in text
    message = json.loads(text)["logmsg"]["message"]
    assert "0912***678" in message and not any(
        one in text for one in ("0912345678", "229603456", "0933-444-555", "\x1b")
    )
    assert json.loads(text)["timestamp"] == "2026-11-27T15:47:13.601+0000"


def test_what_is_no_line_of_the_log_is_masked_too() -> None:
    """Said before the log begins, or cut: it goes on to the screen."""
    assert kept(b"cannot open 0912345678\n") == ("", "cannot open 0912***678")
    assert kept(line("0912345678")[:60])[0] == ""
    assert kept(b'{"logmsg": {"level": "ERROR"}}\n')[0] == ""
    assert kept(b"\xff\xfe[]\n")[0] == ""


def test_each_file_has_its_own_and_what_cannot_be_written_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk, or a screen that is gone, ends nothing."""
    monkeypatch.chdir(tmp_path)
    screen = io.BytesIO()
    keep(io.BytesIO(line(event()) + line("a", "WARNING") + b"hello\n"), screen)
    assert (len((tmp_path / SECURITY).read_bytes().splitlines()), screen.getvalue()) == (1, b"hello\n")
    assert b'"level":"WARNING"' in (tmp_path / MESSAGES).read_bytes()
    (tmp_path / MESSAGES).unlink()
    (tmp_path / MESSAGES).mkdir()
    closed = io.BytesIO()
    closed.write = lambda _text: (_ for _ in ()).throw(BrokenPipeError)  # type: ignore[assignment,method-assign]
    keep(io.BytesIO(line("b", "WARNING") + b"hello\n" + line(event())), closed)
    assert len((tmp_path / SECURITY).read_bytes().splitlines()) == 2


def test_a_file_that_has_grown_large_gives_way(tmp_path: Path) -> None:
    """Older ones under numbers, and so many at most."""
    file = TurningFile(tmp_path / "messages", largest=10, kept=KEPT)
    for number in range(KEPT + 5):
        file.write(f"line {number:>10}\n".encode())
    file.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["messages", *(f"messages.{number}" for number in range(1, KEPT))]
    )
    assert (tmp_path / "messages").read_text().split() == ["line", str(KEPT + 4)]


def test_a_refused_refer_is_kept_with_the_refusals() -> None:
    """By the line that sent it; the job counts them there."""
    where, text = kept(line("Endpoint trunk transfer attempt blocked due to configuration", "WARNING"))
    told = json.loads(text)
    assert (where, told["event"], told["line"]) == (SECURITY, "refer.refused", "trunk")
    odd = text.replace('"line":"trunk"', '"line":"agent-1"')
    assert list(refers_in([text.encode(), odd.encode(), b"{", b"[]"])) == ["trunk", "phone"]
