"""Settings of addresses: what listens where, which numbers reach us, who may ask, and how browsers come."""

from enum import StrEnum
from ipaddress import ip_address
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import NoDecode

from hotline.settings.kinds import Peers, Port, Words, by_commas


class MachineRole(StrEnum):
    """A part of the hotline that a machine runs; every machine runs the jobs of its own files, and health."""

    NODE = "node"
    """Asterisk, decisions and the listener: calls."""
    WEB = "web"
    """Doors for calls over Twilio and for reports on messages."""
    CONSOLE = "console"
    """The pages for people."""
    JOBS = "jobs"
    """Work that runs once in the cluster; of several such machines one does it."""


class AddressSettings(BaseModel):
    """Loopback until somebody says otherwise."""

    node: str = Field(
        "ntpc1",
        pattern=r"^[a-z0-9]{1,16}$",
        description="this node's name in call ids, recordings and tickets, of a-z and 0-9; each node has one"
        " of its own, and keeps it",
    )
    roles: Annotated[tuple[MachineRole, ...], NoDecode, BeforeValidator(by_commas)] = Field(
        (),
        description="what this machine runs of node, web, console and jobs, with commas between them, where "
        "several machines share a database; empty = all",
    )

    sip_address: str = Field("127.0.0.1", description="address Asterisk's SIP and RTP listen on")
    sip_port: Port = Field(5060, description="UDP port of SIP")
    rtp_from: Port = Field(10000, description="first UDP port of RTP")
    rtp_to: Port = Field(10999, description="last UDP port of RTP")
    numbers: Words = Field(
        ("1999", "29603456", "0229603456", "+886229603456"),
        description="numbers that reach the hotline, as the carrier sends them",
    )
    agi_address: str = Field("127.0.0.1", description="address of both AGI processes")
    agi_ports: Annotated[tuple[Port, Port], NoDecode] = Field(
        (4573, 4574), description="TCP ports of the two AGI processes"
    )
    agi_peers: Words = Field(("127.0.0.0/8",), description="networks that may ask for a decision")
    agi_sessions: int = Field(400, ge=1, description="decisions under way at once, at most")
    agi_rate: int = Field(
        1000, ge=1, description="decisions a second, at most, before callers go to the queue"
    )
    ami_port: Port = Field(5038, description="TCP port of Asterisk's manager")
    ami_address: str = Field(
        "127.0.0.1",
        description="address on which it listens; where several machines share a database, one in their "
        "private network, for pages on other machines",
    )
    ami_peers: Peers = Field((), description="other machines that may ask it: addresses or networks")
    web_address: str = Field("127.0.0.1", description="address of health and metrics")
    web_port: Port = Field(8000, description="TCP port of health and metrics")

    console_address: str = Field("127.0.0.1", description="address of the pages for people")
    console_port: Port = Field(8001, description="TCP port of the pages for people")
    console_url: str = Field(
        "",
        pattern=r"^(https://[^\s/]+)?$",
        description="how browsers reach the pages, for links in messages: https://console.example; empty = "
        "as it listens",
    )
    security_contact: str = Field(
        "",
        pattern=r"^((mailto:[^\s@]+@|https://|tel:\+)[^\s]+)?$",
        description="where weaknesses are reported, shown at /.well-known/security.txt: "
        "mailto:security@city.example; empty = no such page",
    )
    api_rate: int = Field(
        300,
        ge=1,
        description="requests a minute that each key may make at /api/v1 of the pages' port, and each "
        "address at /open311/v2 and at /open",
    )
    open311_jurisdiction: str = Field(
        "ntpc.gov.tw",
        pattern=r"^[\w.-]{1,64}$",
        description="the city's jurisdiction_id at /open311/v2 of the pages' port; programs may leave it out",
    )
    open311_reports: bool = Field(
        False, description="whether programs with a key for it may send reports to /open311/v2"
    )
    console_hops: int = Field(
        0,
        ge=0,
        le=5,
        description="proxies of ours before the pages, whose X-Forwarded-* headers are believed",
    )

    browser_phones: bool = Field(
        False,
        description="whether browsers may telephone: Asterisk's WebSocket is open and /phone dials 1999",
    )
    browser_port: Port = Field(8088, description="TCP port of Asterisk's WebSocket, on 127.0.0.1 alone")
    browser_url: str = Field(
        "",
        pattern=r"^(wss://[^\s/]+\S*|ws://127\.0\.0\.1:\d+/\S*)?$",
        description="how browsers reach the WebSocket: wss://console.example/ws (ws only on this machine); "
        "empty = as it listens",
    )

    @field_validator("agi_ports", mode="before")
    @classmethod
    def _two_ports(cls, value: Any) -> Any:
        return tuple(value.split(",")) if isinstance(value, str) else value

    @field_validator("ami_address")
    @classmethod
    def _private(cls, value: str) -> str:
        """Refuse what the outside reaches: whoever may ask the manager may act in every call."""
        try:
            known = ip_address(value)
        except ValueError:
            known = None
        if known is None or not known.is_private or known.is_unspecified:
            raise PydanticCustomError("address", "no address of a private network", {"limit": value})
        return value

    @field_validator("numbers")
    @classmethod
    def _dialable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for number in value:
            if not number.removeprefix("+").isdigit():
                raise PydanticCustomError("digits", "no digits", {"limit": number})
        return value

    def runs(self, role: MachineRole) -> bool:
        """Tell whether this machine has a role."""
        return not self.roles or role in self.roles

    @property
    def browser_socket(self) -> str:
        """The WebSocket URL at which browsers' phones reach Asterisk."""
        return self.browser_url or f"ws://127.0.0.1:{self.browser_port}/ws"

    @property
    def console(self) -> str:
        """The URL at which browsers reach the pages."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.console_address, self.console_address)
        return self.console_url or f"http://{host}:{self.console_port}"
