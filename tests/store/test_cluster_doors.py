"""etcd, Patroni and PostgreSQL as the cluster of containers starts them: who has neither certificate nor
password is refused.
"""

import json
import os
import runpy
import shutil
import ssl
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import psycopg
import pytest
import yaml

from tests.containers import until
from tests.ports import free_port
from tests.postgres import binaries, owner

DOCKER: Final = Path(__file__).parents[2] / "docker"
STARTED_WITHIN: Final = 90.0
ADDRESSES: Final = {"db1": "127.0.0.1", "db2": "127.0.0.2"}
FIRST_KEY: Final = {"key": b64encode(b"\0").decode(), "range_end": b64encode(b"\0").decode(), "limit": "1"}
"""Asks etcd for anything it has."""
KEPT: Final = "continue to run as a leader because failsafe mode is enabled and all members are accessible"
"""What Patroni's log says of a leader that etcd does not answer."""


@dataclass(frozen=True)
class Doors:
    """The three, started; ``place`` has what ``prepare`` makes."""

    place: Path
    etcd: int
    patroni: int
    rows: int
    etcd_runs: ExitStack

    def members(self) -> dict[str, tuple[str, str]]:
        """Role and state of each server, by patronictl as it is started in a container."""
        words = ("sh", self.place / "db1" / "patroni.sh", "list", "--format", "json")
        asked = subprocess.run(words, env=environment("db1"), capture_output=True, text=True, check=False)
        found = json.loads(asked.stdout) if asked.returncode == 0 and asked.stdout else []
        return {one["Member"]: (one["Role"], one["State"]) for one in found}

    def has(self, server: str) -> bool:
        """Whether a server is a member."""
        return server in self.members()

    def secret(self, name: str) -> str:
        return (self.place / "cluster" / name).read_text("ascii")

    def ask(
        self,
        port: int,
        path: str,
        who: str = "",
        sent: object = None,
        method: str = "GET",
        password: str = "",
        server: str = "db1",
    ) -> int:
        """Status of an answer to who has the certificate of ``who``. Raises OSError when there is none."""
        trusted = ssl.create_default_context(cafile=self.place / "cluster" / "rows" / "authority.pem")
        if who:
            own = self.place / "cluster" / who
            trusted.load_cert_chain(own / "chain.pem", own / "key.pem")
        said = {"Authorization": f"Basic {b64encode(f'patroni:{password}'.encode()).decode()}"}
        body = None if sent is None else json.dumps(sent).encode()
        asked = Request(
            f"https://{ADDRESSES[server]}:{port}{path}", body, said if password else {}, method=method
        )
        try:
            with urlopen(asked, context=trusted, timeout=5) as answer:
                return int(answer.status)
        except HTTPError as error:
            return error.code

    def connect(self, user: str, password: str, name: str) -> None:
        """Raises psycopg.OperationalError when refused."""
        where = {"host": "127.0.0.1", "port": self.rows, "connect_timeout": 5, "sslmode": "disable"}
        psycopg.connect(user=user, password=password, dbname=name, **where).close()  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def doors() -> Iterator[Doors]:
    missing = [name for name in ("etcd", "patroni") if not shutil.which(name)]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    place = Path(tempfile.mkdtemp(prefix="h-doors-"))
    try:
        with ExitStack() as running:
            yield started(place, running)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def started(place: Path, running: ExitStack) -> Doors:
    """What ``prepare`` makes, and all of it by the shipped files, with other places, ports and networks."""
    one = Doors(place, free_port(), free_port(), free_port(), ExitStack())
    for name in ("etcd", "rows", "figures", "shared", "data"):
        (place / "cluster" / name).mkdir(parents=True)
    prepared = runpy.run_path(str(DOCKER / "cluster" / "prepare.py"))
    prepared["members"].__globals__["SERVERS"] = (*ADDRESSES, *ADDRESSES.values())
    prepared["members"](*(place / "cluster" / name for name in ("etcd", "rows", "figures")))
    for name in ("shared/database-password", "rows/superuser", "rows/standby", "rows/patroni"):
        (place / "cluster" / name).write_text(f"of-{name.replace('/', '-')}", "ascii")
    for server, address in ADDRESSES.items():
        own = place / server
        (own / "run").mkdir(parents=True, mode=0o700)
        for name in ("patroni.yaml", "patroni.sh", "first-start.sh", "rows-healthy.py"):
            text = (DOCKER / "cluster" / name).read_text("utf-8")
            (own / name).write_text(here(text, one, own, address), "utf-8")
            (own / name).chmod(0o755)
    user = owner(place)
    if user:
        subprocess.run(("chown", "-R", user, place), check=True)
    words = yaml.safe_load((DOCKER / "cluster.yaml").read_text("utf-8"))["services"]["etcd"]["command"]
    etcd = (
        *(here(word, one, place, "127.0.0.1") for word in words),
        f"--listen-peer-urls=http://127.0.0.1:{free_port()}",
    )
    running.enter_context(one.etcd_runs)
    one.etcd_runs.enter_context(process(etcd, place / "etcd.log", user))
    for server in ADDRESSES:
        log = place / f"{server}.log"
        running.enter_context(
            process(("sh", str(place / server / "patroni.sh")), log, user, environment(server))
        )
        until(partial(one.has, server), STARTED_WITHIN, f"{server} is a member")
    until(
        lambda: one.members().get("db2") == ("Sync Standby", "streaming"),
        STARTED_WITHIN,
        "the standby streams",
    )
    one.connect("hotline", one.secret("shared/database-password"), "hotline")
    return one


def environment(server: str) -> dict[str, str]:
    """What the container has besides the image's; one address is in both networks here."""
    return {**os.environ, "LEADS": ADDRESSES[server], "ROWS": "", "HOSTNAME": server}


def here(text: str, one: Doors, own: Path, address: str) -> str:
    """A shipped file, as it serves in a folder of its own."""
    changed = {
        "/run/cluster": str(one.place / "cluster"),
        "/run/postgresql": str(own / "run"),
        "/var/lib/postgresql": str(own),
        "/var/lib/etcd": str(one.place / "cluster" / "data"),
        "/etc/patroni.yaml": str(own / "patroni.yaml"),
        "/tmp/pgpass": str(own / "pgpass"),  # noqa: S108 - of the file that is changed
        "/usr/local/bin/first-start": str(own / "first-start.sh"),
        "/usr/lib/postgresql/17/bin": str(binaries()),
        "https://127.0.0.1:8008": f"https://{address}:8008",
        "0.0.0.0": address,
        "172.28.23.0/24": "127.0.0.0/8",
        "replication standby 172.28.24.0/24": "replication standby 127.0.0.0/8",
        "172.28.24.0/24": "127.0.0.9/32",
        "etcd:2379": f"127.0.0.1:{one.etcd}",
        ":2379": f":{one.etcd}",
        ":2381": f":{free_port()}",
        ":8008": f":{one.patroni}",
        ":5432": f":{one.rows}",
        "$LEADS,$ROWS": "$LEADS",
    }
    for old, new in changed.items():
        text = text.replace(old, new)
    return text


@contextmanager
def process(
    words: tuple[str, ...], log: Path, user: str | None, environment: dict[str, str] | None = None
) -> Iterator[None]:
    """A program that ends with the test, and first those that it started."""
    with log.open("wb") as file:
        one = subprocess.Popen(
            words,
            stdout=file,
            stderr=file,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            cwd="/",
            env={**os.environ, **(environment or {})},
        )
        try:
            yield
        finally:
            one.terminate()
            try:
                one.wait(30)
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait()


@pytest.mark.proves("etcd-by-certificate")
def test_etcd_answers_only_the_servers_of_the_database(doors: Doors) -> None:
    """And says nothing to one without a certificate, in clear, or with Prometheus'."""
    key = "/v3/kv/range"
    assert doors.ask(doors.etcd, key, "rows", FIRST_KEY, "POST") == 200
    for stranger in ("", "figures"):
        with pytest.raises(OSError):
            doors.ask(doors.etcd, key, stranger, FIRST_KEY, "POST")
    with pytest.raises((OSError, URLError)):
        urlopen(f"http://127.0.0.1:{doors.etcd}/v3/kv/range", json.dumps(FIRST_KEY).encode(), 5)


@pytest.mark.proves("patroni-by-certificate")
def test_patroni_answers_by_certificate_and_acts_by_password(doors: Doors) -> None:
    """Prometheus reads figures and moves nothing; a server's certificate alone moves nothing either."""
    with pytest.raises(OSError):
        doors.ask(doors.patroni, "/metrics")
    assert doors.ask(doors.patroni, "/metrics", "figures") == 200
    for method, path in (
        ("PATCH", "/config"),
        ("POST", "/restart"),
        ("POST", "/switchover"),
        ("POST", "/failsafe"),
    ):
        for who in ("figures", "rows"):
            assert doors.ask(doors.patroni, path, who, {}, method) == 401, (path, who)
            assert doors.ask(doors.patroni, path, who, {}, method, "guessed") == 401, (path, who)
    assert (
        doors.ask(doors.patroni, "/config", "rows", {"ttl": 20}, "PATCH", doors.secret("rows/patroni")) == 200
    )


def test_postgresql_asks_each_user_for_a_password_from_its_own_network(doors: Doors) -> None:
    doors.connect("hotline", doors.secret("shared/database-password"), "hotline")
    for password in ("", "guessed"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            doors.connect("hotline", password, "hotline")
    with pytest.raises(psycopg.OperationalError, match="no pg_hba.conf entry"):
        doors.connect("postgres", doors.secret("rows/superuser"), "postgres")
    with pytest.raises(psycopg.OperationalError, match="no pg_hba.conf entry"):
        doors.connect("hotline", doors.secret("shared/database-password"), "postgres")


def test_the_container_knows_that_it_is_well(doors: Doors) -> None:
    """By the same certificate; the other server too."""
    for server in ADDRESSES:
        healthy = subprocess.run((sys.executable, doors.place / server / "rows-healthy.py"), check=False)
        assert healthy.returncode == 0


def test_the_lead_moves_and_is_kept_without_etcd(doors: Doors) -> None:
    """By patronictl with our passwords; then by what the leader asks the other server."""
    words = ("switchover", "hotline", "--leader", "db1", "--candidate", "db2", "--force")
    told = ("sh", doors.place / "db1" / "patroni.sh", *words)
    subprocess.run(told, env=environment("db1"), capture_output=True, check=True)
    wanted = {"db1": ("Sync Standby", "streaming"), "db2": ("Leader", "running")}
    until(lambda: doors.members() == wanted, STARTED_WITHIN, "the lead has moved, and the old leader follows")
    doors.etcd_runs.close()
    log = doors.place / "db2.log"
    until(lambda: KEPT in log.read_text("utf-8"), STARTED_WITHIN, "the leader has asked the other server")
    assert doors.ask(doors.patroni, "/primary", "figures", server="db2") == 200
