"""Network addresses as limits count them. Pure."""

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

HOME_PREFIX: Final = 64
"""Bits of an IPv6 network that one subscriber has at least (RFC 6177), with all addresses behind it."""


def network_of(address: str) -> str:
    """The address itself, or the /64 of IPv6; IPv4 within IPv6 is IPv4. Other text is only cut short."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:30]
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ip_network(f"{found}/{HOME_PREFIX}", strict=False))
    return str(found)


def is_loopback(address: str) -> bool:
    """Tell whether an address is this machine's own, seen from itself."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return (mapped or found).is_loopback
