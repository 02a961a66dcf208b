"""The survey as rows: one a talk or a case that was asked about."""

from datetime import datetime

from sqlalchemy import Boolean, Index, Integer, String, false
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db import WHO, Base, Instant
from hotline.keys.columns import Hashed, Sealed
from hotline.retention.masked import MaskedRow
from hotline.survey.rules import SurveyOutcome, outcome


class SurveyRow(MaskedRow, Base):
    """Somebody who was asked, and what was answered; without an answer it is a non-response."""

    __tablename__ = "survey"
    __table_args__ = (Index(None, "asked_of", "asked_at"), Index(None, "asked_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(8), comment="talk, mail or callback")
    call_id: Mapped[str | None] = mapped_column(String(64), unique=True, comment="of the talk")
    talked_with: Mapped[str] = mapped_column(
        String(8), default="", comment="agent or officer, who hung up; empty = asked about a case"
    )
    case_number: Mapped[str | None] = mapped_column(String(12), unique=True, comment="of the closed case")
    agency: Mapped[str] = mapped_column(String(32), default="", comment="of the case, when it was closed")
    asked_of: Mapped[str] = mapped_column(
        Hashed("number"), default="", comment="telephone (E.164) or e-mail address"
    )
    language: Mapped[str] = mapped_column(String(16), default="")
    questions: Mapped[int] = mapped_column(Integer, default=1, comment="how many were to be asked")
    asked_at: Mapped[datetime] = mapped_column(Instant)
    first: Mapped[int | None] = mapped_column(Integer, comment="1 to 5: the service as a whole (P12.1)")
    second: Mapped[int | None] = mapped_column(Integer, comment="how clear it was")
    third: Mapped[int | None] = mapped_column(Integer, comment="how long it took")
    answered_at: Mapped[datetime | None] = mapped_column(Instant, comment="of the latest answer")
    answered_by: Mapped[str] = mapped_column(
        WHO, default="", comment="login of who wrote it down; empty = nobody"
    )
    message: Mapped[str] = mapped_column(
        String(96), default="", comment="free words as a file in HOTLINE_HOME/messages"
    )
    words: Mapped[str] = mapped_column(Sealed("survey.words"), default="", comment="free words in writing")
    is_untrue: Mapped[bool] = mapped_column(
        Boolean, default=False, server_default=false(), comment="says that the case was not done (P10.4)"
    )
    code: Mapped[str] = mapped_column(
        Hashed("survey.code"),
        default="",
        index=True,
        comment="that opens the questions; empty = none or used",
    )
    callback_id: Mapped[int | None] = mapped_column(
        Integer, index=True, comment="the promise to call about it"
    )

    @property
    def scores(self) -> tuple[int | None, ...]:
        """The answers in the order of the questions."""
        return (self.first, self.second, self.third)[: self.questions]

    @property
    def outcome(self) -> SurveyOutcome:
        """How far it was answered."""
        return outcome(self.scores, self.questions)
