"""Phrases of menus that an administrator typed or recorded: kept with the first menus that name them, and
brought to every machine that plays these menus.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from administration import spoken_rows
from hotline.errors import HotlineError
from hotline.runtime_settings.store import MenuSoundRow
from ivr.announcements import DIGITS, PHRASES, Announcements, StoredAnnouncement
from ivr.menus import Sources

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
        rows = spoken_rows.columns(own, own.all()[name])
        session.add_all(MenuSoundRow(phrase=name, **columns) for columns in rows)


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
    for name in {row.phrase for row in rows}:
        spoken_rows.bring(own, name, [row for row in rows if row.phrase == name])


def _new(session: Session, sources: Sources) -> set[str]:
    named = phrases_in(sources)
    return named - set(session.scalars(select(MenuSoundRow.phrase).where(MenuSoundRow.phrase.in_(named))))
