"""Health and metrics over HTTP: what a supervisor, a balancer and Prometheus read."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from hotline.settings import Settings
from ops.run.readiness import Readiness
from ops.wiring import House, house
from tests.keys import put_keys
from web.app import create_app
from web.health import Verdict

PLAIN = "text/plain; charset=utf-8"
PATHS = ("/health/live", "/health/ready", "/metrics")


def client(look: Callable[[], Verdict] = Verdict) -> FlaskClient:
    return create_app(look).test_client()


def test_alive_is_said_whatever_is_missing() -> None:
    """A process that answers is not to be killed because a database is away."""
    answer = client(lambda: Verdict(("everything",))).get("/health/live")
    assert (answer.status_code, answer.text, answer.content_type) == (200, "ok\n", PLAIN)


def test_ready_when_nothing_is_missing() -> None:
    """One word."""
    answer = client().get("/health/ready")
    assert (answer.status_code, answer.text, answer.content_type) == (200, "ok\n", PLAIN)


def test_not_ready_names_every_part() -> None:
    """503, a line a fault; looked at anew for each question."""
    answers = iter([Verdict(("asterisk: gone", "jobs: not running")), Verdict()])
    asking = client(lambda: next(answers))
    answer = asking.get("/health/ready")
    assert (answer.status_code, answer.content_type) == (503, PLAIN)
    assert answer.text == "missing: asterisk: gone\nmissing: jobs: not running\n"
    assert asking.get("/health/ready").status_code == 200


def test_ready_but_degraded_stays_in_service() -> None:
    """200 and ``ok``, so that no balancer takes out a node that serves calls; a line for each thing amiss."""
    answer = client(lambda: Verdict(degraded=("listener: it hangs",))).get("/health/ready")
    assert (answer.status_code, answer.text) == (200, "ok\ndegraded: listener: it hangs\n")


def test_what_degrades_is_told_beside_what_is_missing() -> None:
    """One answer for both."""
    answer = client(lambda: Verdict(("asterisk: gone",), ("disk: full",))).get("/health/ready")
    assert (answer.status_code, answer.text) == (503, "missing: asterisk: gone\ndegraded: disk: full\n")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_changed_here(path: str, method: str) -> None:
    """Health and metrics are read only."""
    assert client().open(path, method=method).status_code == 405


@pytest.mark.parametrize(
    "path", ["/", "/health", "/metrics/", "/health/../metrics", "/static/../app.py", "/%2e%2e/"]
)
def test_there_is_nothing_else(path: str) -> None:
    """No listing, no file."""
    answer = client().get(path)
    assert (answer.status_code, answer.content_type) == (404, PLAIN) and "No such page" in answer.text


def test_a_large_question_is_refused() -> None:
    """A limit that every later door inherits."""
    assert create_app(Verdict).config["MAX_CONTENT_LENGTH"] == 64 * 1024


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder in which processes share their metrics."""
    folder = tmp_path / "metrics"
    folder.mkdir()
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(folder))
    yield folder


COUNT = (
    "from hotline import metrics; metrics.decisions.labels('made').inc({n}); metrics.journal_waiting.set({n})"
)


def test_metrics_of_all_processes_are_summed(shared: Path) -> None:
    """Two AGI processes and the jobs: counters add up, the latest gauge counts."""
    for number in (2, 3):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        subprocess.run(
            [sys.executable, "-c", COUNT.format(n=number)], env=environment, check=True, timeout=60
        )
    answer = client().get("/metrics")
    assert answer.status_code == 200 and answer.content_type.startswith("text/plain; version=")
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert samples["hotline_decisions_total", "made"] == 5
    assert samples[("hotline_journal_waiting",)] == 3


def test_a_process_of_its_own_tells_its_own_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    """Started by hand, without the folder: no fault, only fewer figures."""
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    answer = client().get("/metrics")
    assert answer.status_code == 200 and "hotline_decisions_total" in answer.text


# --- what readiness looks at -------------------------------------------------------------------------


@pytest.fixture
def parts(tmp_path: Path) -> House:
    """A house in which nothing runs yet."""
    home = put_keys(tmp_path)
    return house(Settings(home=home, agi_ports=(1, 2), ami_port=3, message_port=4), "web")


def fine() -> str:
    return ""


def test_a_bare_house_misses_its_parts_by_name(parts: House) -> None:
    """Asterisk, decisions, jobs, recordings: each a sentence that begins with its part."""
    verdict = Readiness(parts, lambda: "no answer").look()
    faults = verdict.missing
    named = {fault.partition(":")[0] for fault in (*faults, *verdict.degraded)}
    assert {"asterisk", "decisions", "jobs", "recordings", "event log", "listener"} <= named
    assert "asterisk: no answer" in faults
    assert "decisions: no AGI process answers on 1, 2" in faults


def test_a_part_that_cannot_be_looked_at_is_missing(parts: House) -> None:
    """A check that breaks is a fault by its own name, and the others are still made."""

    def broken() -> str:
        raise RuntimeError("a password might be in here")

    faults = Readiness(parts, broken).look().missing
    assert "asterisk: cannot be told: RuntimeError" in faults
    assert any(fault.startswith("decisions:") for fault in faults)


def test_menus_that_were_never_good_are_told_and_nothing_is_thrown(tmp_path: Path) -> None:
    """The first start over a clerk's mistake."""
    folder = tmp_path / "menus-of-a-clerk"
    folder.mkdir()
    (folder / "main.toml").write_text("name =")
    bare = house(Settings(home=tmp_path, menus=folder, agi_ports=(1, 2), ami_port=3, message_port=4), "web")
    assert "prompts: cannot be told: BadMenus" in Readiness(bare, fine, within=60).look().missing
