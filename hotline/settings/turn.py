"""Settings of the TURN server for video, for browsers that find no direct way to each other."""

from ipaddress import ip_address, ip_network
from pathlib import Path

from pydantic import BaseModel, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from hotline.settings.kinds import Port, Words


class TurnSettings(BaseModel):
    """An own coturn, another that shares a secret with us, or neither: video then goes directly alone."""

    turn_address: str = Field(
        "",
        description="address on which our own coturn listens and passes video on; empty = none is started",
    )
    turn_external: str = Field(
        "", description="that address as others see it, behind an address translation; empty = the same"
    )
    turn_port: Port = Field(3478, description="UDP and TCP port of our own coturn")
    turn_tls_port: Port = Field(5349, description="its TCP port of TLS, with turn_certificate")
    turn_media_from: Port = Field(49152, description="first UDP port from which it passes video on")
    turn_media_to: Port = Field(50151, description="last UDP port from which it passes video on")
    turn_certificate: Path | None = Field(
        None, description="its certificate with those between; empty = no TLS"
    )
    turn_key: Path | None = Field(None, description="the key of turn_certificate, readable by coturn's user")
    turn_peers: Words = Field(
        (),
        description="networks that are not public and in which browsers are, such as an intranet: it passes "
        "video on to them too",
    )
    turn_urls: Words = Field(
        (),
        description="how browsers reach the TURN server: turn:turn.example:3478?transport=udp; empty = our "
        "own as it listens",
    )
    turn_secret_file: Path | None = Field(
        None,
        description="a file with the secret that a TURN server shares with us, the newest in its first line; "
        "empty = one that is made here",
    )

    @field_validator("turn_address", "turn_external")
    @classmethod
    def _an_address(cls, value: str) -> str:
        try:
            return str(ip_address(value)) if value else value
        except ValueError:
            raise PydanticCustomError("address", "no address", {"limit": value}) from None

    @field_validator("turn_peers")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            try:
                ip_network(one)
            except ValueError:
                raise PydanticCustomError("address", "no network", {"limit": one}) from None
        return value

    @field_validator("turn_urls")
    @classmethod
    def _servers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            if not one.startswith(("stun:", "turn:", "turns:")):
                raise PydanticCustomError("form", "no server of ICE", {"limit": one})
        return value

    @field_validator("turn_media_to")
    @classmethod
    def _after_the_first(cls, value: int, given: ValidationInfo) -> int:
        first = given.data.get("turn_media_from", 0)
        if value <= first:
            raise PydanticCustomError("least", "no ports", {"limit": first + 1})
        return value

    @property
    def turn_reached(self) -> tuple[str, ...]:
        """URLs by which browsers reach the TURN server; none where there is none."""
        if self.turn_urls or not self.turn_address:
            return self.turn_urls
        host = self.turn_external or self.turn_address
        host = f"[{host}]" if ":" in host else host
        tls = (f"turns:{host}:{self.turn_tls_port}?transport=tcp",) if self.turn_certificate else ()
        return (*(f"turn:{host}:{self.turn_port}?transport={way}" for way in ("udp", "tcp")), *tls)
