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
FIRST_KEY: Final = {"key": b64encode(b"\0").decode(), "range_end": b64encode(b"\0").decode(), "limit": "1"}
"""Asks etcd for anything it has."""


@dataclass(frozen=True)
class Doors:
    """The three, started; ``place`` has what ``prepare`` makes."""

    place: Path
    etcd: int
    patroni: int
    rows: int

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
    ) -> int:
        """Status of an answer to who has the certificate of ``who``. Raises OSError when there is none."""
        trusted = ssl.create_default_context(cafile=self.place / "cluster" / "rows" / "authority.pem")
        if who:
            own = self.place / "cluster" / who
            trusted.load_cert_chain(own / "chain.pem", own / "key.pem")
        said = {"Authorization": f"Basic {b64encode(f'patroni:{password}'.encode()).decode()}"}
        body = None if sent is None else json.dumps(sent).encode()
        asked = Request(f"https://127.0.0.1:{port}{path}", body, said if password else {}, method=method)
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
    """What ``prepare`` makes, and all three by the shipped files, with other places, ports and networks."""
    one = Doors(place, free_port(), free_port(), free_port())
    for name in ("etcd", "rows", "figures", "shared"):
        (place / "cluster" / name).mkdir(parents=True)
    (place / "run").mkdir(mode=0o700)
    prepared = runpy.run_path(str(DOCKER / "cluster" / "prepare.py"))
    prepared["members"](*(place / "cluster" / name for name in ("etcd", "rows", "figures")))
    for name in ("shared/database-password", "rows/superuser", "rows/standby", "rows/patroni"):
        (place / "cluster" / name).write_text(f"of-{name.replace('/', '-')}", "ascii")
    changed = {
        "/run/cluster": str(place / "cluster"),
        "/run/postgresql": str(place / "run"),
        "/var/lib/postgresql": str(place / "rows"),
        "/var/lib/etcd": str(place / "etcd"),
        "/etc/patroni.yaml": str(place / "patroni.yaml"),
        "/tmp/pgpass": str(place / "pgpass"),  # noqa: S108 - of the file that is changed
        "/usr/local/bin/first-start": str(place / "first-start.sh"),
        "/usr/lib/postgresql/17/bin": str(binaries()),
        "0.0.0.0": "127.0.0.1",
        "172.28.23.0/24": "127.0.0.0/8",
        "172.28.24.0/24": "127.0.0.9/32",
        "etcd:2379": f"127.0.0.1:{one.etcd}",
        ":2379": f":{one.etcd}",
        ":2381": f":{free_port()}",
        ":8008": f":{one.patroni}",
        ":5432": f":{one.rows}",
        '"$LEADS,$ROWS:': '"$LEADS:',  # one address is both here
    }

    def here(text: str) -> str:
        for old, new in changed.items():
            text = text.replace(old, new)
        return text

    for name in ("patroni.yaml", "patroni.sh", "first-start.sh", "rows-healthy.py"):
        (place / name).write_text(here((DOCKER / "cluster" / name).read_text("utf-8")), "utf-8")
        (place / name).chmod(0o755)
    user = owner(place)
    if user:
        subprocess.run(("chown", "-R", user, place), check=True)
    words = yaml.safe_load((DOCKER / "cluster.yaml").read_text("utf-8"))["services"]["etcd"]["command"]
    own = f"--listen-peer-urls=http://127.0.0.1:{free_port()}"
    running.enter_context(process((*(here(one) for one in words), own), place / "etcd.log", user))
    addresses = {"LEADS": "127.0.0.1", "ROWS": "127.0.0.1", "HOSTNAME": "db1"}
    running.enter_context(process(("sh", str(place / "patroni.sh")), place / "db1.log", user, addresses))
    until(lambda: is_up(one), STARTED_WITHIN, "etcd, Patroni and PostgreSQL serve")
    return one


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


def is_up(one: Doors) -> bool:
    try:
        one.connect("hotline", one.secret("shared/database-password"), "hotline")
        return one.ask(one.patroni, "/primary", "rows") == 200
    except (OSError, psycopg.OperationalError):
        return False


def test_etcd_answers_only_the_servers_of_the_database(doors: Doors) -> None:
    """And says nothing to one without a certificate, in clear, or with Prometheus'."""
    key = "/v3/kv/range"
    assert doors.ask(doors.etcd, key, "rows", FIRST_KEY, "POST") == 200
    for stranger in ("", "figures"):
        with pytest.raises(OSError):
            doors.ask(doors.etcd, key, stranger, FIRST_KEY, "POST")
    with pytest.raises((OSError, URLError)):
        urlopen(f"http://127.0.0.1:{doors.etcd}/v3/kv/range", json.dumps(FIRST_KEY).encode(), 5)


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
    """By the same certificate, and patronictl by the same passwords."""
    healthy = subprocess.run((sys.executable, doors.place / "rows-healthy.py"), check=False)
    assert healthy.returncode == 0
    addresses = {"LEADS": "127.0.0.1", "ROWS": "127.0.0.1", "HOSTNAME": "db1"}
    words = ("sh", doors.place / "patroni.sh", "list", "--format", "json")
    told = subprocess.run(words, env={**os.environ, **addresses}, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert [(one["Member"], one["Role"]) for one in json.loads(told.stdout)] == [("db1", "Leader")]
