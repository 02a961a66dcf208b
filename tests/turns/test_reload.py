"""Menus changed while calls go on: a call keeps its version, a mistake changes nothing for anybody."""

import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest

from ivr.books import Books, UnknownMenus
from ivr.bulletins import Bulletins
from ivr.call import Call, InMenu
from ivr.menus import FOLDER, BadMenus, Inform, ToQueue, parse, read_sources
from ivr.steps import Arrived, Ask, Enqueue, Pressed
from ivr.turns import Switchboard
from tests.parts import NO_MESSAGES, NOON, books, written

SHIPPED = read_sources(FOLDER)
# Key 4 leads to a person instead of an information.
CHANGED = {
    **SHIPPED,
    "main.toml": SHIPPED["main.toml"].replace('inform = "sign-language-hours"', 'queue = "agents"'),
}
BROKEN = {**SHIPPED, "main.toml": SHIPPED["main.toml"].replace("tries = 3", "tries = 0")}


class House:
    """A folder of menus, and processes that read it."""

    def __init__(self, home: Path) -> None:
        self.menus, self.kept = written(home / "menus", SHIPPED), home / "kept"
        self.refused: list[str] = []
        self._saves = 0

    def save(self, sources: Mapping[str, str]) -> None:
        """As an editor does, a minute after whatever happened before."""
        for file in self.kept.glob("*.json"):
            os.utime(file, ns=(0, file.stat().st_mtime_ns - 60 * 10**9))
        written(self.menus, sources)
        self._saves += 1
        for file in self.menus.glob("*.toml"):
            os.utime(file, ns=(0, 10**18 + self._saves))

    def process(self) -> Books:
        """A process that starts now."""
        return books(self.menus, self.kept, self.refused)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


class Quiet:
    """A ledger that writes nothing."""

    def write(self, call: Call, facts: object, at: datetime) -> None:
        pass


def in_main(house_books: Books) -> Call:
    """A caller who is in the main menu now."""
    switchboard = Switchboard(house_books, Quiet(), NO_MESSAGES)  # type: ignore[arg-type]
    call = switchboard.take_turn(switchboard.new_call("a"), Arrived(NOON, "0912345678", "1999")).call
    return switchboard.take_turn(call, Pressed(NOON, "1")).call


def key_four(house_books: Books, call: Call) -> type:
    """What key 4 leads to for this caller."""
    turn = Switchboard(house_books, Quiet(), NO_MESSAGES).take_turn(call, Pressed(NOON, "4"))  # type: ignore[arg-type]
    return type(turn.steps[-1])


def test_a_call_keeps_the_menus_it_began_with(house: House) -> None:
    """Changed in mid-call: the old caller is informed as announced, the new one comes to a person."""
    process = house.process()
    old = in_main(process)
    house.save(CHANGED)
    process.refresh()
    new = in_main(process)
    assert (key_four(process, old), key_four(process, new)) == (Ask, Enqueue)
    assert old.menus != new.menus


def test_a_call_keeps_its_menus_over_a_restart(house: House) -> None:
    """Another process, started over the new menus, still finds the old ones in the kept folder."""
    old = in_main(house.process())
    house.save(CHANGED)
    restarted = house.process()
    assert restarted.current != old.menus
    assert (key_four(restarted, old), key_four(restarted, in_main(restarted))) == (Ask, Enqueue)


def test_a_process_that_has_not_looked_yet_serves_a_call_of_the_new_menus(house: House) -> None:
    """Two processes look a moment apart; a call may ask either."""
    early, late = house.process(), house.process()
    house.save(CHANGED)
    early.refresh()
    new = in_main(early)
    assert key_four(late, new) is Enqueue
    assert late.book().menus.version != new.menus


def test_menus_put_back_are_the_old_version_again(house: House) -> None:
    """A rollback is a change like any other."""
    process = house.process()
    before = process.current
    for sources in (CHANGED, SHIPPED):
        house.save(sources)
        process.refresh()
    assert process.current == before


def test_bad_menus_are_refused_once_and_the_last_good_ones_stay(house: House) -> None:
    """Reported with the reason; looked at again only when somebody has saved again."""
    process = house.process()
    old = process.current
    house.save(BROKEN)
    process.refresh()
    process.refresh()
    assert process.current == old and key_four(process, in_main(process)) is Ask
    assert len(house.refused) == 1 and "tries must be" in house.refused[0]
    house.save(CHANGED)
    process.refresh()
    assert key_four(process, in_main(process)) is Enqueue


@pytest.mark.parametrize("broken", [BROKEN, {}, {"main.toml": "name = "}], ids=["bad", "none", "torn"])
def test_a_process_that_starts_over_bad_menus_has_the_last_good_ones(
    house: House, broken: dict[str, str]
) -> None:
    """A crash must not turn a clerk's mistake into silence for everybody."""
    process = house.process()
    house.save(CHANGED)
    process.refresh()
    house.save(broken)
    restarted = house.process()
    assert restarted.current == process.current
    assert key_four(restarted, in_main(restarted)) is Enqueue
    assert house.refused


def test_the_last_good_menus_are_those_in_force_last_not_those_written_first(house: House) -> None:
    """Changed and put back: the shipped ones count, although they were kept before the change."""
    process = house.process()
    shipped = process.current
    for sources in (CHANGED, SHIPPED):
        house.save(sources)
        process.refresh()
    house.save(BROKEN)
    assert house.process().current == shipped


def test_the_very_first_start_over_bad_menus_says_so(house: House) -> None:
    """Nothing good was ever kept."""
    house.save(BROKEN)
    with pytest.raises(BadMenus, match="flaw=<Flaw.TRIES"):
        house.process()


def test_a_menu_saved_in_another_encoding_is_bad_menus(house: House) -> None:
    """The process that answers calls lives on."""
    process = house.process()
    old = process.current
    house.menus.joinpath("main.toml").write_bytes("# 主選單".encode("big5"))
    process.refresh()
    assert process.current == old and "not UTF-8" in house.refused[0]


def test_a_file_that_vanishes_while_it_is_read_is_looked_at_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An editor writes a new file and moves it over the old one."""
    process = house.process()
    house.save(CHANGED)
    with monkeypatch.context() as moment:
        moment.setattr("ivr.books.read_sources", lambda folder: Path(folder, "gone").read_text())
        process.refresh()
    assert house.refused == []
    process.refresh()
    assert key_four(process, in_main(process)) is Enqueue


def test_a_full_disk_costs_only_what_a_restart_would_have_found(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Menus that cannot be kept are in force all the same."""
    process = house.process()
    house.save(CHANGED)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    process.refresh()
    assert key_four(process, in_main(process)) is Enqueue


# --- versions nobody knows ---------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["0123456789ab", "../../etc/passwd", "", "a/b", "."])
def test_a_version_nobody_kept_is_unknown(house: House, version: str) -> None:
    """Nor is a path ever one."""
    process = house.process()
    if version:
        with pytest.raises(UnknownMenus):
            process.book(version)
    else:
        assert process.book(version).menus.version == process.current


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "5", '{"main.toml": 5}', '{"main.toml": "name = 1"}', "\0"]
)
def test_a_damaged_version_is_unknown(house: House, content: str) -> None:
    """Torn by a power failure, or written by another time."""
    process = house.process()
    house.kept.joinpath("0123456789ab.json").write_text(content)
    with pytest.raises(UnknownMenus):
        process.book("0123456789ab")


def test_a_version_that_is_not_what_its_name_says_is_unknown(house: House) -> None:
    """Somebody wrote into the kept folder by hand."""
    process = house.process()
    house.kept.joinpath("0123456789ab.json").write_text(json.dumps(dict(CHANGED)))
    with pytest.raises(UnknownMenus):
        process.book("0123456789ab")


def test_a_call_of_unknown_menus_goes_on_in_todays(house: House) -> None:
    """In the same menu if there is one of that name, else in the first; better than no menu at all."""
    switchboard = Switchboard(house.process(), Quiet(), NO_MESSAGES)  # type: ignore[arg-type]
    for place, asked in (("main", Ask), ("lost", Enqueue)):
        turn = switchboard.take_turn(
            Call("a", "0" * 12, InMenu(place)), Pressed(NOON, "*" if asked is Ask else "0")
        )
        assert isinstance(turn.steps[-1], asked)
        assert turn.call.menus == house.process().current


def test_what_the_two_versions_say_about_key_four() -> None:
    """The change these scenes rest on."""
    choices = [parse(sources).choice("main", "4", bulletin=False) for sources in (SHIPPED, CHANGED)]
    assert choices == [Inform("sign-language-hours"), ToQueue("agents")]


# --- bulletins, which change under calls too ---------------------------------------------------------


class Watch:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def test_P4_8_a_bulletin_is_on_in_every_process_within_a_second(tmp_path: Path) -> None:
    """At once in the one that switched it, after a second in the others; off again in the same way."""
    watch = Watch()
    one, other = (Bulletins(tmp_path / "run" / "bulletins.json", watch) for _ in range(2))
    assert (one.on(), other.on()) == ((), ())
    for on in (("V-03.water", "V-03.typhoon"), ()):
        before = other.on()
        one.switch(on)
        watch.at += 0.9
        assert (one.on(), other.on()) == (on, before)
        watch.at += 0.1
        assert other.on() == on


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"5",
        b"{}",
        b'"V-03.water"',
        b"[5, null, []]",
        b'["V-01", "../x"]',
        b"\xff\xfe",
        b"[" * 9999,
    ],
)
def test_a_damaged_bulletin_file_counts_as_none(tmp_path: Path, content: bytes) -> None:
    """Whatever it holds, calls go on; only prompts that are bulletins can be on."""
    file = tmp_path / "bulletins.json"
    file.write_bytes(content)
    assert Bulletins(file, Watch()).on() == ()


def test_a_bulletin_file_that_cannot_be_read_counts_as_none(tmp_path: Path) -> None:
    """A folder in its place, as a wrong mount makes it."""
    (tmp_path / "bulletins.json").mkdir()
    assert Bulletins(tmp_path / "bulletins.json", Watch()).on() == ()
