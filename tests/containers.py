"""The whole cluster of docker/cluster.yaml in containers, for tests to call; its images stay.

Docker is the machine's, by DOCKER_HOST, or one of our own beneath HOTLINE_CACHE, ended afterwards. Where
Debian's image cannot be pulled, its base system is made by debootstrap, with the authorities that this
machine trusts, and as patient with an old mirror.
"""

import json
import os
import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Any
from urllib.request import urlopen

from demo.phone import Answers, Softphone
from demo.story import Story
from demo.trial import place_call
from demo.trials import this_hotline
from hotline import clock
from hotline.settings import Settings
from hotline.settings.kinds import CHECKOUT
from ops.pbx.install import debian_mirror
from ops.wiring import House, migrate, workshop
from tests.edges import PORT
from tests.live.conftest import lacks
from tests.live.test_edge_live import invite

BASE = "debian:trixie-slim"
FILE = CHECKOUT / "docker" / "cluster.yaml"
EDGE, CARRIER = "172.28.20.10", "172.28.20.1"
PHONES, DESK = "172.28.22.10", "172.28.22.1"
NODES = {"ntpc1": "172.28.20.21", "ntpc2": "172.28.20.22", "ntpc3": "172.28.20.23"}
SITE = "https://localhost:8443"
FIGURES, ALERTS = "http://127.0.0.1:9090", "http://127.0.0.1:9093"
DATABASES = ("db1", "db2")
TRUSTED = Path("/etc/ssl/certs/ca-certificates.crt")
ADDED = Path("/usr/local/share/ca-certificates")
"""Authorities that this machine was given beside Debian's, whose package takes them from here."""
STARTED_WITHIN = 540.0
LONGEST = 240.0
"""Seconds after which a caller hangs up: three of them share one agent, whose notes take time too."""
PROMISED = "1,3,1,#"
"""Keys that ask for a callback to one's own number, with nothing to say about the matter."""
TO_AN_AGENT = "1,1"


@dataclass(frozen=True)
class Containers:
    """Containers that run, and the prompts and menus by which callers understand them."""

    environment: dict[str, str]
    house: House

    def compose(self, *words: str) -> str:
        """A command of docker compose; what it printed."""
        return run(("docker", "compose", "-f", str(FILE), *words), self.environment)

    def inside(self, service: str, *words: str) -> str:
        """A command in a container; what it printed."""
        return self.compose("exec", "-T", service, *words).strip()

    def rows(self, query: str, server: str) -> list[str]:
        """Ask one server of the database; its rows as text."""
        psql = ("psql", "-h", "/run/postgresql", "-U", "postgres", "-tAc", query, "hotline")
        return self.inside(server, *psql).splitlines()

    def ailing(self) -> list[str]:
        """Services that are not healthy, or not yet."""
        lines = self.compose("ps", "--format", "{{.Service}} {{.Health}}").split("\n")
        return [line for line in lines if line and not line.endswith(" healthy")]

    def leads(self, server: str) -> bool:
        """Whether a server takes writes."""
        try:
            return self.rows("SELECT pg_is_in_recovery()", server) == ["f"]
        except subprocess.CalledProcessError:
            return False

    def leader(self) -> str:
        """The server that takes writes."""
        return next(server for server in DATABASES if self.leads(server))

    @contextmanager
    def telephone(self, user: str) -> Iterator[None]:
        """A desk phone at the edge, which answers."""
        accounts = self.inside("ntpc1", "cat", "/var/lib/hotline/secrets/softphones.txt")
        found = (line.split() for line in accounts.splitlines())
        secrets = {words[0]: words[1] for words in found if len(words) > 1}
        with Softphone(
            user,
            home=self.house.settings.home / user,
            address=DESK,
            password=secrets[user],
            registrar=f"{PHONES}:{PORT}",
            behaves=Answers(0.5, 4.0),
        ) as phone:
            phone.register()
            yield

    def call(self, number: str, keys: str = PROMISED) -> Story:
        """A call by the edge, as the carrier brings it; unless told otherwise it asks for a callback."""
        place = self.house.settings.home / f"caller-{number}"
        hotline = replace(this_hotline(self.house, place), sip=f"{EDGE}:{PORT}", carrier=CARRIER)
        return place_call("1999", keys, hotline=hotline, caller=number, longest=LONGEST)

    def callers(self, numbers: Sequence[str]) -> dict[str, list[str]]:
        """These numbers by the node that answers their calls now."""
        answers = {number: invite(CARRIER, EDGE, number)[0] for number in numbers}
        return {
            name: [number for number in numbers if address in answers[number]]
            for name, address in NODES.items()
        }

    def authority(self) -> ssl.SSLContext:
        """Trust in the installation's own authority."""
        file = self.inside("proxy", "cat", "/run/cluster/site/authority.pem")
        return ssl.create_default_context(cadata=file)

    def page(self, path: str, trust: ssl.SSLContext | None = None) -> tuple[int, str]:
        """Status and text of a page, by TLS and that authority."""
        with urlopen(SITE + path, timeout=15, context=trust or self.authority()) as answer:
            return answer.status, answer.read().decode()

    def figure(self, query: str) -> dict[str, float]:
        """Ask Prometheus; the latest value of each machine."""
        with urlopen(f"{FIGURES}/api/v1/query?query={query}", timeout=10) as answer:
            found = json.load(answer)["data"]["result"]
        return {one["metric"]["instance"]: float(one["value"][1]) for one in found}

    def alerts(self) -> set[tuple[str, str]]:
        """Alerts that Alertmanager has now: name and machine of each."""
        with urlopen(f"{ALERTS}/api/v2/alerts", timeout=10) as answer:
            told = [one["labels"] for one in json.load(answer)]
        return {(one["alertname"], one.get("instance", "")) for one in told}


def until(true: Callable[[], bool], within: float, what: str) -> float:
    """Wait for a condition; after how many seconds it was met."""
    begun, pause = clock.monotonic(), Event()
    while not true():
        assert clock.monotonic() - begun < within, f"not within {within:g} s: {what}"
        pause.wait(0.5)
    return clock.monotonic() - begun


def run(words: Sequence[str], environment: dict[str, str], **others: object) -> str:
    """A program's output; its complaints with the failure."""
    how: dict[str, Any] = {"capture_output": True, "text": True, "check": False, **others}
    done = subprocess.run(words, env=environment, **how)
    if done.returncode:
        failure = subprocess.CalledProcessError(done.returncode, words, done.stdout)
        failure.add_note(str(done.stderr)[-2000:])
        raise failure
    return str(done.stdout)


@contextmanager
def running(folder: Path) -> Iterator[Containers]:
    """Build, start, and take down with all its volumes."""
    for program in ("docker", "dockerd", "debootstrap"):
        if not shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin"):
            lacks(f"{program} is missing: apt-get install docker.io docker-compose docker-buildx debootstrap")
    settings = Settings(home=folder)
    migrate(settings)
    with docker(settings.cache / "docker") as environment:
        cluster = Containers(environment, workshop(settings, "tests"))
        cluster.compose("build", "--quiet")
        try:
            cluster.compose("up", "--detach")
            until(lambda: not cluster.ailing(), STARTED_WITHIN, "every container is healthy")
            yield cluster
        finally:
            cluster.compose("down", "--volumes", "--timeout", "1")
            cluster.house.engine.dispose()


@contextmanager
def docker(place: Path) -> Iterator[dict[str, str]]:
    """The environment of its commands, with Debian's base image there."""
    if "DOCKER_HOST" in os.environ:
        environment = dict(os.environ)
        base(environment, place)
        yield environment
        return
    place.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"DOCKER_HOST": f"unix://{place}/socket"}
    paths = (f"--data-root={place}/data", f"--exec-root={place}/run", f"--pidfile={place}/pid")
    with (place / "log").open("wb") as log:
        daemon = subprocess.Popen(
            ("dockerd", "-H", environment["DOCKER_HOST"], *paths), stdout=log, stderr=log
        )
    try:
        until((place / "socket").exists, 60, "Docker listens")
        base(environment, place)
        yield environment
    finally:
        daemon.terminate()
        daemon.wait(60)


def base(environment: dict[str, str], place: Path) -> None:
    """Have the image that all others are made from."""
    try:
        run(("docker", "image", "inspect", BASE), environment)
        return
    except subprocess.CalledProcessError:
        pass
    try:
        run(("docker", "pull", "--quiet", BASE), environment, timeout=60)
        return
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        pass
    tree = place / "base"
    shutil.rmtree(tree, ignore_errors=True)
    run(("debootstrap", "--variant=minbase", "trixie", str(tree), debian_mirror()), environment)
    trusted = tree / TRUSTED.relative_to("/")
    if TRUSTED.exists() and not trusted.exists():
        trusted.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(TRUSTED, trusted)
    if ADDED.exists():
        shutil.copytree(ADDED, tree / ADDED.relative_to("/"), dirs_exist_ok=True)
    # A frozen mirror is as good for an image as for this machine, once it was told so.
    frozen = run(("apt-config", "dump", "Acquire::Check-Valid-Until"), environment)
    (tree / "etc" / "apt" / "apt.conf.d" / "99frozen").write_text(frozen)
    with subprocess.Popen(("tar", "-C", str(tree), "-c", "."), stdout=subprocess.PIPE) as tar:
        run(("docker", "import", "-", BASE), environment, stdin=tar.stdout)
    assert tar.returncode == 0
    shutil.rmtree(tree)
