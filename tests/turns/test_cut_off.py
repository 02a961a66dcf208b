"""Who was cut off by a fault of ours and calls again: the same scenes over every line."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from hotline.callbacks.service import Callbacks
from hotline.numbers import e164
from ivr.books import Books
from ivr.bulletins import Bulletins
from ivr.catalogue import Catalogue
from ivr.cut_off import CutCall
from ivr.menus import FOLDER
from ivr.numerals import Language
from tests.turns.rows import Rows
from tests.turns.scene import Caller

WAITED, IN_MENUS, NOBODY = "0912345678", "0922222222", "0944444444"
CUT = {
    e164(WAITED): CutCall("cut-1", Language.MANDARIN, waited=True),
    e164(IN_MENUS): CutCall("cut-2", Language.ENGLISH, waited=False),
}


@dataclass(frozen=True)
class Cuts:
    """Calls that were cut off, by their callers."""

    def are_there(self) -> bool:
        return True

    def untold(self, caller: str, at: datetime) -> CutCall | None:
        return CUT.get(caller)


@pytest.fixture
def books(tmp_path: Path, catalogue: Catalogue, callbacks: Callbacks, bulletins: Bulletins) -> Books:
    return Books(FOLDER, tmp_path / "menus", catalogue, bulletins, callbacks.due, cut_calls=Cuts())


def test_who_waited_is_told_and_goes_to_the_front(caller: Caller, rows: Rows) -> None:
    """Before the language menu; in front from the first wait on, and still after the place was told.
    The record of either call says so.
    """
    caller.dials(WAITED).hears_of("zh-TW/cut-off.front", "zh-TW/V-02.1").presses("1", "1").waits_in_front()
    caller.waits(position=1).says_nothing().waits_in_front()
    if name := getattr(caller.line, "unique_id", ""):
        assert rows.events(name).count("CutOffTold") == 1
        assert rows.events("cut-1") == ["CalledAgain"] and rows.details("cut-1") == [{"call": name}]


def test_who_was_in_the_menus_is_told_and_waits_as_anybody(caller: Caller) -> None:
    """There was no place in a line to lose; it is said in the language of that call."""
    caller.dials(IN_MENUS).hears_of("en/cut-off", "zh-TW/V-02.1").presses("0").waits_in_front(False)


def test_nobody_else_hears_of_it(caller: Caller) -> None:
    """The language menu comes at once."""
    assert not any("cut-off" in name for name in caller.dials(NOBODY).heard)
    caller.presses("0").waits_in_front(False)
