"""The menus in force, reloaded while calls go on; a call keeps the version it began with."""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from hotline.callbacks.wishes import GivenNumberRefusal
from hotline.directory.rules import City
from ivr.bulletins import Bulletins
from ivr.catalogue import Catalogue
from ivr.check import checked
from ivr.cut_off import CutCalls
from ivr.engine import Book
from ivr.menu_faults import BadMenus
from ivr.menus import Menus, Sources, parse, read_sources, version_of
from ivr.queue_pace import Pace
from ivr.turn import Cases, Surveys
from recordings.policy import RecordingFrom
from transfer.ladder import HuntRules


class Terms(NamedTuple):
    """Terms that may be set while calls go on, and count from the next turn of every call."""

    pace: Pace = Pace()
    hunt: HuntRules = HuntRules()
    exempt: frozenset[str] = frozenset()


Stamp = str | tuple[tuple[str, int, int], ...]
"""By which a change is noticed: the version of what is saved, or name, time and size of each file."""


class UnknownMenus(LookupError):
    """A call names a version of the menus that is nowhere kept."""


class Books:
    """Hands out books. Bad menus are reported and the last good ones stay in force.

    The menus are those that ``saved`` gives, else the files of ``folder``.
    Every version is kept in ``kept`` as a file, so that another process, or this
    one after a restart, can go on with a call that began under it, and so that a
    process that starts over bad menus has the last good ones.
    """

    def __init__(
        self,
        folder: Path,
        kept: Path,
        catalogue: Catalogue,
        bulletins: Bulletins,
        due: Callable[[datetime], datetime],
        *,
        city: Callable[[], City] = City,
        is_open: Callable[[datetime], bool] = lambda at: True,
        terms: Callable[[], Terms] = Terms,
        saved: Callable[[], Sources | None] = lambda: None,
        message_longest: timedelta = timedelta(seconds=120),
        listed: Callable[[str, datetime], int] = lambda number, at: 0,
        given: Callable[
            [str, str, str, datetime], GivenNumberRefusal | None
        ] = lambda caller, number, asked, at: None,
        cases: Cases | None = None,
        recording_from: RecordingFrom = RecordingFrom.PERSON,
        video_address: str = "",
        survey: Surveys | None = None,
        cut_calls: CutCalls | None = None,
        refused: Callable[[BadMenus], None] = lambda error: None,
    ) -> None:
        self._folder, self._kept, self._bulletins, self._refused = folder, kept, bulletins, refused
        self._lock, self._versions, self._todays = Lock(), dict[str, Book](), dict[str, Book]()
        self._city, self._terms, self._saved = city, terms, saved
        self._blank = partial(
            Book,
            catalogue=catalogue,
            due=due,
            is_open=is_open,
            message_longest=message_longest,
            listed=listed,
            given=given,
            cases=cases,
            recording_from=recording_from,
            video_address=video_address,
            survey=survey,
            cut_calls=cut_calls,
        )
        self._catalogue = catalogue
        self._seen = self._stamp()
        try:
            self.current = self._take()
        except BadMenus as error:
            self.current = self._last_good(error)

    def book(self, version: str | None = None) -> Book:
        """A version's book or the one in force, with what is on and who sits where. Raises UnknownMenus."""
        version = version or self.current
        bulletins, city, terms = self._bulletins.on(), self._city(), self._terms()
        today = self._todays.get(version)
        if (
            today is None
            or today.bulletins != bulletins
            or today.city is not city
            or (today.pace, today.hunt, today.exempt) != terms
        ):
            book = self._versions.get(version) or self._read(version)
            today = self._todays[version] = replace(book, bulletins=bulletins, city=city, **terms._asdict())
        return today

    def refresh(self) -> None:
        """Look whether the menus changed; called from time to time, not by calls."""
        stamp = self._stamp()
        if stamp == self._seen:
            return
        with suppress(FileNotFoundError):  # an editor is just replacing a file: look again next time
            try:
                self.current = self._take()
            except BadMenus as error:
                self._refused(error)
            self._seen = stamp

    def _stamp(self) -> Stamp:
        saved = self._saved()
        if saved is not None:
            return version_of(saved)
        found = []
        for path in sorted(self._folder.glob("*.toml")):
            with suppress(FileNotFoundError):  # an editor may replace a file at this moment
                stat = path.stat()
                found.append((path.name, stat.st_mtime_ns, stat.st_size))
        return tuple(found)

    def _take(self) -> str:
        saved = self._saved()
        sources = read_sources(self._folder) if saved is None else saved
        menus = checked(sources, self._catalogue)
        with suppress(OSError):  # on a full disk a restart will find today's menus, which is enough
            self._keep(sources, menus.version)
        self._add(menus)
        return menus.version

    def _keep(self, sources: Sources, version: str) -> None:
        """Write the file anew each time: the newest is the version that was put in force last."""
        self._kept.mkdir(parents=True, exist_ok=True)
        draft = self._kept / f"{version}.{os.getpid()}.draft"
        draft.write_text(json.dumps(dict(sources), ensure_ascii=False), "utf-8")
        draft.replace(self._kept / f"{version}.json")

    def _last_good(self, error: BadMenus) -> str:
        """The version put in force last. Raises the error when there was none."""
        kept = sorted(self._kept.glob("*.json"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
        for file in kept:
            with suppress(UnknownMenus):
                self._read(file.stem)
                self._refused(error)
                return file.stem
        raise error

    def _add(self, menus: Menus) -> Book:
        with self._lock:
            return self._versions.setdefault(menus.version, self._blank(menus))

    def _read(self, version: str) -> Book:
        if not version.isalnum():
            raise UnknownMenus(version)
        try:
            menus = parse(json.loads((self._kept / f"{version}.json").read_text("utf-8")))
        except (
            OSError,
            ValueError,
            AttributeError,
            TypeError,
        ) as error:  # not kept, damaged, of another time
            raise UnknownMenus(version) from error
        if menus.version != version:
            raise UnknownMenus(version)
        return self._add(menus)
