"""Tables of announcements before the menu (V-03): the call centre's own with their sound; which are on.

A machine plays them from its disk, so that a call needs no database for them; here they are for all machines.
"""

from datetime import datetime

from sqlalchemy import Float, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db import WHO, Base, Instant


class AnnouncementSoundRow(Base):
    """Words and sound of an announcement in one language; never changed, removed when it is dropped."""

    __tablename__ = "announcement_sound"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    seconds: Mapped[float] = mapped_column(Float)
    source: Mapped[str] = mapped_column(String(16), comment="typed or recorded")
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(WHO)
    narrow: Mapped[bytes] = mapped_column(LargeBinary, comment="a WAV file of 8 kHz")
    wide: Mapped[bytes] = mapped_column(LargeBinary, comment="samples of 16 kHz")


class AnnouncementHearing(Base):
    """A person who has listened to an announcement in one language."""

    __tablename__ = "announcement_heard"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    login: Mapped[str] = mapped_column(WHO, primary_key=True)


class AnnouncementOn(Base):
    """An announcement that callers hear, in its place; place 0 says that the list is known."""

    __tablename__ = "announcement_on"

    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(48))
