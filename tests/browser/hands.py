"""One task, done by mouse or by keyboard alone, on a desk's screen or a telephone's,
in Chinese or in English.

A scene says what is done in the Chinese words of the pages; on an English page their English is looked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any, Self

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import WIDTHS, Site, Visit
from web.console.language import ENGLISH, FOLDER
from wording import CHINESE, catalogue

MOST = 120
"""Presses of the tabulator within which everything on a page is reached."""
MOMENT = "%Y-%m-%dT%H:%M"
"""How a field of a day and a time holds it."""


def texts_of(file: Path) -> Catalog:
    return read_po(BytesIO(file.read_bytes()))


@cache
def english() -> Mapping[str, str]:
    """The English of every text of the pages, and of every sentence and term that they share with others."""
    texts = dict[str, str]()
    for domain in ("errors", "terms"):
        chinese, others = (
            texts_of(catalogue.FOLDER / language / "LC_MESSAGES" / f"{domain}.po")
            for language in (CHINESE, ENGLISH)
        )
        texts |= {str(one.string): str(others[str(one.id)].string) for one in chinese if one.id}
    for file in (FOLDER / ENGLISH / "LC_MESSAGES").glob("*.po"):
        texts |= {str(one.id): str(one.string) for one in texts_of(file) if isinstance(one.id, str)}
    return texts


@dataclass
class Hand:
    """Somebody's hand before a page; ``name`` tells their pictures from those of others."""

    visit: Visit
    language: str
    name: str
    part: Locator
    """Of the page: its matter, without the menu."""

    def within(self, words: str) -> Self:
        """The same hand in the section that has these words."""
        section = self.visit.page.locator("main section").filter(has_text=self.said(words))
        return replace(self, part=section)

    def said(self, words: str, **values: object) -> str:
        """Words of the pages in the language of this one; what is no words of theirs stays as it is."""
        spoken = english().get(words, words) if self.language == "en" else words
        return str(spoken % values if values else spoken)

    def sees(self, words: str, **values: object) -> None:
        """Waits until words are to be seen."""
        self.part.get_by_text(self.said(words, **values)).first.wait_for()

    def is_well(self, page: str) -> None:
        """See ``Visit.is_well``."""
        self.visit.is_well(f"{page}-{self.name}")

    def goes(self, path: str) -> None:
        """To a page by its address."""
        self.visit.goes(path)

    def presses(self, words: str, **values: object) -> None:
        """A button or a link."""
        name = self.said(words, **values)
        button = self.part.get_by_role("button", name=name, exact=True)
        self.press(button.or_(self.part.get_by_role("link", name=name, exact=True)))

    def unfolds(self, words: str) -> None:
        """What is folded away."""
        self.press(self.part.locator("summary").filter(has_text=self.said(words)))

    def fills(self, label: str, text: str) -> None:
        """A field with a text."""
        self.fill(self._field(label), text)

    def dates(self, label: str, day: date) -> None:
        """A field with a day."""
        self.date(self._field(label), day)

    def moments(self, label: str, moment: datetime) -> None:
        """A field with a day and a time of day, to the minute."""
        self.moment(self._field(label), moment)

    def chooses(self, label: str, option: str) -> None:
        """One of a list."""
        self.choose(self._field(label), self.said(option))

    def ticks(self, label: str) -> None:
        """A box, or one of several ways."""
        self.tick(self._field(label))

    def _field(self, label: str) -> Locator:
        return self.part.get_by_label(self.said(label), exact=True)

    def press(self, found: Locator) -> None:
        raise NotImplementedError

    def fill(self, found: Locator, text: str) -> None:
        raise NotImplementedError

    def date(self, found: Locator, day: date) -> None:
        raise NotImplementedError

    def moment(self, found: Locator, moment: datetime) -> None:
        raise NotImplementedError

    def choose(self, found: Locator, option: str) -> None:
        raise NotImplementedError

    def tick(self, found: Locator) -> None:
        raise NotImplementedError


class Mouse(Hand):
    """Points at things."""

    def press(self, found: Locator) -> None:
        found.click()

    def fill(self, found: Locator, text: str) -> None:
        found.click()
        found.fill(text)

    def date(self, found: Locator, day: date) -> None:
        found.fill(day.isoformat())

    def moment(self, found: Locator, moment: datetime) -> None:
        found.fill(f"{moment:{MOMENT}}")

    def choose(self, found: Locator, option: str) -> None:
        found.select_option(label=option)

    def tick(self, found: Locator) -> None:
        found.check()


class Keyboard(Hand):
    """Goes from thing to thing by the tabulator; fails where it does not come to."""

    def press(self, found: Locator) -> None:
        self._reaches(found)
        self._key("Enter")

    def fill(self, found: Locator, text: str) -> None:
        self._reaches(found)
        self._key("ControlOrMeta+A")
        self.visit.page.keyboard.type(text)

    def date(self, found: Locator, day: date) -> None:
        """Month, day, year: Chromium's own order, whatever the language of the page."""
        self._reaches(found)
        self.visit.page.keyboard.type(f"{day:%m%d%Y}")
        expect(found).to_have_value(day.isoformat())

    def moment(self, found: Locator, moment: datetime) -> None:
        """The day, the tabulator, and the hour of twelve."""
        self._reaches(found)
        self.visit.page.keyboard.type(f"{moment:%m%d%Y}")
        self._key("Tab")
        self.visit.page.keyboard.type(f"{moment:%I%M%p}")
        expect(found).to_have_value(f"{moment:{MOMENT}}")

    def choose(self, found: Locator, option: str) -> None:
        self._reaches(found)
        self._key("Home")
        shown = "e => e.selectedOptions[0].text"
        for _press in range(found.evaluate("e => e.options.length")):
            if found.evaluate(shown) == option:
                return
            self._key("ArrowDown")
        assert found.evaluate(shown) == option

    def tick(self, found: Locator) -> None:
        self._reaches(found)
        if found.get_attribute("type") == "checkbox":
            self._key("Space")
        for _press in range(10):
            if found.is_checked():
                return
            self._key("ArrowDown")
        raise AssertionError(f"{found} is not ticked by keys")

    def _reaches(self, found: Locator) -> None:
        """Of several ways, one is reached by the tabulator and the others by arrows."""
        wanted: Any = found.element_handle()
        here = """e => { const f = document.activeElement;
            return e === f || e.type === 'radio' && f.type === 'radio' && e.name === f.name }"""
        for _press in range(MOST):
            if wanted.evaluate(here):
                return
            self._key("Tab")
        raise AssertionError(f"{found} is not reached by {MOST} presses of the tabulator")

    def _key(self, key: str) -> None:
        self.visit.page.keyboard.press(key)


@dataclass(frozen=True)
class Way:
    """How a task is done: which hand, at which screen, in which language."""

    hand: type[Hand]
    width: str
    language: str

    def __str__(self) -> str:
        return f"{self.hand.__name__.lower()}-{self.width}-{self.language}"

    def comes(self, site: Site, login: str) -> Hand:
        """Somebody signed in, who does it this way."""
        return self._before(site.returns(login, self.width, self.language))

    def at(self, page: Page, base: str) -> Hand:
        """Somebody before a page that is open already."""
        return self._before(Visit(page, base, f"{self.width}-{self.language}"))

    def _before(self, visit: Visit) -> Hand:
        return self.hand(visit, self.language, self.hand.__name__.lower(), visit.page.locator("main"))


def is_met(way: Way) -> bool:
    """Of the eight ways, four in which every two of hand, width and language meet."""
    return (way.hand is Mouse) == ((way.width == "wide") == (way.language == "zh-TW"))


WAYS = tuple(Way(*chosen) for chosen in product((Mouse, Keyboard), WIDTHS, ("zh-TW", "en")))


def _in_ways(promise: str = "") -> pytest.MarkDecorator:
    """Play a scene in four ways, in all eight on demand;
    the first is the scene of a promise, if it has one.
    """
    first, *others = (way for way in WAYS if is_met(way))
    told = pytest.param(first, marks=pytest.mark.promise(promise)) if promise else first
    on_demand = (pytest.param(way, marks=pytest.mark.thorough) for way in WAYS if not is_met(way))
    return pytest.mark.parametrize("way", [told, *others, *on_demand], ids=str)


every_way, promised_way = _in_ways(), _in_ways

every_screen = pytest.mark.parametrize(
    ("width", "language"),
    [
        ("wide", "zh-TW"),
        ("narrow", "en"),
        pytest.param("wide", "en", marks=pytest.mark.thorough),
        pytest.param("narrow", "zh-TW", marks=pytest.mark.thorough),
    ],
)
"""A page is looked at on both screens and in both languages; in all four pairs on demand."""
