"""Announcements before the menu, of all machines: kept with each deed, brought to the disk of each machine.

The rows are the truth, and a disk a copy. The first machine that looks tells what it had before.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from administration import spoken_rows
from hotline.db import Sessions, add_once, looking, one_at_a_time, transaction
from hotline.runtime_settings.announcement_store import (
    AnnouncementHearing,
    AnnouncementOn,
    AnnouncementSoundRow,
)
from ivr.announcements import OWN, Announcements, StoredAnnouncement
from ivr.bulletins import Bulletins
from ivr.numerals import Language

BEING_MADE: Final = timedelta(minutes=1)
"""An announcement on the disk that is younger may be about to have its rows."""
KNOWN: Final = 0


def listed(session: Session, bulletins: Bulletins) -> tuple[str, ...]:
    """List what is on, and lock the list until the transaction ends; without rows, as the disk has it."""
    one_at_a_time(session, AnnouncementOn.__tablename__)
    found = _on(session)
    return bulletins.on() if found is None else found


def switch(session: Session, on: Sequence[str]) -> None:
    """Put exactly these on, in this order."""
    session.execute(delete(AnnouncementOn))
    session.add_all(AnnouncementOn(place=place, name=name) for place, name in enumerate(("", *on)))
    session.flush()


def keep(session: Session, own: Announcements, one: StoredAnnouncement) -> None:
    """Keep an announcement that lies on this machine, with who has listened to it. Harmless to repeat."""
    rows = [{"name": one.name, **columns} for columns in spoken_rows.columns(own, one)]
    add_once(session, AnnouncementSoundRow, rows)
    for language, logins in one.heard_by.items():
        for login in logins:
            hear(session, one.name, language, login)


def hear(session: Session, name: str, language: Language, by: str) -> None:
    """Note who has listened to an announcement. Harmless to repeat."""
    add_once(session, AnnouncementHearing, [{"name": name, "language": language, "login": by}])


def drop(session: Session, name: str) -> None:
    """Remove an announcement; each machine removes its copy."""
    for table in (AnnouncementSoundRow, AnnouncementHearing):
        session.execute(delete(table).where(table.name == name))


def bring(sessions: Sessions, own: Announcements, bulletins: Bulletins, at: datetime) -> None:
    """Bring this machine's disk to what the rows say. Harmless to repeat."""
    with looking(sessions) as session:
        on = _on(session)
        if on is not None:
            _bring_sounds(session, own, at)
    if on is None:
        _tell(sessions, own, bulletins)
    elif on != bulletins.on():
        bulletins.switch(on)


def _on(session: Session) -> tuple[str, ...] | None:
    """List what is on; None while there are no rows."""
    found = session.execute(select(AnnouncementOn.place, AnnouncementOn.name).order_by(AnnouncementOn.place))
    rows = [(place, name) for place, name in found]
    return tuple(name for place, name in rows if place != KNOWN) if rows else None


def _tell(sessions: Sessions, own: Announcements, bulletins: Bulletins) -> None:
    """Tell what this machine has: it is the first."""
    with transaction(sessions) as session:
        one_at_a_time(session, AnnouncementOn.__tablename__)
        if _on(session) is not None:
            return
        for one in _own(own):
            keep(session, own, one)
        switch(session, bulletins.on())


def _bring_sounds(session: Session, own: Announcements, at: datetime) -> None:
    found = session.execute(select(AnnouncementSoundRow.name).distinct())
    wanted, here = {name for (name,) in found}, {one.name: one for one in _own(own)}
    for name in sorted(wanted - here.keys()):
        chosen = select(AnnouncementSoundRow).where(AnnouncementSoundRow.name == name)
        spoken_rows.bring(own, name, session.scalars(chosen).all())
    for name in sorted(here.keys() - wanted):
        if here[name].made_at < at - BEING_MADE:
            own.drop(name)
    heard = _heard(session)
    for one in _own(own):
        if one.name in wanted and heard[one.name] != _sets(one):
            known = {language: tuple(sorted(who)) for language, who in heard[one.name].items()}
            own.restore(replace(one, heard_by=known))


def _heard(session: Session) -> dict[str, dict[Language, set[str]]]:
    found: dict[str, dict[Language, set[str]]] = defaultdict(dict)
    for row in session.scalars(select(AnnouncementHearing)):
        found[row.name].setdefault(Language(row.language), set()).add(row.login)
    return found


def _sets(one: StoredAnnouncement) -> dict[Language, set[str]]:
    return {language: set(who) for language, who in one.heard_by.items() if who}


def _own(own: Announcements) -> Iterable[StoredAnnouncement]:
    return [one for name, one in own.all().items() if name.startswith(OWN)]
