"""What strangers at one network may ask for within the hour, and what one network is."""

from datetime import UTC, datetime, timedelta

import pytest

from hotline.allowances import again_at
from hotline.networks import is_loopback, network_of

NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)


def test_the_next_is_had_an_hour_after_the_first_of_so_many() -> None:
    """Not before, and at equality."""
    had = [NOON + timedelta(minutes=n) for n in range(3)]
    assert again_at(had, 4, NOON + timedelta(minutes=3)) is None
    assert again_at(had, 3, NOON + timedelta(minutes=59, seconds=59)) == NOON + timedelta(hours=1)
    assert again_at(had, 3, NOON + timedelta(hours=1)) is None


def test_none_at_all_is_never() -> None:
    """A limit of 0 closes the door."""
    assert again_at([], 0, NOON) == NOON + timedelta(hours=1)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:0:1:ffff::1", "2001:db8:0:1::/64"),
        ("2001:db8:0:1::2", "2001:db8:0:1::/64"),
        ("2001:db8:0:2::2", "2001:db8:0:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix:", "unix:"),
    ],
)
def test_an_ipv6_subscriber_is_one_network(address: str, network: str) -> None:
    """A /64 counts as one; one of IPv4 is itself, however it is written."""
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("192.0.2.7", False),
        ("", False),
    ],
)
def test_this_machine_s_own_addresses(address: str, own: bool) -> None:
    """Those by which it speaks with itself, in any clothes."""
    assert is_loopback(address) is own
