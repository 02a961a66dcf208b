"""Placed calls, the phones rung for them, and checks of who a petitioner is, as rows."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db import WHO, Base, Instant
from hotline.keys.columns import Hashed, Sealed, SealedJSON
from hotline.outbound_calls.rules import CITIZEN, OWN_CALL, OutboundState, Target
from hotline.retention.masked import MaskedRow


class CallerVerification(MaskedRow, Base):
    """The check of a petitioner's identity, before a case that touches somebody is filed (P8.2).

    ``matter`` may tell of an accused person, so it is emptied when the check fails:
    what stays is the refusal.
    """

    __tablename__ = "verification"
    __table_args__ = (
        Index(None, "call_id"),
        Index(None, "number_hash"),
        Index(None, "state", "opened_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(String(64), comment="the citizen's call")
    number: Mapped[str] = mapped_column(
        Sealed("verification.number"), comment="of that call's record: the only one ever dialled"
    )
    number_hash: Mapped[str] = mapped_column(Hashed("number", of="number"))
    language: Mapped[str] = mapped_column(String(16))
    called_at: Mapped[datetime] = mapped_column(Instant, comment="when the citizen called")
    touches: Mapped[str] = mapped_column(
        String(16), default="", comment="property, reputation, livelihood; empty = nobody's"
    )
    matter: Mapped[str] = mapped_column(
        Sealed("verification.matter"), default="", comment="emptied when it fails"
    )
    state: Mapped[str] = mapped_column(String(12), comment="NOT_NEEDED, PENDING, CONFIRMED, FAILED")
    ground: Mapped[str] = mapped_column(String(16), default="", comment="why it was decided so")
    opened_by: Mapped[str] = mapped_column(WHO)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[str] = mapped_column(WHO, default="")
    decided_at: Mapped[datetime | None] = mapped_column(Instant)


class PlacedCall(MaskedRow, Base):
    """A call that 1999 placed for an agent or interpreter.

    ``reached``, ``notified_at``: whose phone answered, and when.
    """

    __tablename__ = "placed_call"
    __table_args__ = (Index(None, "call_id"), Index(None, "by", "placed_at"), Index(None, "verification_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(32), unique=True, comment="its name in the event log")
    purpose: Mapped[str] = mapped_column(String(8), comment="notify, verify or relay")
    call_id: Mapped[str] = mapped_column(
        String(64), default="", comment="the citizen's call or video session; empty = none"
    )
    verification_id: Mapped[int | None] = mapped_column(ForeignKey("verification.id"))
    agency: Mapped[str] = mapped_column(String(32), default="", comment="code of the agency notified")
    extension: Mapped[str] = mapped_column(String(16), default="", comment="the one asked for")
    matter: Mapped[str] = mapped_column(Sealed("placed_call.matter"), default="", comment="what is notified")
    targets: Mapped[list[dict[str, str]]] = mapped_column(
        SealedJSON("placed_call.targets"), comment="the list, in the order of ringing"
    )
    state: Mapped[str] = mapped_column(String(12), default=OutboundState.CALLING)
    by: Mapped[str] = mapped_column(WHO)
    placed_at: Mapped[datetime] = mapped_column(Instant)
    reached: Mapped[int | None] = mapped_column(Integer, comment="place on the list of who answered")
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    person: Mapped[str] = mapped_column(WHO, default="", comment="who took the report, by the agent's word")
    notified_at: Mapped[datetime | None] = mapped_column(
        Instant, comment="a case is filed no earlier (P5.3-a)"
    )
    ended_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def own_call(self) -> str:
        """Its name in the record of calls, where its legs are."""
        return f"{OWN_CALL}{self.token}"

    @property
    def who_answered(self) -> Target | None:
        """The target whose phone answered."""
        if not self.reached or self.reached > len(self.targets):
            return None
        return Target(**self.targets[self.reached - 1]) if self.targets else CITIZEN


class PlacedRing(Base):
    """A phone of the list that was rung, once each."""

    __tablename__ = "placed_ring"

    token: Mapped[str] = mapped_column(ForeignKey("placed_call.token"), primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True, comment="on the list, from 1")
    outcome: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(Instant, comment="when it was answered, or given up")
