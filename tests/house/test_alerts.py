"""Prometheus's rules: of figures that there are, and told when they should be."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from hotline import metrics

DOCKER = Path(__file__).parents[2] / "docker"
RULES = yaml.safe_load((DOCKER / "alerts.yml").read_text("utf-8"))["groups"][0]["rules"]
PROMTOOL = shutil.which("promtool")


def test_every_figure_of_a_rule_is_counted() -> None:
    """By its name among ours; a rule over nothing would never be told."""
    named = {name for rule in RULES for name in re.findall(r"hotline_\w+", rule["expr"])}
    ours = set(re.findall(r'"(hotline_\w+)"', Path(metrics.__file__).read_text("utf-8")))
    assert named and named <= ours


def test_every_rule_says_who_is_to_look() -> None:
    """And what it is about, in one line."""
    for rule in RULES:
        assert rule["labels"]["severity"] in ("page", "ticket") and rule["annotations"]["summary"]
    assert len({rule["alert"] for rule in RULES}) == len(RULES)


def test_every_rule_has_a_case_in_which_it_is_told() -> None:
    """Else none would notice one that never is."""
    cases = yaml.safe_load((DOCKER / "alerts-test.yml").read_text("utf-8"))["tests"]
    told = {one["alertname"] for case in cases for one in case["alert_rule_test"] if one["exp_alerts"]}
    assert told == {rule["alert"] for rule in RULES}


@pytest.mark.matrix
@pytest.mark.skipif(not PROMTOOL, reason="Prometheus is not installed")
@pytest.mark.parametrize("words", [("check", "rules", "alerts.yml"), ("test", "rules", "alerts-test.yml")])
def test_prometheus_tells_it_when_it_should(words: tuple[str, ...]) -> None:
    """By Prometheus's own tool, over series that were made for it."""
    run = subprocess.run((str(PROMTOOL), *words), cwd=DOCKER, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
