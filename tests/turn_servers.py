"""A TURN server of a test's own: coturn as the hotline configures it, gone afterwards."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

import pytest
import trustme

from hotline import clock
from hotline.settings import Settings
from ops.run import turn
from tests.live.conftest import lacks

EVERYBODY = 0o644
READY = 20.0


@contextmanager
def certified(host: str) -> Iterator[dict[str, str]]:
    """Settings of a certificate that its user can read."""
    place = Path(mkdtemp(prefix="hotline-certificate-", dir="/tmp"))
    place.chmod(0o755)
    made = trustme.CA().issue_cert(host)
    chain, key = place / "chain.pem", place / "key.pem"
    made.private_key_pem.write_to_path(str(key))
    for pem in made.cert_chain_pems:
        pem.write_to_path(str(chain), append=True)
    for file in (chain, key):
        file.chmod(EVERYBODY)
    yield {"turn_certificate": str(chain), "turn_key": str(key)}
    shutil.rmtree(place)


@contextmanager
def turn_server(address: str, **values: object) -> Iterator[Settings]:
    """The settings of one that answers on an address of this machine."""
    demand_coturn()
    home = Path(mkdtemp(prefix="hotline-turn-", dir="/tmp"))
    home.chmod(0o711)
    settings = Settings(home=home, turn_address=address, **values)
    turn.write(settings, pytest.fail)
    (spec,) = turn.specs(settings)
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(spec.command, stdout=log, stderr=log, cwd="/")
    try:
        until = clock.monotonic() + READY
        while list(turn.silent(address, settings.turn_port)):
            assert process.poll() is None and clock.monotonic() < until, (home / "log").read_text()
        yield settings
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(home)


def demand_coturn() -> None:
    """Skip with what to install, or fail under CI."""
    if not turn.program():
        lacks("coturn is not on this machine; `make prove` brings it, and so does `./ops/bootstrap.sh turn`")
