"""Categories with their history as rows."""

from datetime import date

from sqlalchemy import Boolean, Date, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db import CODE, Base
from hotline.ledger.history import DatedRow


class CategoryRow(DatedRow, Base, kind="category"):
    """A category of cases, from when it was written so until it is written otherwise or ended (P5.4.1)."""

    __tablename__ = "case_category"

    key: Mapped[str] = mapped_column("code", CODE)
    name: Mapped[str] = mapped_column(String(64))
    case_kind: Mapped[str] = mapped_column(String(8), comment="quick, notify or petition")
    agency: Mapped[str] = mapped_column(CODE, comment="code of the agency whose business it is")
    section: Mapped[str] = mapped_column(
        CODE, default="", comment="in charge where no district says otherwise"
    )
    sections: Mapped[str] = mapped_column(Text, default="", comment="district=agency/section, between blanks")
    manager: Mapped[str] = mapped_column(CODE, default="", comment="code of the person; empty = the agency's")
    stage1_hours: Mapped[int] = mapped_column(Integer, default=0, comment="4 to 24; 0 = no quick one")
    stage2_days: Mapped[int] = mapped_column(Integer, default=0, comment="1 to 14; 0 = no quick one")
    safety: Mapped[bool] = mapped_column(
        Boolean, default=False, comment="public safety or resources (P5.4.11)"
    )
    questions: Mapped[str] = mapped_column(
        Text, default="", comment="asked of the caller, between semicolons"
    )
    keywords: Mapped[str] = mapped_column(Text, default="", comment="other words that citizens use for it")
    prevention: Mapped[str] = mapped_column(Text, default="", comment="the agency's note (P5.4.9)")
    prevention_at: Mapped[date | None] = mapped_column(Date)
    reviewed_at: Mapped[date | None] = mapped_column(Date, comment="the latest yearly review (P5.4.1)")
    placeholder: Mapped[bool] = mapped_column(
        Boolean, default=False, comment="stands here until the city says what is right"
    )
