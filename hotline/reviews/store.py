"""Reviews and feedback as rows."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

import hotline.cases.store  # noqa: F401  rows of reviews refer to its tables
from hotline.db import CODE, WHO, Base, Instant
from hotline.keys.columns import Sealed
from hotline.retention.masked import MaskedRow


class CaseReview(MaskedRow, Base):
    """A review of a closed case that its agency reports on (P10.4)."""

    __tablename__ = "case_review"
    __table_args__ = (Index(None, "case_id"), Index(None, "asked_at"), Index(None, "decided_at", "due_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    agency: Mapped[str] = mapped_column(CODE, comment="whose report it is")
    ground: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(Sealed("case_review.reason"))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    asked_by: Mapped[str] = mapped_column(WHO)
    due_at: Mapped[datetime] = mapped_column(Instant)
    report: Mapped[str] = mapped_column(Sealed("case_review.report"), default="")
    reported_at: Mapped[datetime | None] = mapped_column(Instant, comment="the first time")
    reported_by: Mapped[str] = mapped_column(WHO, default="")
    outcome: Mapped[str] = mapped_column(
        String(12), default="", comment="accepted, reopened; empty = none yet"
    )
    conclusion: Mapped[str] = mapped_column(Sealed("case_review.conclusion"), default="")
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[str] = mapped_column(WHO, default="")

    def is_late(self, at: datetime) -> bool:
        """Tell whether the report came, or is still to come, after its time; met at equality."""
        return self.due_at < (self.reported_at or self.decided_at or at)


class Feedback(MaskedRow, Base):
    """Feedback of a citizen on an agency's work, with the case or call in which it was given (P14)."""

    __tablename__ = "feedback"
    __table_args__ = (Index(None, "case_id"), Index(None, "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), comment="commendation or complaint")
    agency: Mapped[str] = mapped_column(CODE)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    call_id: Mapped[str] = mapped_column(String(64), default="", comment="empty = none")
    words: Mapped[str] = mapped_column(Sealed("feedback.words"))
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[str] = mapped_column(WHO)
