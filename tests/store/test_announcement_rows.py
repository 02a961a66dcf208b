"""Announcements of several machines: made at one, heard, switched on and dropped at any, played at each."""

from datetime import timedelta
from pathlib import Path

import pytest

from administration import announcement_rows
from hotline.db import Sessions, transaction
from ivr.announcements import NARROW, RATES, WAV, WIDE, Announcements, AnnouncementSource, StoredAnnouncement
from ivr.bulletins import Bulletins
from ivr.numerals import Language
from tests.promises import TEN

pytestmark = pytest.mark.dialects

TYPHOON = "V-03.typhoon"
LATER = TEN + timedelta(minutes=5)


class Copies:
    """What one machine plays from."""

    def __init__(self, folder: Path, factory: Sessions) -> None:
        self._factory, self._seconds = factory, 0.0
        self.own = Announcements(folder / "announcements", self._tick)
        self.bulletins = Bulletins(folder / "bulletins.json", self._tick)

    def _tick(self) -> float:
        """A clock by which each look is a second after the last."""
        self._seconds += 1.0
        return self._seconds

    def makes(self, words: str, *heard_by: str) -> StoredAnnouncement:
        """On the disk alone."""
        sound = {NARROW: b"\x01\x00" * 8000, RATES[WIDE]: b"\x01\x00" * 16000}
        texts = {Language.MANDARIN: words}
        made = self.own.keep(AnnouncementSource.TYPED, texts, {Language.MANDARIN: sound}, TEN, "admin-1")
        for login in heard_by:
            self.own.hear(made.name, Language.MANDARIN, login)
        return self.own.all()[made.name]

    def keeps(self, one: StoredAnnouncement) -> None:
        with transaction(self._factory) as session:
            announcement_rows.keep(session, self.own, one)

    def switches(self, *on: str) -> None:
        """As a page does: what was on before is read in the same transaction."""
        with transaction(self._factory) as session:
            before = announcement_rows.listed(session, self.bulletins)
            announcement_rows.switch(session, tuple(dict.fromkeys((*before, *on))))

    def brings(self) -> None:
        announcement_rows.bring(self._factory, self.own, self.bulletins, LATER)


@pytest.fixture
def machines(tmp_path: Path, factory: Sessions) -> tuple[Copies, Copies]:
    """Two machines over one database; the first has told what it has: nothing."""
    both = Copies(tmp_path / "one", factory), Copies(tmp_path / "two", factory)
    both[0].brings()
    return both


def test_what_is_made_at_one_machine_is_played_at_the_other(machines: tuple[Copies, Copies]) -> None:
    """The same sound under the same name, with its words and who has listened to it."""
    one, two = machines
    made = one.makes("颱風停班", "admin-1")
    one.keeps(made)
    two.brings()
    assert dict(two.own.all()) == {made.name: made}
    for suffix in (WAV, WIDE):
        files = [each.own.file(made.name, Language.MANDARIN, suffix) for each in machines]
        assert files[0].read_bytes() == files[1].read_bytes()


def test_both_may_switch_and_nothing_is_lost(machines: tuple[Copies, Copies]) -> None:
    """The list is read where it is written; each machine says what both have put on."""
    one, two = machines
    one.switches(TYPHOON)
    two.switches("V-03.water")
    for each in machines:
        each.brings()
        assert each.bulletins.on() == (TYPHOON, "V-03.water")


def test_what_is_dropped_is_gone_everywhere(machines: tuple[Copies, Copies], factory: Sessions) -> None:
    """One that is being made is not: its rows come a moment later."""
    one, two = machines
    old = one.makes("停水")
    one.keeps(old)
    two.brings()
    with transaction(factory) as session:
        announcement_rows.drop(session, old.name)
    announcement_rows.bring(factory, two.own, two.bulletins, TEN)
    assert old.name in two.own.all()
    two.brings()
    assert not two.own.all()


def test_the_first_machine_tells_what_it_had(tmp_path: Path, factory: Sessions) -> None:
    """Before there were rows; the second one's list gives way."""
    one, two = Copies(tmp_path / "one", factory), Copies(tmp_path / "two", factory)
    made = one.makes("颱風停班", "admin-1")
    one.bulletins.switch((made.name, TYPHOON))
    two.bulletins.switch(("V-03.water",))
    one.brings()
    two.brings()
    assert one.bulletins.on() == two.bulletins.on() == (made.name, TYPHOON)
    assert two.own.all()[made.name].was_heard_by("admin-1")
