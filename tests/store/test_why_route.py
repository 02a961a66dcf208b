"""``hotline why route`` and ``hotline walk`` over the city that a fresh installation has."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from demo.seed import seed
from hotline.clock import taipei
from hotline.db import connect, sessions, transaction
from hotline.settings import Settings
from ops.cli.main import main
from ops.wiring import migrate
from tests.keys import RING

Run = Callable[..., str]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    migrate(settings)
    engine = connect(settings.database, wait=settings.job_database_wait, keys=RING)
    with transaction(sessions(engine)) as session:
        seed(session, taipei("2026-01-01T00:00"))
    engine.dispose()
    return settings.home


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("HOTLINE_HOME", str(home))

    def ran(*words: str, typed: str = "") -> str:
        done = CliRunner().invoke(main, words, input=typed)
        assert done.exit_code == 0, done.output
        return done.output

    return ran


def test_P5_1_2_the_route_of_a_forward_is_explained(run: Run) -> None:
    """Each rung with its reason and clause, each person skipped with the reason, in both languages."""
    told = run("why", "route", "5203", "--at", "2026-11-24T10:00")
    chinese, english = told.split("extension 5203")
    assert chinese.startswith("週二 2026-11-24 10:00 分機5203：上班時間\n1. 5204 ")
    assert english.startswith(" at Tue 2026-11-24 10:00: office hours\n1. 5204 ")
    for words in (
        "a forward is in force (P5.1.2) (5203 → 5204); rings 15 s",
        "2. 5203 ",
        "3. 5202 ",
        "neighbour of the same section (P5.1.1), 2.0 m away; rings 12 s",
        "5204 示範二十五: not rung as neighbour: this phone is rung already",
        "then back: the agent who transferred",
    ):
        assert words in english, english


def test_P5_1_1_the_route_of_somebody_away_begins_beside(run: Run) -> None:
    """The cause is told."""
    told = run("why", "route", "5116", "--at", "2026-11-24T10:00")
    assert "5116 示範十三: not rung as desk: away (出差)" in told and "\n1. 5115 " in told
    assert "－ 5116 示範十三：不以所撥分機撥打，不在（出差）" in told


def test_P5_1_3_a_route_by_night_is_the_roster_or_a_message(run: Run) -> None:
    """Urgent or not."""
    night = ("why", "route", "5112", "--at", "2026-11-24T22:00")
    assert "a callback is promised (P5.1.3)" in run(*night) and "1. " not in run(*night)
    assert "duty-1 示範值日員甲 by 0900000001: officer on duty, number 1" in run(*night, "--urgent")


def test_9_1_whom_an_agent_phones_when_nobody_on_duty_answers(run: Run) -> None:
    """The agency's own contact, in both languages, by night only; nobody's extension has none."""
    urgent = run("why", "route", "5112", "--at", "2026-11-24T22:00", "--urgent")
    assert "the agent phones the agency's emergency contact, 0900-000-010" in urgent
    assert "並由話務人員致電機關緊急聯絡電話0900-000-010" in urgent
    assert "0900-000-010" not in run("why", "route", "5112", "--at", "2026-11-24T10:00", "--urgent")
    assert "emergency" not in run("why", "route", "9999", "--at", "2026-11-24T22:00", "--urgent")


def test_P4_9_a_route_shows_the_number_and_the_keys(run: Run) -> None:
    """Of an agency outside the city hall."""
    assert "1. 6101 " in (told := run("why", "route", "6101", "--at", "2026-11-24T10:00"))
    assert " by 0229603456 + 6101: " in told and "（撥0229603456 + 6101）" in told


def test_an_extension_of_nobody_is_told(run: Run) -> None:
    """In both languages."""
    told = run("why", "route", "9999", "--at", "2026-11-24T10:00")
    assert "通訊錄查無分機9999" in told and "the directory has no extension 9999 then" in told


def test_a_route_before_the_city_was_founded_is_nobody_s(run: Run) -> None:
    """Law 7: as of its instant."""
    assert "has no extension 5112 then" in run("why", "route", "5112", "--at", "2019-12-02T10:00")


def test_a_walk_rings_the_phones_of_the_city(run: Run) -> None:
    """At the date asked for."""
    told = run("walk", "--at", "2026-11-24T10:00", typed="1\n2\n5112\nb\na\n")
    for words in ("☎ 5112 ", "☎ 5111 ", "■ the line hangs up: transferred"):
        assert words in told, told
