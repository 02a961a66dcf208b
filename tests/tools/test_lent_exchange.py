"""Two trial calls at once: what one has, the other has not; one exchange plays the phones of both."""

import socket
from pathlib import Path

import pytest

from demo.claims import Claims
from demo.exchange import Exchange, LentExchange, Refuses, Rings, is_played
from tests.ports import free_port

INVITE = (
    "INVITE sip:{to}@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK{branch}\r\n"
    "From: <sip:{by}@127.0.0.1>;tag=a\r\nTo: <sip:{to}@127.0.0.1>\r\n"
    "Call-ID: {branch}\r\nCSeq: 1 INVITE\r\n\r\n"
)


def rung(contact: str, by: str, to: str) -> str:
    """What the exchange answers to a call."""
    address, _, port = contact.rpartition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(5)
        line.sendto(INVITE.format(by=by, to=to, branch=f"{by}{to}").encode(), (address, int(port)))
        return line.recv(2048).decode().split(" ")[1]


def test_an_exchange_plays_the_phones_of_two_programs() -> None:
    """Each for its own caller; whom neither named is met by what one of them said, and all goes with them."""
    contact = f"127.0.0.1:{free_port()}"
    assert not is_played(contact)
    with Exchange(contact, {}, Rings()):
        assert is_played(contact)
        one, other = LentExchange(contact, "0912345678"), LentExchange(contact, "0912345679")
        one.set("5112", Refuses(486))
        other.set("5112", Refuses(603))
        with one:
            assert rung(contact, "agent-1", "5112") == "486"
            with other:
                assert [rung(contact, by, "5112") for by in ("0912345678", "0912345679")] == ["486", "603"]
            assert rung(contact, "0912345679", "5111") == "180"
        assert rung(contact, "0912345678", "5113") == "180"


def test_what_is_no_exchange_of_ours_is_told_so() -> None:
    """A program that has the address and says nothing, or is told what it does not know."""
    contact = f"127.0.0.1:{free_port()}"
    with Exchange(contact, {}, Rings()):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.sendto(
                b'{"caller": 1, "lines": {"5112": ["Nobody"]}}', ("127.0.0.1", int(contact[-5:].strip(":")))
            )
        assert rung(contact, "1", "5112") == "180"
    with pytest.raises(OSError, match="no exchange of ours"), LentExchange(contact, "1"):
        pass


def test_one_program_at_a_time_has_a_name(tmp_path: Path) -> None:
    """The next takes the next number, and an agent as soon as the other has ended."""
    with Claims(tmp_path) as other:
        with Claims(tmp_path) as one:
            assert one.first(("0912345678", "0912345679")) == "0912345678"
            assert other.first(("0912345678", "0912345679")) == "0912345679"
            assert one.take("agent-1") and not other.take("agent-1")
        assert other.take("agent-1")
