"""Guides for a machine room name what is there: ports, settings, units, tests, parts of doctor."""

import re
import tomllib
from pathlib import Path

import pytest

from hotline.settings import Settings
from hotline.settings.kinds import CHECKOUT
from ops.run import turn
from ops.run.guidance import PARTS
from ops.run.preflight import ports_of
from ops.run.proxy import LISTEN, PLAIN
from tests.house.test_documents import anchors

DOCS = CHECKOUT / "docs"
GUIDES = ("hardening", "threats", "incidents", "accessibility", "single-sign-on", "operations")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
ROW = re.compile(r"^\| (udp|tcp) \| ([^|]+) \| ([\d, -]+) \|", re.MULTILINE)
ALL_ON = Settings(
    browser_phones=True,
    turn_address="127.0.0.1",
    turn_certificate=Path("/c"),
    sip_certificate_file=Path("/c"),
)


def guide(name: str) -> str:
    return (DOCS / f"{name}.md").read_text("utf-8")


def opened() -> set[tuple[str, str, str]]:
    """Every port that the code opens: protocol, setting, port as it is at first."""
    found = {(protocol, setting, port) for protocol, setting, port in ports_of(ALL_ON)}
    return found | {("tcp", "nginx", ", ".join(one[0].rpartition(":")[2] for one in (LISTEN, PLAIN)))}


def test_the_firewall_table_has_every_port_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """As ``preflight`` wants them free, with ranges, as the settings are at first."""
    monkeypatch.setattr(turn, "program", lambda: Path("/usr/bin/turnserver"))
    table = guide("hardening").partition("**In**")[2].partition("**Out**")[0]
    rows = {(kind, setting.replace("`", ""), port) for kind, setting, port in ROW.findall(table)}
    assert rows == opened()


def test_the_way_out_has_the_ports_that_are_set() -> None:
    """Of the mail server, whose port is a setting."""
    table = guide("hardening").partition("**Out**")[2]
    assert f"| {Settings().smtp_port} | e-mail" in table


def test_each_part_of_doctor_is_a_heading() -> None:
    """Its lines name it, so that a person finds what to do."""
    assert set(PARTS) <= anchors(DOCS / "hardening.md")


def test_every_setting_a_guide_names_is_one() -> None:
    """Written whole, as people copy it."""
    known = {f"HOTLINE_{name.upper()}" for name in Settings.model_fields} | {"HOTLINE_HOME"}
    named = {(name, one) for name in GUIDES for one in re.findall(r"HOTLINE_[A-Z0-9_]*[A-Z0-9]", guide(name))}
    partly = re.findall(r"HOTLINE_[A-Z0-9_]+_(?=[`…])", "".join(map(guide, GUIDES)))
    lost = {one for one in named if one[1] not in known and f"{one[1]}_" not in partly}
    assert lost <= {("operations", "HOTLINE_S3"), ("operations", "HOTLINE_RETENTION")}


def test_every_unit_a_guide_names_is_shipped() -> None:
    """``hotline-jobs``, ``hotline-agi@4573`` and the target."""
    units = {
        unit.name.partition(".")[0].partition("@")[0] for unit in (CHECKOUT / "ops" / "systemd").iterdir()
    }
    for name in GUIDES:
        said = re.findall(r"systemctl \w+ (?:--now )?(hotline[\w-]*)", guide(name))
        assert set(said) <= units, name


def test_every_test_a_guide_names_is_there() -> None:
    """And each threat has one."""
    rows = [line for line in guide("threats").splitlines() if re.match(r"\| [STRIDE] \|", line)]
    assert rows and all(NAMED.search(row) for row in rows)
    lost = [
        f"{name}: {file}::{test}"
        for name in GUIDES
        for file, test in NAMED.findall(guide(name))
        if not (CHECKOUT / file).exists() or f"def {test}(" not in (CHECKOUT / file).read_text("utf-8")
    ]
    assert not lost


def test_every_page_for_everybody_a_guide_names_is_open_to_everybody() -> None:
    """What nginx is told to serve to whoever comes, and what it is not told of."""
    line = re.search(r"let nginx serve (.+?) to everybody", guide("hardening"), re.DOTALL)
    assert line
    named = set(re.findall(r"`(/[\w.-]+)[^`]*`", line[1]))
    table = tomllib.loads((CHECKOUT / "tests" / "house" / "rights.toml").read_text("utf-8"))
    pages = table["pages"].items()
    public = {"/" + route.split(" ")[1].split("/")[1] for route, who in pages if who == "public"}
    assert named <= public | {"/open311"}
    assert public - named == {"/sign-in", "/invitation", "/wallboard"}
