"""The tables of what is set at run time: each row holds for a period and is never changed (design law 7)."""

from datetime import datetime

from sqlalchemy import JSON, Float, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db import WHO, Base, Instant
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


class MenuSoundRow(Base):
    """Words and sound of a menu phrase in one language: kept with the first menus that name it and never
    changed, so that every machine plays it and an older version plays its own.
    """

    __tablename__ = "menu_sound"

    phrase: Mapped[str] = mapped_column(String(32), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    seconds: Mapped[float] = mapped_column(Float)
    source: Mapped[str] = mapped_column(String(16), comment="typed or recorded")
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(WHO)
    narrow: Mapped[bytes] = mapped_column(LargeBinary, comment="a WAV file of 8 kHz")
    wide: Mapped[bytes] = mapped_column(LargeBinary, comment="samples of 16 kHz")
