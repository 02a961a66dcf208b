"""Settings of the lines to carriers and exchange: where they are, how they are known, what is encrypted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from pydantic import BaseModel, Field, field_validator
from pydantic_core import PydanticCustomError

from hotline.networks import is_loopback
from hotline.settings.kinds import Duration, Peers, Port, Words

TRUNK: Final = "trunk"
SECOND_TRUNK: Final = "trunk-second"
OFFICERS: Final = "officers"
PHONES: Final = "phones"
LINES: Final = (TRUNK, SECOND_TRUNK, OFFICERS, PHONES)
"""What can be encrypted: both trunks, the exchange, the desk phones."""
ASKED_OFTEN: Final = timedelta(seconds=5)
"""Time between two questions to a trunk where there is another one to take."""


@dataclass(frozen=True, slots=True)
class Trunk:
    """One line to a carrier: Asterisk's name of it, the addresses it calls from, and where it is called."""

    name: str
    match: tuple[str, ...]
    contact: str


class CarrierSettings(BaseModel):
    """One trunk in the clear, on this machine, until somebody says otherwise."""

    trunk_match: Peers = Field(
        ("127.0.0.1", "127.0.0.2"), description="addresses of the carrier's trunk; others are refused"
    )
    trunk_contact: str = Field(
        "127.0.0.2:5060",
        pattern=r"^[\w.-]+:\d{1,5}$",
        description="address:port of the carrier, for calls to outside numbers",
    )
    trunk_second_match: Peers = Field(
        (), description="addresses of the second trunk; empty = that of trunk_second_contact"
    )
    trunk_second_contact: str = Field(
        "",
        pattern=r"^([\w.-]+:\d{1,5})?$",
        description="address:port of a second trunk, which takes the calls to outside numbers that the first "
        "does not take; empty = none",
    )
    trunk_options: Duration = Field(
        timedelta(seconds=30),
        ge=timedelta(0),
        description="how often a trunk is asked whether it is there (OPTIONS): while it says nothing, calls "
        "to it fail at once, and it becomes a ticket; with two trunks every five seconds or oftener; "
        "0 = never, and never the only one at loopback, the demo's",
    )
    officers_contact: str = Field(
        "127.0.0.4:5060", description="address:port of the exchange that holds the officers' extensions"
    )
    sip_encrypted: Words = Field(
        (),
        description="lines that speak TLS and SRTP and nothing else: trunk, trunk-second, officers, phones",
    )
    sip_tls_port: Port = Field(
        5061, description="TCP port of SIP over TLS; it is open once there is a certificate"
    )
    sip_certificate_file: Path | None = Field(
        None, description="certificate of SIP over TLS, with those between; empty = no TLS"
    )
    sip_key_file: Path | None = Field(None, description="the key of sip_certificate_file")
    sip_authority_file: Path | None = Field(
        None,
        description="authorities that sign the certificates of carriers and exchange; empty = this machine's",
    )

    @field_validator("sip_encrypted")
    @classmethod
    def _lines(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not set(value) <= set(LINES):
            raise PydanticCustomError("one-of", "no line", {"limit": ", ".join(LINES)})
        return value

    @property
    def trunks(self) -> tuple[Trunk, ...]:
        """The trunks in the order in which calls are given to them."""
        return tuple(self._trunks())

    def _trunks(self) -> Iterator[Trunk]:
        yield Trunk(TRUNK, self.trunk_match, self.trunk_contact)
        if contact := self.trunk_second_contact:
            match = self.trunk_second_match or (contact.rpartition(":")[0],)
            yield Trunk(SECOND_TRUNK, match, contact)

    @property
    def carriers(self) -> tuple[str, ...]:
        """Addresses that carriers call from."""
        return tuple(address for trunk in self.trunks for address in trunk.match)

    @property
    def trunk_asked(self) -> int:
        """Seconds between two questions to a trunk whether it is there; 0 when none is asked."""
        often = self.trunk_options
        if self.trunk_second_contact:
            often = min(often, ASKED_OFTEN)
        elif is_loopback(self.trunk_contact.rpartition(":")[0]):
            return 0
        return int(often.total_seconds())
