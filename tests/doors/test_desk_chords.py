"""Every act of the agents' desk has a chord of the one table, with keys that are nobody else's."""

import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.doors.console import console
from web.console.desk_chords import CHORDS, LEADER, VIDEO_CHORDS, Chord

OWN: frozenset[str] = frozenset(("data-chords-close", "data-chords-reset", "data-pane"))
"""Buttons without one: of the list itself, and the two that only show what their part's chords show too."""
KEYS = re.compile(rf"{LEADER}?[ACGI-RUW-Z,.;/=\[\]\\-]")
"""Not Alt with D, E, F or a digit (Chromium), S, V, B, T, H (Firefox); screen readers work with Shift, Insert
and Caps Lock. The leader's key is no chord by itself.
"""


class Acts(HTMLParser):
    """Buttons and folds of a page; those that send a form of their own are pressed by Enter."""

    def __init__(self) -> None:
        super().__init__()
        self.chords, self.without, self._forms = set[str](), list[str](), 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what bears a chord, and what could and does not."""
        given = dict(attrs)
        self._forms += tag == "form"
        if name := given.get("data-chord"):
            self.chords.add(name)
        elif tag == "button" and given.get("type") != "button" and self._forms:
            return
        elif tag in ("button", "summary") and not OWN & set(given):
            self.without.append(str(self.get_starttag_text()))

    def handle_endtag(self, tag: str) -> None:
        """A form ends."""
        self._forms -= tag == "form"


def made_by_scripts() -> set[str]:
    """Chords of what the desk's scripts make."""
    scripts = " ".join(one.read_text("utf-8") for one in Path("web/scripts/desk").glob("*.js"))
    return {one.name for one in CHORDS if one.is_late and f'"{one.name}"' in scripts}


def test_every_act_has_a_chord_and_every_chord_an_act(tmp_path: Path) -> None:
    """Emergency, 110 and 119 too; an act that has none is named here."""
    pages = console(tmp_path / "home", browser_phones=True)
    acts, names = Acts(), {one.name for one in CHORDS}
    page = pages.signed_in("agent-1").get("/desk").text
    acts.feed(page.partition("data-desk")[2])
    assert acts.without == []
    assert acts.chords | made_by_scripts() == names


@pytest.mark.parametrize("table", [CHORDS, VIDEO_CHORDS], ids=["desk", "video"])
def test_no_two_acts_share_keys(table: Sequence[Chord]) -> None:
    """And none is a browser's or a screen reader's."""
    keys = [one.key for one in table]
    assert len(set(keys)) == len(keys)
    assert [one for one in keys if not KEYS.fullmatch(one)] == []


@pytest.mark.parametrize("name", ["emergency", "110", "119", "file", "hold", "end"])
def test_what_counts_most_is_in_the_table(name: str) -> None:
    """By its own keys, not by a panel's digits alone."""
    assert name in {one.name for one in CHORDS}
