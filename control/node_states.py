"""States of telephones that nodes tell each other; those of a silent node are set to UNKNOWN.

Asterisk keeps that until the other is back: a publication that ends takes no state with it. Who talked at a
node that died would count as talking at all others, and be rung by none. So our Asterisk is told in the name
of the silent one that nothing is known, which counts for nothing beside what others say of a telephone.
"""

import hashlib
from collections.abc import Iterable
from typing import Final

from control.ami import AMI
from control.sip_publish import Publisher
from control.trunks import is_away

EVENT: Final = "asterisk-devicestate"
TELEPHONES: Final = "PJSIP/"
NOTHING: Final = frozenset(("UNKNOWN", "INVALID"))
"""States that are nobody's word: any other is told before them."""


def entity(node: str) -> str:
    """The id of a node's Asterisk: an address of six bytes, made of the name and of nobody's card (its second
    bit says so).
    """
    made = bytearray(hashlib.sha256(node.encode()).digest()[:6])
    made[0] = made[0] & 0xFC | 0x02
    return made.hex(":")


def is_silent(ami: AMI, node: str) -> bool:
    """Tell whether another node answers no OPTIONS. Raises HotlineError."""
    return is_away(ami, f"node-{node}")


def known(ami: AMI) -> list[str]:
    """Telephones and lines of which any node has told something. Raises HotlineError."""
    told = (one for one in ami.ask("DeviceStateList") if one.get("Event") == "DeviceStateChange")
    return [
        one["Device"] for one in told if one["Device"].startswith(TELEPHONES) and one["State"] not in NOTHING
    ]


def forget(publisher: Publisher, node: str, devices: Iterable[str]) -> None:
    """Have nothing count that this node told of these. Harmless to repeat. Raises ActionRefused, OSError."""
    for device in devices:
        told = {"type": "devicestate", "device": device, "state": "UNKNOWN", "eid": entity(node)}
        publisher.publish(f"{node}-silent", EVENT, told | {"cachable": 1})
