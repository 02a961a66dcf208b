"""Construction of everything: the only place where parts are made."""

import atexit
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from administration import menu_phrases
from administration.closures import Closures
from administration.declared_days import DueTimes
from administration.import_runs import Imports
from administration.overview import Lookout
from administration.runtime_settings import RuntimeChanges
from administration.uploads import Uploads
from calls.in_time import InTime
from calls.outbound_limits import Caps
from calls.turn_facts import Ledger
from calls.webhook_calls import HeldCalls
from control.blind_transfer import Transfers
from control.live_state import LiveState
from control.originate import Calling
from control.outbound_calls import Placing, PlacingRules
from control.page_calls import PageCalls
from control.pbx import Pbx
from control.special_calls import SpecialSteps
from hotline import clock, metrics, places
from hotline.callbacks.chase import Chase
from hotline.callbacks.rules import CallbackLimits
from hotline.callbacks.service import Callbacks, GivenNumbers
from hotline.callbacks.trace import Trace
from hotline.cases.asked import AskedCases, TryLimits
from hotline.cases.cancelling import Cancelling
from hotline.cases.chase import CaseChase
from hotline.cases.deadlines import CaseLimits
from hotline.cases.digest import Digest
from hotline.cases.filing import CaseFiling
from hotline.cases.imported import ImportedCases
from hotline.cases.moving import Moving
from hotline.cases.tracking import MissLimits, Tracking
from hotline.cases.work import CaseWork
from hotline.categories.proposals import Categories
from hotline.db import Sessions, connect, sessions, transaction
from hotline.directory.atlas import Atlas
from hotline.directory.calendar import DeclaredDays
from hotline.directory.snapshot import Snapshot
from hotline.errors import HotlineError
from hotline.exchange.feed import CaseFeed
from hotline.exchange.files import LineFiles
from hotline.exchange.replies import Replies
from hotline.journal import Journal
from hotline.keys import checks
from hotline.keys.files import KeyPlace, KeysAway, key_place
from hotline.keys.ring import KeyRing
from hotline.knowledge.rules import ReplyClock, reply_limit
from hotline.knowledge.service import Finder
from hotline.ledger.change_signal import ChangeSignal
from hotline.outbox.templates import templates
from hotline.retention.deletion_log import DeletionLog
from hotline.retention.kinds import Periods
from hotline.retention.masking import Eraser
from hotline.runtime_settings.snapshot import RuntimeSettings
from hotline.settings import Settings
from hotline.special_callers.service import SpecialList
from hotline.worktime import Calendar, Limit, OfficeHours, Worktime
from ivr.announcements import Announcements
from ivr.books import Books, Terms
from ivr.bulletins import Bulletins
from ivr.catalogue import Catalogue
from ivr.limits import Rules
from ivr.menu_faults import BadMenus
from ivr.numerals import Language
from ivr.prompts import Shelf
from ivr.queue_pace_file import PaceFile
from ivr.turns import Switchboard
from ops import limits
from recordings.messages import Messages
from recordings.policy import RecordingFrom
from recordings.storage import Storages, storages
from recordings.vault import Folders
from transfer.ladder import HuntRules, roster
from wording import ENGLISH, sentence

if TYPE_CHECKING:
    from administration.personal_data import PersonalData
    from control.recording_mute import RecordingMute
    from control.recording_pause import RecordingPauses
    from control.recording_stop import RecordingStops
    from recordings.archive import Archive

log = structlog.get_logger()
MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True)
class House:
    """Parts that a process may need, made when first asked for. ``name`` tells processes apart.

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
        journal = Journal(self.base.journal, f"{self.base.node}-{self.name}", keys=self.keys)
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

    def refresh(self) -> None:
        """Look whether anything that is set or saved has changed; called each second, not by calls."""
        if not self.base.keys_command:
            with suppress(KeysAway):  # those that are held serve; readiness tells
                self.keys.renew()
        if self.news.has_come(clock.now()):
            self.tuned.refresh(self.factory, clock.now())
            self.city.refresh()
            self.special_list.refresh()
        self.books.refresh()

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
    def uploads(self) -> Uploads:
        return Uploads(self.settings.home / "uploads", self.settings.retention_uploads)

    @cached_property
    def limit_rules(self) -> Rules:
        return limits.special_calls(self.settings)

    @property
    def hunt_rules(self) -> HuntRules:
        return limits.hunting(self.settings)

    @property
    def callback_limits(self) -> CallbackLimits:
        return limits.callbacks(self.settings)

    @property
    def case_limits(self) -> CaseLimits:
        return limits.cases(self.settings)

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
    def case_filing(self) -> CaseFiling:
        return CaseFiling(self.moving, places.parsed)

    @cached_property
    def cancelling(self) -> Cancelling:
        return Cancelling(self.moving)

    @cached_property
    def reply_limit(self) -> Limit:
        """Time that an agency has to reply to a question for the book (P4.5)."""
        return reply_limit(self.settings.faq_reply_days, ReplyClock(self.settings.faq_clock))

    @cached_property
    def due_times(self) -> DueTimes:
        chase = Chase(self.factory, self.callbacks)
        return DueTimes(self.callbacks, chase, self.reply_limit, self.case_chase)

    @cached_property
    def callbacks(self) -> Callbacks:
        templates()  # read before the first promise needs one: no call is the moment to find a fault
        return Callbacks(self.worktime, lambda: self.callback_limits, self.settings.dialling)

    @cached_property
    def moving(self) -> Moving:
        templates()
        return Moving(self.callbacks.worktime, lambda: self.case_limits, self.categories)

    @cached_property
    def case_work(self) -> CaseWork:
        return CaseWork(self.moving)

    @cached_property
    def case_chase(self) -> CaseChase:
        return CaseChase(self.factory, self.case_work)

    @cached_property
    def case_digest(self) -> Digest:
        return Digest(self.factory, self.categories, lambda: self.case_limits, lambda: self.worktime.calendar)

    @cached_property
    def case_feed(self) -> CaseFeed:
        folder = self.settings.case_line_folder
        return CaseFeed(self.factory, self.settings.case_receiver, LineFiles(folder) if folder else None)

    @cached_property
    def imported_cases(self) -> ImportedCases:
        return ImportedCases(self.moving, places.parsed)

    @cached_property
    def case_replies(self) -> Replies:
        return Replies(self.factory, self.case_work)

    @cached_property
    def asked_cases(self) -> AskedCases:
        def limits() -> TryLimits:
            return TryLimits(self.settings.case_tries_caller, self.settings.case_tries_case)

        return AskedCases(self.factory, limits)

    @cached_property
    def tracking(self) -> Tracking:
        def limits() -> MissLimits:
            settings = self.settings
            return MissLimits(
                settings.track_misses_address, settings.track_misses_case, settings.track_misses_all
            )

        return Tracking(self.factory, self.cancelling, limits)

    @cached_property
    def catalogue(self) -> Catalogue:
        return Catalogue.load().with_own(self.announcements)

    @cached_property
    def announcements(self) -> Announcements:
        copies = self.settings.sounds / "hotline"
        return Announcements(
            self.settings.announcements, clock.monotonic, lambda: copies if copies.is_dir() else None
        )

    @cached_property
    def closures(self) -> Closures:
        return Closures(self.factory, self.due_times, self.catalogue, self.bulletins, self.announcements)

    @cached_property
    def shelf(self) -> Shelf:
        copies = self.settings.sounds / "hotline"
        played = copies if copies.is_dir() else None  # no Asterisk was ever started from here
        return Shelf(
            self.catalogue,
            self.settings.prompts,
            missing=_prompt_is_missing,
            played=played,
            own=self.announcements,
        )

    @cached_property
    def built_prompts(self) -> Shelf:
        return Shelf(self.catalogue, self.settings.prompts, own=self.announcements)

    @cached_property
    def page_calls(self) -> PageCalls:
        return PageCalls()

    @cached_property
    def finder(self) -> Finder:
        return Finder()

    @cached_property
    def categories(self) -> Categories:
        return Categories(self.atlas, self.finder)

    @cached_property
    def imports(self) -> Imports:
        return Imports(self.factory, self.uploads)

    @cached_property
    def live_state(self) -> LiveState:
        return LiveState(self.pbx)

    @cached_property
    def pbx(self) -> Pbx:
        return Pbx(lambda: self.settings)

    @cached_property
    def special_steps(self) -> SpecialSteps:
        return SpecialSteps(
            self.factory,
            self.pbx,
            self.limit_rules,
            lambda at: roster(self.city.city().at(at), self.hunt_rules),
        )

    @cached_property
    def transfers(self) -> Transfers:
        return Transfers(self.factory, self.pbx, lambda: self.city.city(), lambda at: self.is_open(at))

    @property
    def recording_mute(self) -> "RecordingMute":
        """Imported here: processes that answer calls do without Twilio's library."""
        from control.recording_mute import RecordingMute
        from hotline.twilio_rest import twilio_of

        return RecordingMute(self.factory, self.pbx, twilio_of(self.settings))

    @cached_property
    def recording_pauses(self) -> "RecordingPauses":
        from control.recording_pause import RecordingPauses

        return RecordingPauses(
            self.factory, self.pbx, self.recording_mute, lambda: self.settings.recording_pause
        )

    @cached_property
    def recording_stops(self) -> "RecordingStops":
        from control.recording_stop import RecordingStops

        return RecordingStops(self.factory, self.pbx, self.recording_mute)

    @cached_property
    def calling(self) -> Calling:
        most = self.settings.outbound_person
        return Calling(self.factory, self.pbx, self.callbacks, self.shelf, most, time.sleep)

    @cached_property
    def placing(self) -> Placing:
        def rules() -> PlacingRules:
            return PlacingRules(self.hunt_rules, self.settings.outbound_person, self.settings.verify_attempts)

        return Placing(
            self.factory,
            self.pbx,
            self.shelf,
            lambda: self.city.city(),
            lambda at: self.is_open(at),
            rules,
        )

    @cached_property
    def runtime_settings(self) -> RuntimeChanges:
        return RuntimeChanges(self.factory, self.tuned, self.books, self.catalogue, self.announcements)

    @cached_property
    def lookout(self) -> Lookout:
        return Lookout(self.worktime, self.settings.change_notice_days)

    @cached_property
    def bulletins(self) -> Bulletins:
        return Bulletins(self.settings.home / "bulletins.json", clock.monotonic)

    @cached_property
    def queue_pace(self) -> PaceFile:
        return PaceFile(self.settings.home / "queue-pace.json", clock.monotonic)

    @cached_property
    def books(self) -> Books:
        return Books(
            self.settings.menus,
            self.settings.home / "menus",
            self.catalogue,
            self.bulletins,
            self.callbacks.due,
            city=lambda: self.city.city(),
            is_open=self.is_open,
            terms=lambda: Terms(
                self.queue_pace.read(self.settings.queue_talk),
                self.hunt_rules,
                self.settings.free_of_caller_calls,
            ),
            saved=lambda: self.tuned.menus,
            message_longest=self.settings.message_longest,
            listed=lambda number, at: self.special_list.entry(number, at),
            given=GivenNumbers(self.factory, self.callbacks).refused,
            cases=self.asked_cases,
            recording_from=RecordingFrom(self.settings.recording_from),
            refused=_menus_are_refused,
        )

    @cached_property
    def switchboard(self) -> Switchboard:
        ledger = Ledger(
            self.factory,
            self.journal,
            self.callbacks,
            node=self.settings.node,
            elapsed=clock.monotonic,
            journalled=metrics.journalled.inc,
            cases=self.cancelling,
        )
        return Switchboard(self.books, ledger, self.messages)

    @cached_property
    def eraser(self) -> Eraser:
        return Eraser(self.factory, DeletionLog(self.base.deletions, self.base.node))

    @property
    def periods(self) -> Periods:
        """How long each kind of what is kept of people is kept (P4.12)."""
        return limits.retention(self.settings)

    @cached_property
    def personal_data(self) -> "PersonalData":
        """Imported here: processes that answer calls do without libsndfile."""
        from administration.personal_data import PersonalData
        from administration.sound_retention import SoundRetention

        sound = SoundRetention(self.factory, self.archive, self.eraser.log)
        return PersonalData(
            lambda: self.periods, lambda: self.settings.retention_case_minimum, self.eraser, sound
        )

    @cached_property
    def twilio_calls(self) -> HeldCalls:
        in_time = InTime(self.settings.ring_period, self.settings.ring_most)
        return HeldCalls(
            self.factory,
            self.books,
            self.callbacks,
            node=self.settings.node,
            line="twilio",
            longest=self.settings.call_longest,
            caller_calls=self.settings.caller_calls,
            in_time=in_time,
            caps=Caps(self.settings.outbound_daily, self.settings.outbound_at_once),
            cases=self.cancelling,
        )

    @cached_property
    def messages(self) -> Messages:
        return Messages(self.settings.messages)

    @property
    def folders(self) -> Folders:
        return Folders(self.settings.recordings, self.settings.messages, self.settings.node)

    @cached_property
    def storages(self) -> Storages:
        return storages(self.settings)

    @cached_property
    def archive(self) -> "Archive":
        """Imported here: processes that answer calls do without libsndfile."""
        from recordings.archive import Archive

        return Archive(self.factory, self.keys, self.folders, self.storages)


def house(settings: Settings, name: str, *, traces: bool = True) -> House:
    """House of a process that makes decisions: it waits for the database only a moment."""
    return House(settings, name, settings.decision_database_wait, traces)


def workshop(settings: Settings, name: str) -> House:
    """House of jobs and commands: they may wait."""
    return House(settings, name, settings.job_database_wait)


def migrate(settings: Settings) -> None:
    """Bring the database to the newest schema, and make or check the keys by which it is sealed.

    Processes that answer calls do without Alembic. Raises KeysAway, KeysLost.
    """
    from alembic import command
    from alembic.config import Config

    settings.home.mkdir(parents=True, exist_ok=True)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = settings.database
    command.upgrade(config, "head")
    settle_keys(settings)


def settle_keys(settings: Settings) -> None:
    """Make the first key of a new installation, and see that no key is lost. Raises KeysAway, KeysLost."""
    house = workshop(settings, "up")
    try:
        with transaction(sessions(house.engine)) as session:
            checks.settle(session, house.key_place, house.keys, clock.now())
    finally:
        house.engine.dispose()


def _prompt_is_missing(name: str, language: Language) -> None:
    metrics.missing_prompts.labels(f"{language}/{name}").inc()
    log.error("prompt.missing", prompt=name, language=language)


def _city_is_not_seen(error: BaseException) -> None:
    log.warning("city.not_seen", why=str(error).partition("\n")[0])


def _menus_are_refused(error: BadMenus) -> None:
    metrics.refused_menus.inc()
    log.error("menus.refused", faults=[sentence(fault, ENGLISH) for fault in error.faults])
