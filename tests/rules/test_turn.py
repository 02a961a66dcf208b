"""Credentials of the TURN server."""

from datetime import UTC, datetime

import pytest

from hotline.settings import Settings
from hotline.video.turn import LIFETIME, TurnServer, password

AT = datetime(2026, 11, 30, 1, 0, tzinfo=UTC)
URLS = ("turn:192.0.2.1:3478?transport=udp", "turn:192.0.2.1:3478?transport=tcp")


def test_credentials_end_an_hour_later_and_name_a_side_alone() -> None:
    """As coturn computes them: base64 of HMAC-SHA1 over the name (turnserver's use-auth-secret)."""
    (server,) = TurnServer(URLS, lambda: "north").servers("41-citizen", AT)
    assert server["urls"] == list(URLS)
    assert server["username"] == f"{int((AT + LIFETIME).timestamp())}:41-citizen"
    assert server["credential"] == password("north", str(server["username"]))
    assert password("north", "1500:alice") == "uNYsoStWzmUlTPwfirS1a0VFCQU="


def test_without_a_server_no_secret_is_asked_for() -> None:
    """Video goes directly alone."""
    assert TurnServer((), lambda: pytest.fail("asked")).servers("41-citizen", AT) == []


def test_our_own_server_is_reached_as_it_listens() -> None:
    """By UDP and TCP, with a certificate by TLS too; an address translation and what is set go before."""
    assert Settings().turn_reached == ()
    assert Settings(turn_address="192.0.2.1").turn_reached == URLS
    outside = Settings(
        turn_address="10.0.0.1", turn_external="2001:db8::1", turn_certificate="/etc/t.pem", turn_port=443
    )
    assert outside.turn_reached[0] == "turn:[2001:db8::1]:443?transport=udp"
    assert outside.turn_reached[2] == "turns:[2001:db8::1]:5349?transport=tcp"
    named = Settings(turn_address="192.0.2.1", turn_urls="turns:turn.example:443?transport=tcp")
    assert named.turn_reached == ("turns:turn.example:443?transport=tcp",)
