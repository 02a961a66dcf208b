"""A private OpenID server for the tests: Canaille, gone afterwards; `make prove` brings it."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from threading import Event
from urllib.parse import urljoin

import requests
import tomlkit
from joserfc.jwk import RSAKey

from hotline import clock
from tests.ports import free_port

CLIENT, SECRET, PASSWORD = "hotline", "not-a-secret-of-anybody", "correct horse battery"
READY_SECONDS = 240.0


class NoIdentityServer(Exception):
    """Canaille is not on this machine, or does not start."""


class _Hidden(HTMLParser):
    """The hidden fields of the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found = dict[str, str]()
        self.asked = set[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        name = told.get("name") or ""
        if tag == "input" and told.get("type") == "hidden":
            self.found[name] = told.get("value") or ""
        elif tag == "input":
            self.asked.add(name)


@dataclass
class IdentityServer:
    """A running Canaille with one client: us."""

    folder: Path
    returns_to: str
    port: int = field(default_factory=lambda: free_port())
    granted: int = 0
    """Second of the latest sign-in: its tokens of one person in one second are alike, which it refuses."""

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def prepare(self) -> None:
        """Its configuration, its tables, and us as a client."""
        key = RSAKey.generate_key(2048, {"kid": "one", "alg": "RS256", "use": "sig"}).as_dict(private=True)
        host = "/".join(self.returns_to.split("/")[:3])
        config = {
            "SECRET_KEY": "of-the-tests",
            "SERVER_NAME": f"127.0.0.1:{self.port}",
            "PREFERRED_URL_SCHEME": "http",
            "CANAILLE": {"CAPTCHA_ENABLED": False, "SMTP": {"HOST": "127.0.0.1", "PORT": 9}},
            "CANAILLE_SQL": {"DATABASE_URI": f"sqlite:///{self.folder / 'canaille.db'}"},
            "CANAILLE_OIDC": {"ACTIVE_JWKS": [key], "TRUSTED_DOMAINS": [host.partition("//")[2]]},
        }
        (self.folder / "canaille.toml").write_text(tomlkit.dumps(config), "utf-8")
        self.command("install")
        grants = ("authorization_code", "refresh_token")
        self.command(
            *("create", "client", "--client-id", CLIENT, "--client-secret", SECRET, "--client-name", "1999"),
            *("--client-uri", host, "--redirect-uris", self.returns_to, "--response-types", "code"),
            *(word for one in grants for word in ("--grant-types", one)),
            *("--token-endpoint-auth-method", "client_secret_basic"),
            *(word for one in ("openid", "profile", "email", "groups") for word in ("--scope", one)),
        )
        self.command("set", "client", CLIENT, "--audience", CLIENT)

    def person(self, name: str) -> None:
        """Somebody with a password."""
        self.command(
            *(
                "create",
                "user",
                "--user-name",
                name,
                "--password",
                PASSWORD,
                "--emails",
                f"{name}@city.example",
            ),
            *("--given-name", "示範", "--family-name", "王", "--formatted-name", "王示範"),
        )

    def command(self, *words: str) -> str:
        """One of its own commands."""
        done = subprocess.run(
            (str(program()), *words), cwd=self.folder, env=self._environment(), capture_output=True, text=True
        )
        if done.returncode:
            raise NoIdentityServer(f"{words}: {done.stderr[-2000:]}")
        return done.stdout

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "CANAILLE_CONFIG": str(self.folder / "canaille.toml"), "LC_ALL": "C.UTF-8"}

    def start(self) -> None:
        """Start it; returns when it answers."""
        with (self.folder / "log").open("ab") as log:
            words = (str(program()), "run", "--bind", f"127.0.0.1:{self.port}")
            self.process = subprocess.Popen(
                words, cwd=self.folder, env=self._environment(), stdout=log, stderr=log
            )
        by, pause = clock.monotonic() + READY_SECONDS, Event()
        while True:
            try:
                requests.get(f"{self.issuer}/.well-known/openid-configuration", timeout=5).raise_for_status()
                return
            except requests.RequestException:
                if clock.monotonic() > by or self.process.poll() is not None:
                    told = (self.folder / "log").read_text("utf-8", "replace")[-2000:]
                    raise NoIdentityServer(told) from None
                pause.wait(0.2)

    def stop(self) -> None:
        """End it at once, with its workers."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)

    def signs_in(self, url: str, name: str, password: str = PASSWORD) -> str:
        """A browser that is sent to an address signs in there; where it is sent back to."""
        browser = requests.Session()
        answer = browser.get(url, allow_redirects=False, timeout=60)
        for _page in range(12):
            if answer.is_redirect:
                to = urljoin(answer.url, answer.headers["Location"])
                if to.startswith(self.returns_to):
                    self._await_another_second()
                    return to
                answer = browser.get(to, allow_redirects=False, timeout=60)
                continue
            page = _Hidden()
            page.feed(answer.text)
            typed = {"login": name, "password": password}
            sent = page.found | {one: text for one, text in typed.items() if one in page.asked}
            answer = browser.post(answer.url, data=sent, allow_redirects=False, timeout=60)
        said = re.sub(r"<[^>]*>|\s+", " ", answer.text)
        raise AssertionError(f"nobody was sent back: {answer.status_code} {answer.url} {said[:1500]}")

    def _await_another_second(self) -> None:
        pause = Event()
        while int(clock.now().timestamp()) <= self.granted + 1:
            pause.wait(0.05)
        self.granted = int(clock.now().timestamp())


def program() -> Path:
    """The program. Raises NoIdentityServer."""
    own = Path(sys.prefix) / "share" / "identity" / "bin" / "canaille"
    if not own.is_file():
        raise NoIdentityServer("Canaille is not on this machine; `make prove` brings it (locks/identity.txt)")
    return own


@contextmanager
def running(returns_to: str) -> Iterator[IdentityServer]:
    """Start a server and stop it. Raises NoIdentityServer."""
    program()
    server = IdentityServer(Path(tempfile.mkdtemp(prefix="hotline-identity-")), returns_to)
    try:
        server.prepare()
        server.start()
        yield server
    finally:
        if hasattr(server, "process"):
            server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)
