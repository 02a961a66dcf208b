"""Network addresses: as limits count them, and the networks that something is bound to. Pure."""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from hotline.errors import HotlineError

HOME_PREFIX: Final = 64
"""Bits of an IPv6 network that one subscriber has at least (RFC 6177), with all addresses behind it."""
SHORTEST: Final = {4: 8, 6: 32}
"""Fewest bits of a network that binds anything, by the version of its addresses."""


class UnfitNetwork(HotlineError, code="unfit-network"):
    """A word that is no address or network, or a network that binds nothing."""

    network: str
    field: str = "networks"


def networks(typed: str) -> tuple[str, ...]:
    """The addresses and networks of a text, between commas or blanks. Raises UnfitNetwork."""
    found = re.split(r"[\s,;、，]+", typed.strip())
    return tuple(dict.fromkeys(_network(one) for one in found))


def _network(typed: str) -> str:
    try:
        network = ip_network(typed, strict=False)
    except ValueError:
        raise UnfitNetwork(typed) from None
    if network.prefixlen < SHORTEST[network.version]:
        raise UnfitNetwork(typed)
    return str(network)


def is_within(address: str, bound_to: Iterable[str]) -> bool:
    """Tell whether an address is in one of these networks; IPv4 within IPv6 is IPv4."""
    found = _address(address)
    return found is not None and any(found in ip_network(one) for one in bound_to)


def _address(address: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped if isinstance(found, IPv6Address) else None) or found


def network_of(address: str) -> str:
    """The address itself, or the /64 of IPv6; IPv4 within IPv6 is IPv4. Other text is only cut short."""
    found = _address(address)
    if found is None:
        return address[:30]
    if isinstance(found, IPv6Address):
        return str(ip_network(f"{found}/{HOME_PREFIX}", strict=False))
    return str(found)


def is_loopback(address: str) -> bool:
    """Tell whether an address is this machine's own, seen from itself."""
    found = _address(address)
    return found is not None and found.is_loopback


def is_guarded(url: str) -> bool:
    """Tell whether nobody on the way reads what is sent to a URL: by TLS, or within this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        parts.port  # noqa: B018 - it is read to see whether it can be
    except ValueError:
        return False
    if not host or parts.username or parts.fragment or not url.isprintable() or " " in url:
        return False
    is_ours = host == "localhost" or is_loopback(host)
    return parts.scheme == "https" or (parts.scheme == "http" and is_ours)
