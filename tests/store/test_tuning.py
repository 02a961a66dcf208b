"""What is set while calls go on: kept with who, when and why, in force within a second,
and never a wrong one.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from administration.undo import undo
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.errors import HotlineError
from hotline.ledger.audit import audit_rows
from hotline.ledger.changes import ChangeContext
from hotline.ledger.entries import changes
from hotline.runtime_settings import service as tuning
from hotline.runtime_settings.rules import TUNABLE, NotTunable, Origin, WrongValue, origins, tuned
from hotline.runtime_settings.snapshot import RuntimeSettings
from hotline.settings import Settings
from wording import ENGLISH, sentence

TEN = taipei("2026-11-24T10:00")
MENUS = {"main.toml": 'name = "main"'}


@pytest.fixture
def base(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


Process = Callable[[], RuntimeSettings]


@pytest.fixture
def process(base: Settings, tmp_path: Path) -> Process:
    """A process that starts now, over the home they all share."""
    return lambda: RuntimeSettings(base, tmp_path / "tuned.json")


def pen(at: datetime = TEN, reason: str = "phones ring too long") -> ChangeContext:
    return ChangeContext(at, "admin-1", "setting.change", reason)


def setting(factory: Sessions, base: Settings, name: str, value: str, at: datetime = TEN) -> bool:
    with transaction(factory) as session:
        return tuning.set_value(session, base, name, value, pen(at))


# --- settings ----------------------------------------------------------------------------------------


def test_a_value_is_in_force_after_the_next_look_and_the_base_after_it_is_taken_back(
    factory: Sessions, base: Settings, process: Process
) -> None:
    """In a process that ran before, without a restart."""
    running = process()
    assert setting(factory, base, "transfer_ring", "20")
    assert running.settings.transfer_ring == timedelta(seconds=15)
    running.refresh(factory, TEN + timedelta(hours=1))
    assert running.settings.transfer_ring == timedelta(seconds=20)
    with transaction(factory) as session:
        assert tuning.unset(session, "transfer_ring", pen(TEN + timedelta(minutes=1)))
    running.refresh(factory, TEN + timedelta(hours=1))
    assert running.settings is base


def test_the_settings_are_the_same_object_until_something_changes(
    factory: Sessions, base: Settings, process: Process
) -> None:
    """Whoever decides pays for nothing that did not happen."""
    running = process()
    setting(factory, base, "transfer_ring", "20")
    running.refresh(factory, TEN + timedelta(hours=1))
    before = running.settings
    running.refresh(factory, TEN + timedelta(hours=1))
    assert running.settings is before


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("transfer_ring", "2", "3 seconds is the least"),
        ("transfer_ring", "soon", "a number of seconds"),
        ("transfer_neighbours", "10", "9 is the most"),
        ("transfer_neighbours", "", "whole number"),
        ("callback_remind", "14400", "less than the time within which we call back (4 hours)"),
        ("notice_night", "21-9", "the form"),
        ("notice_night", "25:00-09:00", "see what it means"),
    ],
)
def test_a_wrong_value_is_refused_and_the_last_good_one_stays(
    factory: Sessions, base: Settings, process: Process, name: str, value: str, told: str
) -> None:
    """With the sentence by which a wrong environment is refused (resilience.md 30)."""
    running = process()
    with pytest.raises(WrongValue) as refused:
        setting(factory, base, name, value)
    assert refused.value.setting == name and told in sentence(refused.value, ENGLISH)
    running.refresh(factory, TEN + timedelta(hours=1))
    assert running.settings == base


@pytest.mark.parametrize("name", ["sip_port", "database_url", "special_cap", "nonsense"])
def test_what_needs_a_start_is_not_set_at_run_time(factory: Sessions, base: Settings, name: str) -> None:
    """Nor are the law's own limits, nor secrets."""
    with pytest.raises(NotTunable):
        setting(factory, base, name, "1")


def test_nothing_is_set_without_a_reason(factory: Sessions, base: Settings) -> None:
    """Spaces are none."""
    with pytest.raises(tuning.NoReason), transaction(factory) as session:
        tuning.set_value(session, base, "transfer_ring", "20", pen(reason=" "))


def test_who_when_and_why_are_kept_and_an_entry_is_undone_as_a_whole(
    factory: Sessions, base: Settings, process: Process
) -> None:
    """In the ledger like every other change."""
    setting(factory, base, "transfer_ring", "20")
    setting(factory, base, "transfer_ring", "25", TEN + timedelta(minutes=5))
    with transaction(factory) as session:
        last = changes(session)[-1]
        assert (last.by, last.reason, last.keys) == (
            "admin-1",
            "phones ring too long",
            (("setting", "transfer_ring"),),
        )
        undo(session, last.number, pen(TEN + timedelta(minutes=6)))
        told = audit_rows(session, subject="setting:transfer_ring")
        assert [(row.by, row.action) for row in told] == [("admin-1", "setting.change")] * 3
    running = process()
    running.refresh(factory, TEN + timedelta(hours=1))
    assert running.settings.transfer_ring == timedelta(seconds=20)


def test_a_value_that_a_later_program_would_refuse_leaves_the_others_in_force(
    factory: Sessions, base: Settings, tmp_path: Path
) -> None:
    """And is told, not passed over in silence."""
    file = tmp_path / "tuned.json"
    file.write_text('{"form": 1, "values": {"transfer_ring": "1", "queue_talk": "300"}, "menus": null}')
    told: list[tuple[str, HotlineError]] = []
    started = RuntimeSettings(base, file, lambda name, error: told.append((name, error)))
    assert started.settings.queue_talk == timedelta(minutes=5)
    assert started.settings.transfer_ring == base.transfer_ring
    assert [name for name, _ in told] == ["transfer_ring"]


@given(st.dictionaries(st.sampled_from(TUNABLE), st.text(max_size=12)))
def test_whatever_is_typed_is_settings_or_a_sentence(values: dict[str, str]) -> None:
    """Never another error."""
    base = Settings(home=Path("/nonexistent"))
    try:
        assert isinstance(tuned(base, values), Settings)
    except WrongValue as error:
        assert error.setting in values and sentence(error, ENGLISH)


def test_the_page_knows_where_a_value_comes_from() -> None:
    """Pages before environment, environment before file, file before the program."""
    found = origins(
        {"transfer_ring": "9"},
        {"HOTLINE_TRANSFER_RING": "8", "HOTLINE_QUEUE_TALK": "8"},
        {"queue_talk": 7, "node": "a"},
    )
    names = ("transfer_ring", "queue_talk", "node", "sip_port")
    assert [found[name] for name in names] == [
        Origin.PAGES,
        Origin.ENVIRONMENT,
        Origin.FILE,
        Origin.DEFAULT,
    ]


# --- bad days ----------------------------------------------------------------------------------------


def test_a_process_that_starts_while_the_database_is_away_has_what_was_set_last(
    factory: Sessions, base: Settings, process: Process
) -> None:
    """From the file that every process keeps."""
    setting(factory, base, "transfer_ring", "20")
    save(factory, MENUS, "aaaaaaaaaaaa", None)
    process().refresh(factory, TEN + timedelta(hours=1))
    later = process()
    assert later.settings.transfer_ring == timedelta(seconds=20) and later.menus == MENUS


@pytest.mark.parametrize("content", ["", "{", "[]", '{"form": 2}', '{"form": 1}', "\0"])
def test_a_damaged_file_is_none(base: Settings, tmp_path: Path, content: str) -> None:
    """Then the base counts until the database answers."""
    (tmp_path / "tuned.json").write_text(content)
    assert RuntimeSettings(base, tmp_path / "tuned.json").settings is base


# --- menus -------------------------------------------------------------------------------------------


def save(
    factory: Sessions, sources: dict[str, str], version: str, since: str | None, at: datetime = TEN
) -> bool:
    with transaction(factory) as session:
        return tuning.save_menus(session, sources, version, pen(at), since=since)


def test_every_saved_version_is_kept_and_the_files_of_the_folder_can_count_again(
    factory: Sessions, process: Process
) -> None:
    """Newest first, once each, also those that somebody replaced."""
    running = process()
    for minute, (version, since) in enumerate([("a" * 12, None), ("b" * 12, "a" * 12), ("a" * 12, "b" * 12)]):
        save(factory, {"main.toml": version}, version, since, TEN + timedelta(minutes=minute))
    running.refresh(factory, TEN + timedelta(hours=1))
    assert running.menus == {"main.toml": "a" * 12}
    with transaction(factory) as session:
        assert [row.version[0] for row in tuning.menus_saved(session)] == ["a", "b", "a"]
        assert tuning.menus_of_folder(session, pen(TEN + timedelta(minutes=9)))
        assert [row.version[0] for row in tuning.menus_saved(session)] == ["a", "b", "a"]
    running.refresh(factory, TEN + timedelta(hours=1))
    assert running.menus is None


def test_of_two_editors_the_second_sees_that_the_first_was_there(factory: Sessions) -> None:
    """Nobody's change is swept away unseen."""
    save(factory, MENUS, "a" * 12, None)
    with pytest.raises(tuning.MovedOn) as refused:
        save(factory, {"main.toml": "other"}, "b" * 12, None, TEN + timedelta(minutes=1))
    assert refused.value.by == "admin-1"
