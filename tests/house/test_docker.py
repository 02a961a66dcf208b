"""The containers' files agree with the house:
what they name exists, and nothing in them is more than is needed.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from hotline.settings import Settings
from ops.pbx.install import SUITE

HOUSE = Path(__file__).parents[2]
DOCKER = HOUSE / "docker"
DOCKERFILE = (DOCKER / "Dockerfile").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def test_what_is_copied_exists() -> None:
    """Each source of a COPY is in the checkout, and the context is the checkout."""
    sources = re.findall(r"^COPY (\S+) \S+$", DOCKERFILE, re.MULTILINE)
    assert sources and [source for source in sources if not (HOUSE / source).exists()] == []
    for service in SERVICES.values():
        assert (DOCKER / service["build"]["context"]).resolve() == HOUSE
        assert (HOUSE / service["build"]["dockerfile"]).is_file()


def test_the_context_leaves_out_what_is_no_part_of_a_node() -> None:
    """Whatever git ignores, git itself, and the tests; never the locks or the prompts."""
    left = set((DOCKER / "Dockerfile.dockerignore").read_text("utf-8").split())
    assert {".git", ".venv", ".hotline", "build", "tests", "web/node_modules"} <= left
    assert not left & {"locks", "ivr", "ops", "demo", "docker"}


def test_a_target_and_a_volume_are_declared_where_they_are_used() -> None:
    targets = set(re.findall(r"^FROM \S+ AS (\w+)$", DOCKERFILE, re.MULTILINE))
    assert {service["build"]["target"] for service in SERVICES.values()} == targets
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service["volumes"]}
    assert used == set(COMPOSE["volumes"])


def test_every_setting_is_one_of_ours() -> None:
    """A misspelt one would keep the hotline from starting."""
    named = set(SERVICES["hotline"]["environment"]) | set(re.findall(r"\b(HOTLINE_[A-Z_]+)=", DOCKERFILE))
    named |= set(re.findall(r"`(HOTLINE_[A-Z_]+)`", (DOCKER / "README.md").read_text("utf-8")))
    assert len(named) > 10
    assert named <= {f"HOTLINE_{name.upper()}" for name in Settings.model_fields}


def test_versions_are_those_of_the_house() -> None:
    """Asterisk and Python packages come by bootstrap,
    from the lock and the one named suite: no second list.
    """
    assert "./ops/bootstrap.sh run" in DOCKERFILE and f"Debian {SUITE}" in DOCKERFILE
    assert "pip install" not in DOCKERFILE and "latest" not in DOCKERFILE
    debian = re.search(r"^ARG DEBIAN=debian:(\w+)-slim$", DOCKERFILE, re.MULTILINE)
    assert debian and debian[1] == "trixie"
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))["project"]
    assert all(service["image"].startswith(project["name"]) for service in SERVICES.values())


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_may_do_no_more_than_it_needs(name: str) -> None:
    """No root, no capability, nothing writable but its volumes, and an end that waits for calls."""
    service = SERVICES[name]
    stage = DOCKERFILE.partition(f" AS {service['build']['target']}\n")[2].partition("\nFROM ")[0]
    assert re.search(r"^USER (?!root)\w+$", stage, re.MULTILINE) and "HEALTHCHECK" in stage
    assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"] and "privileged" not in service
    drain = Settings.model_fields["drain_minutes"].default
    assert service["stop_grace_period"] == (f"{drain + 2}m" if name == "hotline" else "60s")


def test_nothing_is_open_to_others() -> None:
    """Only health and metrics, and the pages, those to this machine alone;
    the database to the hotline alone.
    """
    ports = {port for service in SERVICES.values() for port in service.get("ports", [])}
    fields = (Settings.model_fields["web_port"], Settings.model_fields["console_port"])
    assert ports == {f"127.0.0.1:{field.default}:{field.default}" for field in fields}
    assert COMPOSE["networks"]["rows"]["internal"] is True
    assert list(SERVICES["database"]["networks"]) == ["rows"]


def test_the_turn_server_is_in_the_image_and_waits_for_an_address() -> None:
    """By bootstrap, as on a machine; behind Docker's address translation nobody would reach it."""
    assert "./ops/bootstrap.sh turn" in DOCKERFILE
    assert SERVICES["hotline"]["environment"]["HOTLINE_TURN_ADDRESS"] == "${HOTLINE_TURN_ADDRESS:-}"
    of_its_own = (DOCKER / "README.md").read_text("utf-8").partition("## With a carrier")[2]
    assert "`HOTLINE_TURN_ADDRESS`" in of_its_own.partition("\n## ")[0]


def test_no_secret_is_in_the_files() -> None:
    """They come by files; a URL holds no password."""
    for path in DOCKER.iterdir():
        text = path.read_text("utf-8")
        assert not re.search(r"(?i)(PASSWORD|TOKENS?|SECRET)\s*[:=]\s*['\"]?[\w-]{8,}", text), path.name
        assert not re.search(r"://[\w-]+:[^@\s/]+@", text), path.name
