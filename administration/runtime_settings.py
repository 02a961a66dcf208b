"""Settings and menus put in force while calls go on: here at once, in other processes in a second or two."""

import os
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from administration import menu_phrases
from hotline.db import Sessions, looking, transaction
from hotline.ledger.changes import ChangeContext
from hotline.runtime_settings import service
from hotline.runtime_settings.rules import TUNABLE, NotTunable, Origin, origins
from hotline.runtime_settings.snapshot import RuntimeSettings
from ivr.announcements import Announcements
from ivr.books import Books
from ivr.catalogue import Catalogue
from ivr.check import checked
from ivr.menus import Sources, version_of


@dataclass(frozen=True)
class RuntimeChanges:
    """Changes what is set at run time, and has this process follow."""

    factory: Sessions
    tuned: RuntimeSettings
    books: Books
    catalogue: Catalogue
    own: Announcements

    def set_value(self, name: str, value: str, pen: ChangeContext, *, since: str | None = None) -> bool:
        """Give a setting a value; False when it has it already. Raises what ``service.set_value`` raises."""
        with transaction(self.factory) as session:
            done = service.set_value(session, self.tuned.base, name, value, pen, since=since)
        self.tuned.refresh(self.factory, pen.at)
        return done

    def unset(self, name: str, pen: ChangeContext) -> bool:
        """Let the environment, the file or the program say again what counts. Raises NotTunable, NoReason."""
        if name not in TUNABLE:
            raise NotTunable(name)
        with transaction(self.factory) as session:
            done = service.unset(session, name, pen)
        self.tuned.refresh(self.factory, pen.at)
        return done

    def where_from(self, values: Mapping[str, str]) -> Mapping[str, Origin]:
        """Origin of the value of each setting; ``values`` are those that are set at run time."""
        file: dict[str, Any] = {}
        with suppress(OSError, ValueError):
            file = tomllib.loads((self.tuned.base.home / "settings.toml").read_text("utf-8"))
        return origins(values, os.environ, file)

    def save_menus(self, sources: Sources, pen: ChangeContext, *, since: str | None) -> bool:
        """Put menus in force after the check; False when they are already.

        The phrases they name are kept with them, once who saves them has heard them.

        Raises BadMenus, PhraseNotHeard, MovedOn, NoReason.
        """
        with looking(self.factory) as session:
            menu_phrases.bring(session, self.own, sources)
        checked(sources, self.catalogue)
        with transaction(self.factory) as session:
            menu_phrases.keep(session, self.own, sources, pen.by)
            done = service.save_menus(session, sources, version_of(sources), pen, since=since)
        self._follow(pen)
        return done

    def menus_of_folder(self, pen: ChangeContext) -> bool:
        """Let the files that came with the program count again; False when they do. Raises NoReason."""
        with transaction(self.factory) as session:
            done = service.menus_of_folder(session, pen)
        self._follow(pen)
        return done

    def _follow(self, pen: ChangeContext) -> None:
        self.tuned.refresh(self.factory, pen.at)
        self.books.refresh()
