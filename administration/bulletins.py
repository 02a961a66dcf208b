"""Bulletins before the menu (V-03): switched by the call centre alone, under a name, and on record."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from administration import announcement_rows
from administration.announcements import refuse_unheard
from hotline.db import Sessions, transaction
from hotline.errors import HotlineError
from hotline.ledger.audit import audit
from hotline.permissions import Action
from hotline.staff.service import permitted
from ivr.announcements import Announcements
from ivr.bulletins import PREFIX, Bulletins
from ivr.catalogue import Catalogue
from ivr.numerals import Language

SUBJECT: Final = "bulletins"


class NotRecorded(HotlineError, code="not-recorded"):
    """No bulletin of this name was recorded, so nobody could hear it."""

    name: str


def recorded(catalogue: Catalogue, language: Language = Language.MANDARIN) -> Mapping[str, str]:
    """Text of each bulletin, by its name."""
    return {
        name.removeprefix(PREFIX): catalogue.text(name, language)
        for name in catalogue.entries
        if name.startswith(PREFIX)
    }


def heard(bulletins: Bulletins) -> tuple[str, ...]:
    """Names of those that callers hear now, in their order."""
    return tuple(name.removeprefix(PREFIX) for name in bulletins.on())


def switch(
    sessions: Sessions,
    catalogue: Catalogue,
    bulletins: Bulletins,
    name: str,
    is_on: bool,
    *,
    by: str,
    at: datetime,
    own: Announcements,
) -> tuple[str, ...]:
    """One bulletin on or off, every one off without a name; what callers hear then.

    Written down first: who may not, changes nothing. Raises NotRecorded, NotHeard, NotPermitted.
    """
    with transaction(sessions) as session:
        after = note(session, catalogue, bulletins, name, is_on, by=by, at=at, own=own)
    bulletins.switch(after)
    return heard(bulletins)


def note(
    session: Session,
    catalogue: Catalogue,
    bulletins: Bulletins,
    name: str,
    is_on: bool,
    *,
    by: str,
    at: datetime,
    own: Announcements,
) -> tuple[str, ...]:
    """Write down in a transaction what ``switch`` does; the list to switch to once it is durable.

    Raises NotRecorded, NotHeard, NotPermitted.
    """
    if is_on and f"{PREFIX}{name}" not in catalogue:
        raise NotRecorded(name)
    if is_on:
        refuse_unheard(own, name, by)
    permitted(session, by, Action.BULLETIN_SWITCH, at)
    before, this = announcement_rows.listed(session, bulletins), f"{PREFIX}{name}"
    others = tuple(on for on in before if name and on != this)
    after = tuple(dict.fromkeys((*before, this))) if is_on else others
    announcement_rows.switch(session, after)
    was, now = {"on": list(before)}, {"on": list(after)}
    audit(session, at, by, Action.BULLETIN_SWITCH, SUBJECT, before=was, after=now)
    return after
