"""Tables of announcements before the menu (V-03): the call centre's own with their sound; which are on.

A machine plays them from its disk, so that a call needs no database for them; here they are for all machines.
"""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db import WHO, Base
from hotline.runtime_settings.store import SpokenWords


class AnnouncementSoundRow(SpokenWords, Base):
    """An announcement in one language; removed when it is dropped."""

    __tablename__ = "announcement_sound"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)


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
