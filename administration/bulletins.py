"""What every caller hears before the menu (V-03): switched by the call centre alone, under a name, and on record."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from administration.house import House
from hotline.db import transaction
from hotline.errors import HotlineError
from hotline.ledger.audit import audit
from hotline.permissions import Action
from hotline.staff.service import permitted
from ivr.bulletins import PREFIX
from ivr.numerals import Language

SUBJECT: Final = "bulletins"


class NotRecorded(HotlineError):
    """No bulletin of this name was recorded, so nobody could hear it."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"no bulletin {name!r}; see: hotline bulletin list")


def recorded(house: House, language: Language = Language.MANDARIN) -> Mapping[str, str]:
    """What each bulletin says, by its name."""
    return {
        name.removeprefix(PREFIX): house.catalogue.text(name, language)
        for name in house.catalogue.entries
        if name.startswith(PREFIX)
    }


def heard(house: House) -> tuple[str, ...]:
    """Names of those that callers hear now, in their order."""
    return tuple(name.removeprefix(PREFIX) for name in house.bulletins.on())


def switch(house: House, name: str, is_on: bool, *, by: str, at: datetime) -> tuple[str, ...]:
    """One bulletin on or off, every one off without a name; what callers hear then.

    Written down first: who may not, changes nothing. Raises NotRecorded, NotPermitted.
    """
    if is_on and f"{PREFIX}{name}" not in house.catalogue:
        raise NotRecorded(name)
    before, this = house.bulletins.on(), f"{PREFIX}{name}"
    others = tuple(on for on in before if name and on != this)
    after = tuple(dict.fromkeys((*before, this))) if is_on else others
    with transaction(house.factory) as session:
        permitted(session, by, Action.BULLETIN_SWITCH, at)
        audit(
            session, at=at, by=by, action=Action.BULLETIN_SWITCH, subject=SUBJECT,
            before={"on": list(before)}, after={"on": list(after)},
        )  # fmt: skip
    house.bulletins.switch(after)
    return heard(house)
