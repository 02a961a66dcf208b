"""Phrases of menus that an administrator typed or recorded: kept with the first menus that name them, and
brought to every machine that plays these menus.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.errors import HotlineError
from hotline.runtime_settings.store import MenuSoundRow
from ivr.announcements import (
    DIGITS,
    PHRASES,
    WAV,
    WIDE,
    Announcements,
    AnnouncementSource,
    StoredAnnouncement,
)
from ivr.menus import Sources
from ivr.numerals import Language

NAMED: Final = re.compile(rf"{re.escape(PHRASES)}[0-9a-f]{{{DIGITS[PHRASES]}}}")


DRAFT: Final = timedelta(days=1)


class PhraseNotHeard(HotlineError, code="phrase-not-heard"):
    """A phrase that who puts it into the menus has not listened to."""

    text: str


def phrases_in(sources: Sources) -> set[str]:
    """Phrases of one's own that the texts of menus name."""
    return {name for text in sources.values() for name in NAMED.findall(text)}


def unheard(session: Session, own: Announcements, sources: Sources, by: str) -> dict[str, StoredAnnouncement]:
    """Phrases that no menus named before and that somebody has not listened to in each language."""
    new = {name: one for name in _new(session, sources) if (one := own.all().get(name))}
    return {name: one for name, one in new.items() if not one.was_heard_by(by)}


def keep(session: Session, own: Announcements, sources: Sources, by: str) -> None:
    """Keep the phrases that no menus named before, with their sounds. Raises PhraseNotHeard."""
    for one in unheard(session, own, sources, by).values():
        raise PhraseNotHeard(next(iter(one.texts.values())))
    for name in sorted(_new(session, sources)):
        one = own.all()[name]
        for language, text in one.texts.items():
            narrow, wide = (own.file(name, language, suffix).read_bytes() for suffix in (WAV, WIDE))
            row = MenuSoundRow(phrase=name, language=language, text=text, seconds=one.seconds[language])
            row.source, row.made_at, row.made_by = one.source, one.made_at, one.made_by
            row.narrow, row.wide = narrow, wide
            session.add(row)


def sweep(session: Session, own: Announcements, at: datetime) -> int:
    """Remove phrases that no menus took within a day; how many."""
    old = {name for name, one in own.all().items() if name.startswith(PHRASES) and one.made_at < at - DRAFT}
    kept = set(session.scalars(select(MenuSoundRow.phrase).distinct())) if old else set()
    for name in old - kept:
        own.drop(name)
    return len(old - kept)


def bring(session: Session, own: Announcements, sources: Mapping[str, str]) -> None:
    """Bring the sounds that these menus name to this machine, if it lacks them."""
    missing = phrases_in(sources) - own.all().keys()
    if not missing:
        return
    rows = session.scalars(select(MenuSoundRow).where(MenuSoundRow.phrase.in_(missing))).all()
    for row in rows:
        for suffix, sound in ((WAV, row.narrow), (WIDE, row.wide)):
            own.put(row.phrase, Language(row.language), suffix, sound)
    for name in {row.phrase for row in rows}:
        own.restore(_whole([row for row in rows if row.phrase == name]))


def _new(session: Session, sources: Sources) -> set[str]:
    named = phrases_in(sources)
    return named - set(session.scalars(select(MenuSoundRow.phrase).where(MenuSoundRow.phrase.in_(named))))


def _whole(rows: list[MenuSoundRow]) -> StoredAnnouncement:
    first, by_language = rows[0], {Language(row.language): row for row in rows}
    return StoredAnnouncement(
        first.phrase,
        AnnouncementSource(first.source),
        {language: row.text for language, row in by_language.items()},
        {language: row.seconds for language, row in by_language.items()},
        {language: hashlib.sha256(row.narrow).hexdigest() for language, row in by_language.items()},
        first.made_at,
        first.made_by,
    )
