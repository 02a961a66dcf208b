"""The containers' files agree with the house:
what they name exists, and nothing in them is more than is needed.
"""

import re
import shutil
import subprocess
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
CLUSTER: dict[str, Any] = yaml.safe_load((DOCKER / "cluster.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
MACHINES: dict[str, dict[str, Any]] = CLUSTER["services"]
EVERY = [*SERVICES.values(), *MACHINES.values()]
PREPARE = (DOCKER / "cluster" / "prepare.py").read_text("utf-8")
OURS = [one for one in EVERY if one["build"]["target"] == "hotline"]
EDGE = (
    *"-c -f kamailio.cfg -Y /tmp -w /tmp".split(),
    *'-A TRUNK=127.0.0.10 -A PHONES=127.0.0.11 -A LIST="/dev/null"'.split(),
)
CHECKS = {
    "promtool": ("check", "config", "--syntax-only", "cluster/prometheus.yml"),
    "amtool": ("check-config", "cluster/alertmanager.yml"),
    "kamailio": EDGE,
    "kamailio by TLS": (*EDGE, "-A", 'TLS_CONFIG="/dev/null"'),
    "kamailio of two": (*EDGE, *'-A OWN=127.0.0.8 -A OWN_URI="sip:o:5062" -A OTHER_URI="sip:p:5062"'.split()),
}


def test_what_is_copied_exists() -> None:
    """Each source of a COPY is in the checkout, and the context is the checkout."""
    sources = [
        word for line in re.findall(r"^COPY (.+) \S+$", DOCKERFILE, re.MULTILINE) for word in line.split()
    ]
    assert sources and [source for source in sources if not (HOUSE / source).exists()] == []
    for service in EVERY:
        assert (DOCKER / service["build"]["context"]).resolve() == HOUSE
        assert (HOUSE / service["build"]["dockerfile"]).is_file()


def test_the_context_leaves_out_what_is_no_part_of_a_node() -> None:
    """Whatever git ignores, git itself, and the tests; never the locks or the prompts."""
    left = set((DOCKER / "Dockerfile.dockerignore").read_text("utf-8").split())
    assert {".git", ".venv", ".hotline", "build", "tests", "web/node_modules"} <= left
    assert not left & {"locks", "ivr", "ops", "demo", "docker"}


def test_each_machine_of_the_cluster_keeps_its_journal_twice() -> None:
    """In a folder that is no other machine's: a promise is in both before it is spoken."""
    machines = [one for one in MACHINES.values() if "HOTLINE_ROLES" in one.get("environment", {})]
    mounts = [
        {place: name for name, place, *_ in (volume.split(":") for volume in one["volumes"])}
        for one in machines
    ]
    second = {
        place[one["environment"]["HOTLINE_JOURNAL_SECOND"]]
        for one, place in zip(machines, mounts, strict=True)
    }
    first = {place["/var/lib/hotline"] for place in mounts}
    assert len(machines) == len(first) == len(second) == 5 and not first & second


def test_a_target_and_a_volume_are_declared_where_they_are_used() -> None:
    targets = set(re.findall(r"^FROM \S+ AS (\w+)$", DOCKERFILE, re.MULTILINE))
    assert {service["build"]["target"] for service in EVERY} == targets
    for file in (COMPOSE, CLUSTER):
        services = file["services"].values()
        used = {volume.split(":")[0] for service in services for volume in service.get("volumes", ())}
        assert used == set(file["volumes"])


def test_every_setting_is_one_of_ours() -> None:
    """A misspelt one would keep the hotline from starting."""
    named = {name for service in OURS for name in service["environment"]} | set(
        re.findall(r"\b(HOTLINE_[A-Z_]+)=", DOCKERFILE)
    )
    named |= set(re.findall(r"`(HOTLINE_[A-Z_]+)`", (DOCKER / "README.md").read_text("utf-8")))
    assert len(named) > 10
    assert named <= {f"HOTLINE_{name.upper()}" for name in Settings.model_fields}


def test_versions_are_those_of_the_house() -> None:
    """Asterisk and Python packages come by bootstrap,
    from the lock and the one named suite: no second list.
    """
    assert "./ops/bootstrap.sh run" in DOCKERFILE and f"Debian {SUITE}" in DOCKERFILE
    assert (
        "pip install" not in DOCKERFILE.replace("/pip install --require-hashes", "")
        and "latest" not in DOCKERFILE
    )
    debian = re.search(r"^ARG DEBIAN=debian:(\w+)-slim$", DOCKERFILE, re.MULTILINE)
    assert debian and debian[1] == "trixie"
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))["project"]
    assert all(service["image"].startswith(project["name"]) for service in EVERY)


@pytest.mark.parametrize("service", EVERY, ids=[*SERVICES, *MACHINES])
def test_a_container_may_do_no_more_than_it_needs(service: dict[str, Any]) -> None:
    """No root, no capability, nothing writable but its volumes, and an end that waits for calls."""
    stage = DOCKERFILE.partition(f" AS {service['build']['target']}\n")[2].partition("\nFROM ")[0]
    assert re.search(r"^USER (?!root)[\w-]+$", stage, re.MULTILINE) and "HEALTHCHECK" in stage
    assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"] and "privileged" not in service
    drain = Settings.model_fields["drain_minutes"].default
    takes_calls = service["build"]["target"] == "hotline" and "command" not in service
    assert service["stop_grace_period"] == (f"{drain + 2}m" if takes_calls else "60s")


def test_nothing_is_open_to_others() -> None:
    """Only health and metrics, and the pages, those to this machine alone;
    the database to the hotline alone.
    """
    ports = {port for service in SERVICES.values() for port in service.get("ports", [])}
    fields = (Settings.model_fields["web_port"], Settings.model_fields["console_port"])
    assert ports == {f"127.0.0.1:{field.default}:{field.default}" for field in fields}
    assert COMPOSE["networks"]["rows"]["internal"] is True
    assert list(SERVICES["database"]["networks"]) == ["rows"]


def test_of_a_cluster_only_calls_and_pages_are_open() -> None:
    """Figures and alerts to this machine alone; database, storage and managers to the machines alone."""
    ports = {port for service in MACHINES.values() for port in service.get("ports", [])}
    assert ports == {"127.0.0.1:8443:443", "127.0.0.1:9090:9090", "127.0.0.1:9093:9093"}
    assert CLUSTER["networks"]["inside"]["internal"] is True
    assert list(MACHINES["storage"]["networks"]) == ["inside"]
    assert {name for name, one in MACHINES.items() if "gauges" in one.get("networks", ())} == {
        "db1",
        "db2",
        "figures",
    }


def test_of_a_cluster_only_who_must_reaches_the_database_and_etcd() -> None:
    """Networks of their own without a way out; edge, proxy, storage and Alertmanager are in none of them."""
    servers = {"db1", "db2"}
    members = {
        net: {name for name, one in MACHINES.items() if net in one.get("networks", ())}
        for net in CLUSTER["networks"]
    }
    assert members["rows"] == servers | {
        name for name, one in MACHINES.items() if "HOTLINE_ROLES" in one.get("environment", {})
    }
    assert members["leads"] == servers | {"etcd"}
    assert [net for net in members if members[net] & (servers | {"etcd"})] == ["rows", "leads", "gauges"]
    assert all(CLUSTER["networks"][net]["internal"] is True for net in ("rows", "leads", "gauges"))


def test_the_databases_servers_listen_where_they_are_needed() -> None:
    """PostgreSQL not where Prometheus is; each user from its own network; keys where they are used."""
    hba = yaml.safe_load((DOCKER / "cluster" / "patroni.yaml").read_text("utf-8"))["postgresql"]["pg_hba"]
    rows, leads = (CLUSTER["networks"][net]["ipam"]["config"][0]["subnet"] for net in ("rows", "leads"))
    assert [line.split() for line in hba] == [
        ["local", "all", "postgres", "peer"],
        ["host", "all", "postgres", leads, "scram-sha-256"],
        ["host", "replication", "standby", leads, "scram-sha-256"],
        ["host", "hotline", "hotline", rows, "scram-sha-256"],
    ]
    for name in ("db1", "db2"):
        one = MACHINES[name]
        here = {
            "ROWS": one["networks"]["rows"]["ipv4_address"],
            "LEADS": one["networks"]["leads"]["ipv4_address"],
        }
        assert one["environment"] == here and f'"{here["LEADS"]}"' in PREPARE
    given = {
        volume: {
            name
            for name, one in MACHINES.items()
            if any(v.startswith(f"{volume}:") for v in one.get("volumes", ()))
        }
        for volume in ("rows", "leads", "reads")
    }
    assert given == {
        "rows": {"prepare", "db1", "db2"},
        "leads": {"prepare", "etcd"},
        "reads": {"prepare", "figures"},
    }


def test_the_machines_of_a_cluster_are_named_alike_everywhere() -> None:
    """In the edge's list, by each other, by the proxy and by who asks them for figures."""
    sip = {one["environment"].get("HOTLINE_SIP_ADDRESS") for one in OURS} - {None}
    nodes = {name: one["environment"] for name, one in MACHINES.items() if name.startswith("ntpc")}
    at = {name: f"{one['HOTLINE_SIP_ADDRESS']}:5060" for name, one in nodes.items()}
    assert set(MACHINES["edge"]["environment"]["NODES"].split()) == set(at.values())
    assert {address.partition(":")[0] for address in at.values()} < sip
    for name, one in nodes.items():
        others = {f"{other}={address}" for other, address in at.items() if other != name}
        assert set(one["HOTLINE_OTHER_NODES"].split(",")) == others and one["HOTLINE_NODE"] == name
        assert one["HOTLINE_AMI_ADDRESS"] == MACHINES[name]["networks"]["inside"]["ipv4_address"]
    pages = [MACHINES[name]["networks"]["inside"]["ipv4_address"] for name in ("pages1", "pages2")]
    assert all(f'"{address}:8001"' in PREPARE for address in pages)
    asked = yaml.safe_load((DOCKER / "cluster" / "prometheus.yml").read_text("utf-8"))["scrape_configs"][0]
    names = [*nodes, "pages1", "pages2"]
    assert asked["static_configs"] == [{"targets": [f"{name}:8000" for name in names]}]


def test_nodes_and_edge_know_each_other_by_their_own_addresses() -> None:
    """Docker rewrites none on the way from one network of calls into the other."""
    key = "com.docker.network.bridge.enable_ip_masquerade"
    for name in ("calls", "phones"):
        assert CLUSTER["networks"][name]["driver_opts"] == {key: "false"}


@pytest.mark.thorough
def test_compose_takes_the_files() -> None:
    """By Docker's own tool, where it is installed."""
    asked = ("docker", "compose", "version")
    if not shutil.which("docker") or subprocess.run(asked, capture_output=True, check=False).returncode:
        pytest.skip("Docker Compose is not installed")
    for name in ("compose.yaml", "cluster.yaml"):
        words = ("docker", "compose", "-f", str(DOCKER / name), "config", "--quiet")
        run = subprocess.run(words, capture_output=True, text=True, check=False)
        assert not run.returncode and not run.stderr, run.stderr


@pytest.mark.matrix
@pytest.mark.parametrize("check", CHECKS)
def test_programs_take_their_configuration(check: str, tmp_path: Path) -> None:
    """Each by its own check."""
    program = check.partition(" ")[0]
    shutil.copytree(DOCKER, tmp_path, dirs_exist_ok=True)
    shutil.copy(DOCKER / "alerts.yml", tmp_path / "cluster")
    if not (found := shutil.which(program, path="/usr/local/bin:/usr/bin:/usr/sbin")):
        pytest.skip(f"{program} is not installed")
    run = subprocess.run((found, *CHECKS[check]), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_turn_server_is_in_the_image_and_waits_for_an_address() -> None:
    """By bootstrap, as on a machine; behind Docker's address translation nobody would reach it."""
    assert "./ops/bootstrap.sh turn" in DOCKERFILE
    assert SERVICES["hotline"]["environment"]["HOTLINE_TURN_ADDRESS"] == "${HOTLINE_TURN_ADDRESS:-}"
    of_its_own = (DOCKER / "README.md").read_text("utf-8").partition("## With a carrier")[2]
    assert "`HOTLINE_TURN_ADDRESS`" in of_its_own.partition("\n## ")[0]


def test_no_secret_is_in_the_files() -> None:
    """They come by files; a URL holds no password."""
    for path in filter(Path.is_file, DOCKER.rglob("*")):
        text = path.read_text("utf-8")
        assert not re.search(r"(?i)(PASSWORD|TOKENS?|SECRET)\s*[:=]\s*['\"]?[\w-]{8,}", text), path.name
        assert not re.search(r"://[\w-]+:[^@\s/]+@", text), path.name
