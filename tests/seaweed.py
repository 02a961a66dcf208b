"""A private S3-compatible store for the tests: SeaweedFS, gone afterwards; `make prove` brings it."""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from threading import Event

import boto3
from botocore.config import Config

from hotline import clock
from recordings.object_storage import S3Place, S3Storage
from tests.ports import free_ports

ACCOUNT, SECRET = "hotline", "not-a-secret-of-anybody"
NUMBERS = count(1)
READY_SECONDS = 60.0


class NoStore(Exception):
    """SeaweedFS is not on this machine."""


@dataclass
class ObjectStore:
    """A running store, which can be stopped and started again on the same disk."""

    folder: Path
    ports: list[int] = field(default_factory=lambda: free_ports(8))

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.ports[0]}"

    def start(self) -> None:
        """Start it; returns when it answers."""
        (self.folder / "data").mkdir(exist_ok=True)
        who = {"accessKey": ACCOUNT, "secretKey": SECRET}
        config = {
            "identities": [
                {"name": ACCOUNT, "credentials": [who], "actions": ["Admin", "Read", "Write", "List"]}
            ]
        }
        (self.folder / "s3.json").write_text(json.dumps(config))
        s3, s3_grpc, master, master_grpc, volume, volume_grpc, filer, filer_grpc = self.ports
        words = (
            f"-dir={self.folder / 'data'}",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            "-filer=true",
            "-s3=true",
            f"-s3.port={s3}",
            f"-s3.port.grpc={s3_grpc}",
            *("-s3.port.iceberg=0", "-s3.port.lance=0"),  # else at one port each, for all who run one here
            f"-s3.config={self.folder / 's3.json'}",
            f"-master.port={master}",
            f"-master.port.grpc={master_grpc}",
            "-master.volumeSizeLimitMB=64",
            f"-volume.port={volume}",
            f"-volume.port.grpc={volume_grpc}",
            "-volume.max=500",
            f"-filer.port={filer}",
            f"-filer.port.grpc={filer_grpc}",
        )
        with (self.folder / "log").open("ab") as log:
            command = (str(program()), "server", *words)
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)
        self._await_ready()

    def _await_ready(self) -> None:
        by, pause = clock.monotonic() + READY_SECONDS, Event()
        name = f"ready-{next(NUMBERS)}"
        while True:
            try:
                self._client().create_bucket(Bucket=name)
                return
            except Exception:
                if clock.monotonic() > by or self.process.poll() is not None:
                    raise NoStore((self.folder / "log").read_text("utf-8", "replace")[-2000:]) from None
                pause.wait(0.2)

    def stop(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.wait(10)

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """It takes connections and answers nothing."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def bucket(self) -> S3Place:
        """A new bucket."""
        name = f"sound-{next(NUMBERS)}"
        self._client().create_bucket(Bucket=name)
        return S3Place(self.endpoint, name, "us-east-1", ACCOUNT, SECRET, wait=timedelta(seconds=20))

    def _client(self):  # type: ignore[no-untyped-def]
        how = Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=10)
        return boto3.session.Session().client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key=SECRET,
            config=how,
        )


def program() -> Path:
    """The program. Raises NoStore."""
    beside = Path(sys.executable).with_name("weed")
    found = str(beside) if beside.is_file() else shutil.which("weed")
    if not found:
        raise NoStore("SeaweedFS is not on this machine; `make prove` brings it (locks/storage.txt)")
    return Path(found)


@contextmanager
def running() -> Iterator[ObjectStore]:
    """Start a store and stop it. Raises NoStore."""
    program()
    store = ObjectStore(Path(tempfile.mkdtemp(prefix="hotline-store-")))
    try:
        store.start()
        yield store
    finally:
        if hasattr(store, "process"):
            store.stop()
        shutil.rmtree(store.folder, ignore_errors=True)


def impatient(place: S3Place) -> S3Storage:
    """The same bucket, asked by somebody who does not wait."""
    return S3Storage(replace(place, wait=timedelta(seconds=1)))
