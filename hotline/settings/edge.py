"""Settings of a node among others: the edge of its telephones, and whom it tells what they do."""

import re
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, Field, field_validator
from pydantic_core import PydanticCustomError

from hotline.settings.kinds import Words

OTHER: Final = re.compile(r"([a-z0-9]{1,16})=([\w.-]+):(\d{1,5})", re.ASCII)


@dataclass(frozen=True, slots=True)
class OtherNode:
    """Another node: its name, and the address of its SIP."""

    name: str
    address: str
    port: int


class EdgeSettings(BaseModel):
    """None, while a node is alone: telephones register at it."""

    edge_phones: str = Field(
        "",
        pattern=r"^([\w.-]+:\d{1,5})?$",
        description="address:port of the edge at which telephones register and are reached from every node; "
        "empty = they register here",
    )
    other_nodes: Words = Field(
        (),
        description="the other nodes as NAME=ADDRESS:PORT with commas between them: "
        "each tells the others which telephones talk",
    )

    @field_validator("other_nodes")
    @classmethod
    def _named(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            if not OTHER.fullmatch(one):
                raise PydanticCustomError("address", "no node", {"limit": one})
        return value

    @property
    def is_one_line(self) -> bool:
        """Whether the callers of all nodes wait in one line: each node rings each telephone."""
        return bool(self.edge_phones and self.other_nodes)

    @property
    def nodes_beside(self) -> tuple[OtherNode, ...]:
        """The other nodes."""
        found = (OTHER.fullmatch(one) for one in self.other_nodes)
        return tuple(OtherNode(one[1], one[2], int(one[3])) for one in found if one)
