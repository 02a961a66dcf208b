"""Parts of the house as tests put them together: our own menus, catalogue and office hours."""

from collections.abc import Callable, Mapping
from datetime import datetime, time
from functools import cache
from pathlib import Path

from hotline.callbacks.service import Callbacks
from hotline.clock import monotonic, taipei
from hotline.worktime import Calendar, OfficeHours, Worktime
from ivr.books import Books
from ivr.bulletins import Bulletins
from ivr.catalogue import Catalogue
from ivr.engine import Book
from ivr.menus import FOLDER, Menus, parse, read_sources
from ivr.prompts import Shelf
from recordings.messages import Messages
from recordings.policy import RecordingFrom
from wording import ENGLISH, sentence

NOON = taipei("2026-11-24T12:00")
NO_MESSAGES = Messages(Path("/nonexistent"))


@cache
def catalogue() -> Catalogue:
    """Every text the line can say."""
    return Catalogue.load()


def shelf() -> Shelf:
    """The rendered files."""
    return Shelf(catalogue())


class Everything(Shelf):
    """A shelf on which every promised file stands, whatever is rendered on this machine."""

    def _stands(self, name: str, language: object) -> bool:
        return name in self.catalogue and self.catalogue.has_voice(name, language)  # type: ignore[arg-type]


def full_shelf() -> Shelf:
    """A shelf with nothing missing."""
    return Everything(catalogue())


@cache
def callbacks() -> Callbacks:
    """Promises kept within four office hours."""
    return Callbacks(Worktime(Calendar(), OfficeHours(time(8, 30), time(17, 30))))


@cache
def menus() -> Menus:
    """The menus as they are shipped."""
    return parse(read_sources(FOLDER))


def book(*bulletins: str, due: Callable[[datetime], datetime] | None = None) -> Book:
    """What a turn may look up, with these bulletins on."""
    return Book(menus(), catalogue(), due or callbacks().due, bulletins)


def books(
    folder: Path,
    kept: Path,
    refused: list[str] | None = None,
    recording_from: RecordingFrom = RecordingFrom.PERSON,
) -> Books:
    """The menus of a folder; what was refused is added to the list."""
    faults = refused if refused is not None else []
    quiet = Bulletins(kept / "bulletins.json", monotonic)
    return Books(
        folder,
        kept,
        catalogue(),
        quiet,
        callbacks().due,
        recording_from=recording_from,
        refused=lambda error: faults.append(sentence(error, ENGLISH)),
    )


def written(folder: Path, sources: Mapping[str, str]) -> Path:
    """A folder with exactly these menu files."""
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.toml"):
        old.unlink()
    for name, text in sources.items():
        (folder / name).write_text(text, "utf-8")
    return folder
