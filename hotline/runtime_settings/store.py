"""The tables of what is set at run time: each row holds for a period and is never changed (design law 7)."""

from sqlalchemy import JSON, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db import Base
from hotline.ledger.history import DatedRow


class SettingRow(DatedRow, Base, kind="setting"):
    """The value of a setting, as people write it."""

    __tablename__ = "tuned_setting"

    key: Mapped[str] = mapped_column("name", String(48))
    value: Mapped[str] = mapped_column(Text)


class MenusRow(DatedRow, Base, kind="menus"):
    """A whole set of menus, so that what was examined together is in force together."""

    __tablename__ = "tuned_menus"

    key: Mapped[str] = mapped_column("name", String(16))
    version: Mapped[str] = mapped_column(String(12), comment="names the content")
    sources: Mapped[dict[str, str]] = mapped_column(JSON, comment="file name to text")
