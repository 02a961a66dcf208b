"""Lines of cases over HTTPS, to a receiver with a certificate of its own."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import trustme

from hotline.clock import taipei
from hotline.outbox.message import Letter, NotSent
from hotline.outbox.push import HttpsPush, Receiver
from hotline.outbox.senders import push_sender
from hotline.settings import Settings
from hotline.settings.faults import BadSettings

AT = taipei("2026-11-24T12:30")
LETTER = Letter("0" * 24, "line", "push", "localhost", json.dumps({"id": 7, "matter": "路燈不亮"}), AT, 7)


class PetitionSystem(HTTPServer):
    """Takes what is posted, with the words about it; answers as a test says."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Posted)
        self.taken: list[tuple[str, str | None, Any]] = []
        self.status, self.location = 204, ""


class Posted(BaseHTTPRequestHandler):
    """One request."""

    server: PetitionSystem

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((self.path, self.headers["Authorization"], json.loads(body)))
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serving(
    there: PetitionSystem, authority: trustme.CA, name: str = "localhost"
) -> Iterator[PetitionSystem]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    there.socket = context.wrap_socket(there.socket, server_side=True)
    there.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = Thread(target=there.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield there
    finally:
        there.shutdown()
        there.server_close()
        thread.join()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def settings(there: PetitionSystem, authority: trustme.CA, folder: Path) -> Settings:
    """An installation that pushes there."""
    (folder / "token").write_text("word-1\n")
    authority.cert_pem.write_to_path(folder / "authority.pem")
    return Settings(
        home=folder,
        case_push_url=f"https://localhost:{there.server_port}/cases",
        case_push_token_file=folder / "token",
        case_push_authority=folder / "authority.pem",
    )


def test_a_line_arrives_with_the_token_of_the_moment(authority: trustme.CA, tmp_path: Path) -> None:
    """Read anew from its file; the receiver's certificate is checked."""
    with serving(PetitionSystem(), authority) as there:
        push = push_sender(settings(there, authority, tmp_path))
        assert push.send(LETTER) == "204"
        (tmp_path / "token").write_text("word-2\n")
        push.send(LETTER)
    body = {"id": 7, "matter": "路燈不亮"}
    assert there.taken == [("/cases", "Bearer word-1", body), ("/cases", "Bearer word-2", body)]


@pytest.mark.parametrize(
    ("status", "for_good"), [(422, True), (409, True), (302, False), (401, False), (429, False), (503, False)]
)
def test_what_is_refused_and_what_waits(
    authority: trustme.CA, tmp_path: Path, status: int, for_good: bool
) -> None:
    """A line that is unfit is given up; a receiver that cannot now is asked again, and leads nowhere else."""
    there = PetitionSystem()
    there.status, there.location = status, "https://localhost/elsewhere"
    with serving(there, authority), pytest.raises(NotSent) as refused:
        push_sender(settings(there, authority, tmp_path)).send(LETTER)
    assert (refused.value.for_good, refused.value.gateway_away) == (for_good, not for_good)
    assert len(there.taken) == 1 and "路燈" not in str(refused.value)


def test_nothing_is_said_to_a_stranger(authority: trustme.CA, tmp_path: Path) -> None:
    """Another authority's certificate, or another machine's; nobody there; a token that cannot be read."""
    with serving(PetitionSystem(), trustme.CA()) as stranger:
        one = settings(stranger, authority, tmp_path)
        with pytest.raises(NotSent, match="away") as refused:
            push_sender(one).send(LETTER)
        assert refused.value.gateway_away
    with serving(PetitionSystem(), authority, "other.example") as other:
        with pytest.raises(NotSent, match="away"):
            push_sender(settings(other, authority, tmp_path)).send(LETTER)
    with pytest.raises(NotSent, match="away"):
        push_sender(one).send(LETTER)
    (tmp_path / "token").unlink()
    with pytest.raises(NotSent) as unread:
        push_sender(one).send(LETTER)
    assert unread.value.gateway_away and stranger.taken == other.taken == []


def test_a_receiver_that_hangs_is_left(authority: trustme.CA, tmp_path: Path) -> None:
    """At the end of the wait; the line goes another time."""
    there = PetitionSystem()  # takes connections, and speaks no TLS
    receiver = Receiver(f"https://localhost:{there.server_port}/", lambda: "word", timedelta(milliseconds=50))
    with pytest.raises(NotSent) as left:
        HttpsPush(receiver).send(LETTER)
    there.server_close()
    assert left.value.gateway_away


def test_a_push_needs_its_token() -> None:
    """Said at the start, not at the first line; and only HTTPS is an address."""
    with pytest.raises(BadSettings) as missing:
        push_sender(Settings(case_push_url="https://petition.city.example/cases"))
    assert "HOTLINE_CASE_PUSH_TOKEN_FILE" in str(missing.value)
    with pytest.raises(ValueError, match="case_push_url"):
        Settings(case_push_url="http://petition.city.example/cases")
