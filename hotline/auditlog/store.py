"""The audit log's table, and the triggers that let nobody change it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db import Base, Instant, only_added_to


class AuditRow(Base):
    """One deed."""

    __tablename__ = "audit_log"
    __table_args__ = (Index(None, "subject", "at"), Index(None, "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[str] = mapped_column(String(64), comment="login, or the name of the process that did it")
    action: Mapped[str] = mapped_column(String(48), comment="room.verb, for example directory.forward")
    subject: Mapped[str] = mapped_column(String(96), comment="kind:key, for example desk:5112")
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    reason: Mapped[str] = mapped_column(Text, default="")


only_added_to(AuditRow, "the audit log is only added to")
