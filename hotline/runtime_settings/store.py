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


class SpokenWords:
    """Columns of words with their sound in one language; never changed, so all machines play the same."""

    language: Mapped[str] = mapped_column(String(8), primary_key=True, sort_order=1)
    text: Mapped[str] = mapped_column(Text, sort_order=1)
    seconds: Mapped[float] = mapped_column(Float, sort_order=1)
    source: Mapped[str] = mapped_column(String(16), comment="typed or recorded", sort_order=1)
    made_at: Mapped[datetime] = mapped_column(Instant, sort_order=1)
    made_by: Mapped[str] = mapped_column(WHO, sort_order=1)
    narrow: Mapped[bytes] = mapped_column(LargeBinary, comment="a WAV file of 8 kHz", sort_order=1)
    wide: Mapped[bytes] = mapped_column(LargeBinary, comment="samples of 16 kHz", sort_order=1)


class MenuSoundRow(SpokenWords, Base):
    """A menu phrase in one language: kept with the first menus that name it, so that an older version of the
    menus plays its own.
    """

    __tablename__ = "menu_sound"

    phrase: Mapped[str] = mapped_column(String(32), primary_key=True)
