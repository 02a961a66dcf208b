"""Parts that every process stands on: keys, database, journal, what is set, and the city as it is now."""

import atexit
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from administration import menu_phrases
from hotline import clock, metrics
from hotline.callbacks.trace import Trace
from hotline.db import Sessions, connect, sessions
from hotline.directory.atlas import Atlas
from hotline.directory.calendar import DeclaredDays
from hotline.directory.snapshot import Snapshot
from hotline.errors import HotlineError
from hotline.journal import Journal, SecondCopy
from hotline.keys.files import KeyPlace, key_place
from hotline.keys.ring import KeyRing
from hotline.ledger.change_signal import ChangeSignal
from hotline.runtime_settings.snapshot import RuntimeSettings
from hotline.settings import Settings
from hotline.special_callers.service import SpecialList
from hotline.worktime import Calendar, OfficeHours, Worktime
from ivr.announcements import Announcements
from ivr.catalogue import Catalogue

log = structlog.get_logger()


@dataclass(frozen=True)
class BaseParts:
    """Parts of every process, made when first asked for. ``name`` tells processes apart.

    ``traces``: what becomes of promises is left in the journal too;
    AGI processes leave their turns there anyhow.
    """

    base: Settings
    name: str
    database_wait: timedelta
    traces: bool = True

    @cached_property
    def engine(self) -> Engine:
        return connect(self.base.database, wait=self.database_wait, keys=self.keys)

    @cached_property
    def key_place(self) -> KeyPlace:
        return key_place(self.base.installation_keys, self.base.keys_command)

    @cached_property
    def keys(self) -> KeyRing:
        """The ring of this installation; read when it is first needed, or told to ``load``."""
        return KeyRing({}, self.key_place.read)

    @cached_property
    def factory(self) -> Sessions:
        factory = sessions(self.engine)
        if self.traces:
            Trace(self.journal).follow(factory)
        return factory

    @cached_property
    def journal(self) -> Journal:
        """Journal of this process; its file appears with the first entry."""
        settings, folder = self.base, self.base.journal_second
        second = SecondCopy(folder, settings.journal_second_wait.total_seconds()) if folder else None
        name = f"{settings.node}-{self.name}"
        journal = Journal(settings.journal, name, keys=self.keys, second=second)
        atexit.register(journal.close)
        return journal

    @cached_property
    def tuned(self) -> RuntimeSettings:
        def refused(name: str, error: HotlineError) -> None:
            log.error("setting.refused", setting=name, why=str(error))

        def bring(session: Session, menus: Mapping[str, str]) -> None:
            try:
                menu_phrases.bring(session, self.announcements, menus)
            except OSError as error:  # on a full disk the menus that were heard before go on
                log.error("menus.sound_not_kept", why=str(error))

        return RuntimeSettings(self.base, self.base.home / "tuned.json", refused, bring)

    @property
    def settings(self) -> Settings:
        """Settings as they are now: some may be set while calls go on."""
        return self.tuned.settings

    @cached_property
    def news(self) -> ChangeSignal:
        return ChangeSignal(self.factory)

    @cached_property
    def city(self) -> Snapshot:
        file = self.settings.home / "city.json"
        snapshot = Snapshot(self.factory, file, clock.now, seen=metrics.city_seen.set, away=_city_is_not_seen)
        snapshot.refresh()
        return snapshot

    @cached_property
    def atlas(self) -> Atlas:
        return Atlas(self.factory)

    @cached_property
    def special_list(self) -> SpecialList:
        return SpecialList(self.factory, lambda error: log.warning("special_list.not_seen", why=str(error)))

    @cached_property
    def worktime(self) -> Worktime:
        settings = self.settings
        hours = OfficeHours(settings.office_opens, settings.office_closes, settings.office_pause)
        calendar = Calendar(DeclaredDays(lambda: self.city.city()))
        return Worktime(calendar, hours, lambda day: self.city.city().hours(day))

    def is_open(self, at: datetime) -> bool:
        """Tell whether the offices of the city are open."""
        return self.worktime.is_open(at)

    @cached_property
    def catalogue(self) -> Catalogue:
        return Catalogue.load().with_own(self.announcements)

    @cached_property
    def announcements(self) -> Announcements:
        copies = self.settings.sounds / "hotline"
        return Announcements(
            self.settings.announcements, clock.monotonic, lambda: copies if copies.is_dir() else None
        )


def _city_is_not_seen(error: BaseException) -> None:
    log.warning("city.not_seen", why=str(error).partition("\n")[0])
