"""A real nginx with the shipped configuration, under a certificate of its own, for as long as a test asks."""

import os
import resource
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import pytest
import trustme

from hotline import clock
from hotline.settings import Settings
from ops.run.proxy import configuration
from tests.live.system import is_open
from tests.ports import free_ports

HOST = "localhost"


@dataclass
class Nginx:
    """Where it listens, and what trusts its certificate."""

    port: int
    plain: int
    trust: ssl.SSLContext
    log: Path

    @property
    def origin(self) -> str:
        """How browsers name the site."""
        return f"https://{HOST}:{self.port}"


def program() -> str:
    """Its absence fails under CI, and says what to install."""
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if not found:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "nginx is missing: apt-get install nginx-light"
        )
    return str(found)


@contextmanager
def proxied(
    settings: Settings, tls: int, plain: int, pages: Sequence[str] = (), telephones: str = ""
) -> Iterator[Nginx]:
    """Before the pages of ``settings``, whose ``console_url`` names the port for TLS, or before those of
    several machines and an edge; ended afterwards.
    """
    nginx = program()
    place = Path(mkdtemp(prefix="hotline-nginx-", dir="/tmp"))
    place.chmod(0o711)
    authority = trustme.CA()
    certificate = authority.issue_cert(HOST)
    (place / "key.pem").write_bytes(certificate.private_key_pem.bytes())
    (place / "chain.pem").write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
    text = configuration(
        settings,
        place / "chain.pem",
        place / "key.pem",
        listen=(f"127.0.0.1:{tls}",),
        plain=(f"127.0.0.1:{plain}",),
        pages=pages,
        telephones=telephones,
    )
    (place / "nginx.conf").write_text(text, "utf-8")
    log, trust = place / "error.log", ssl.create_default_context()
    authority.configure_trust(trust)
    own = f"pid {place}/nginx.pid; error_log {log} info; daemon off;"
    words = [nginx, "-p", str(place), "-e", str(log), "-c", str(place / "nginx.conf"), "-g", own]
    subprocess.run([*words, "-t"], check=True, capture_output=True)
    process = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    try:
        by = clock.monotonic() + 20
        while not is_open("127.0.0.1", tls):
            assert clock.monotonic() < by and process.poll() is None, log.read_text()
            time.sleep(0.05)
        yield Nginx(tls, plain, trust, log)
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(place, ignore_errors=True)


def behind_a_proxy() -> tuple[dict[str, object], int, int]:
    """Settings of a hotline whose pages are reached by such an nginx, and its two ports."""
    tls, plain = free_ports(2)
    site = f"{HOST}:{tls}"
    return (
        {
            "console_url": f"https://{site}",
            "console_hops": 1,
            "browser_phones": "yes",
            "browser_url": f"wss://{site}/ws",
        },
        tls,
        plain,
    )


@contextmanager
def many_files() -> Iterator[None]:
    """As many open files as this machine gives without being asked."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
