"""Settings of how many calls and accounts there may be at once; what exceeds them is told so, not dropped."""

from datetime import timedelta
from typing import Annotated, Final

from pydantic import BaseModel, Field, field_validator
from pydantic_core import PydanticCustomError

from hotline.numbers import ANONYMOUS, e164
from hotline.settings.kinds import TUNABLE, Duration, Words

PORTS_OF_A_CALL: Final = 6
"""UDP ports of RTP for a citizen's call: two each for caller, agent, and officer asked before a transfer."""
PORTS_OF_A_CHANNEL: Final = 4
"""The same for any call that Asterisk is asked for: two legs."""


class LimitSettings(BaseModel):
    """Limits of calls; none of them counts by the address of a carrier, an agent or an officer."""

    node_calls: int = Field(
        150,
        ge=1,
        description="citizens' calls at once on this node, at most a sixth of its RTP ports; a carrier gets "
        "SIP 503 above",
    )
    caller_calls: int = Field(
        3, ge=1, description="calls at once of one caller's number; above, a callback is offered"
    )
    caller_calls_free: Annotated[Words, TUNABLE] = Field(
        (), description="numbers that may call more often at once: relay centres, schools, hospitals"
    )
    visitor_calls: int = Field(1, ge=1, description="calls at once of one browser at /phone; above, SIP 486")
    visitor_sockets: int = Field(2, ge=1, description="WebSockets at once of one browser at /phone")
    visitor_accounts: int = Field(
        60,
        ge=1,
        le=1000,
        description="new browsers an hour at /phone from one address (IPv6: /64); this machine's own are not"
        " counted in the demo",
    )
    visitor_callbacks: int = Field(
        3,
        ge=0,
        le=100,
        description="callbacks an hour that one address may ask for in writing where its browsers get no "
        "more accounts",
    )
    visitor_stay: Duration = Field(
        timedelta(hours=12),
        ge=timedelta(hours=1),
        le=timedelta(days=30),
        description="a browser keeps its account at /phone so long",
    )
    browser_sockets: int = Field(
        4000, ge=1, le=30000, description="WebSockets at once of all browsers that telephone"
    )

    @field_validator("caller_calls_free")
    @classmethod
    def _numbers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for number in value:
            if e164(number) == ANONYMOUS:
                raise PydanticCustomError("telephone", "no telephone", {"limit": number})
        return value
