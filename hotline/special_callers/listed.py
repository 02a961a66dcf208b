"""The special list as decisions see it: looked at now and then, never waited for by a caller."""

from collections.abc import Callable, Mapping
from datetime import datetime

from hotline.clock import TAIPEI
from hotline.db import Sessions, is_away, looking
from hotline.special_callers.rules import ListedCaller
from hotline.special_callers.service import entries


class SpecialList:
    """The special list by number. While the database is away the entries seen last serve."""

    def __init__(self, factory: Sessions, away: Callable[[BaseException], None]) -> None:
        self._factory, self._away = factory, away
        self._by_number: Mapping[str, tuple[ListedCaller, ...]] = {}
        self._is_away = False

    def refresh(self) -> None:
        """Look at the rows again; called from time to time."""
        try:
            with looking(self._factory) as session:
                known = entries(session)
        except Exception as error:
            if not is_away(error):
                raise
            if not self._is_away:  # told once, not every second
                self._away(error)
            self._is_away = True
            return
        self._by_number, self._is_away = by_number(known), False

    def entry(self, number: str, at: datetime) -> int:
        """The entry in force for a number (E.164) on that day in Taipei, 0 for none."""
        on = at.astimezone(TAIPEI).date()
        return next((entry.id for entry in self._by_number.get(number, ()) if entry.works(on)), 0)


def by_number(known: list[ListedCaller]) -> dict[str, tuple[ListedCaller, ...]]:
    """List every entry under each of its numbers."""
    found: dict[str, tuple[ListedCaller, ...]] = {}
    for entry in known:
        for number in entry.numbers:
            found[number] = (*found.get(number, ()), entry)
    return found
