"""Parts that decide calls: all that an AGI process needs, and nothing that only pages or jobs do."""

from contextlib import suppress
from functools import cached_property

import structlog

from calls.cut_calls import RecentlyCut
from calls.turn_facts import Ledger
from hotline import clock, metrics
from hotline.callbacks.given_numbers import GivenNumbers
from hotline.callbacks.rules import CallbackLimits
from hotline.callbacks.service import Callbacks
from hotline.cases.asked import AskedCases, TryLimits
from hotline.cases.cancelling import Cancelling
from hotline.cases.deadlines import CaseLimits
from hotline.cases.moving import Moving
from hotline.categories.proposals import Categories
from hotline.keys.files import KeysAway
from hotline.knowledge.service import Finder
from hotline.outbox.templates import templates
from hotline.settings import Settings
from hotline.survey.drawing import SurveyDraw
from ivr.books import Books, Terms
from ivr.bulletins import Bulletins
from ivr.limits import Rules
from ivr.menu_faults import BadMenus
from ivr.numerals import Language
from ivr.prompts import Shelf
from ivr.queue_pace_file import PaceFile
from ivr.turns import Switchboard
from ops import limits
from ops.parts.base import BaseParts
from recordings.messages import Messages
from recordings.policy import RecordingFrom
from transfer.ladder import HuntRules
from wording import ENGLISH, sentence

log = structlog.get_logger()


class DecisionParts(BaseParts):
    """Parts of a process that answers Asterisk."""

    def refresh(self) -> None:
        """Look whether anything that is set or saved has changed; called each second, not by calls."""
        self._look_at_files()
        if self.news.has_come(clock.now()):
            self._read_what_is_set()
        self.cut_calls.refresh(clock.now())

    def read_anew(self) -> None:
        """Read what is set and saved, for who knows that there is news and decides no calls."""
        self._look_at_files()
        self._read_what_is_set()

    def _look_at_files(self) -> None:
        if not self.base.keys_command:
            with suppress(KeysAway):  # those that are held serve; readiness tells
                self.keys.renew()
        self.books.refresh()

    def _read_what_is_set(self) -> None:
        self.tuned.refresh(self.factory, clock.now())
        self.city.refresh()
        self.special_list.refresh()

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
    def cancelling(self) -> Cancelling:
        return Cancelling(self.moving)

    @cached_property
    def callbacks(self) -> Callbacks:
        templates()  # read before the first promise needs one: no call is the moment to find a fault
        return Callbacks(self.worktime, lambda: self.callback_limits, self.settings.dialling)

    @cached_property
    def moving(self) -> Moving:
        templates()
        return Moving(self.callbacks.worktime, lambda: self.case_limits, self.categories)

    @cached_property
    def asked_cases(self) -> AskedCases:
        def limits() -> TryLimits:
            return TryLimits(self.settings.case_tries_caller, self.settings.case_tries_case)

        return AskedCases(self.factory, limits)

    @cached_property
    def cut_calls(self) -> RecentlyCut:
        return RecentlyCut(self.factory, self.base.node)

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
    def finder(self) -> Finder:
        return Finder()

    @cached_property
    def categories(self) -> Categories:
        return Categories(self.atlas, self.finder)

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
            video_address=self.settings.video_address,
            survey=SurveyDraw(self.factory, lambda: limits.survey(self.settings)),
            cut_calls=self.cut_calls,
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
    def messages(self) -> Messages:
        return Messages(self.settings.messages)


def decisions(settings: Settings, name: str) -> DecisionParts:
    """Parts of an AGI process: it waits for the database only a moment."""
    return DecisionParts(settings, name, settings.decision_database_wait, traces=False)


def _prompt_is_missing(name: str, language: Language) -> None:
    metrics.missing_prompts.labels(f"{language}/{name}").inc()
    log.error("prompt.missing", prompt=name, language=language)


def _menus_are_refused(error: BadMenus) -> None:
    metrics.refused_menus.inc()
    log.error("menus.refused", faults=[sentence(fault, ENGLISH) for fault in error.faults])
