"""A store that speaks S3, in a bucket of our own: one request a deed, so that each is whole or was not."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from recordings.storage import StorageAway

S3: Final = "s3"
_ABSENT: Final = frozenset(("404", "NoSuchKey", "NotFound"))
_BEHIND: Final = frozenset(("416", "InvalidRange"))
"""What a store says of bytes behind the end of a file."""


@dataclass(frozen=True, slots=True)
class S3Place:
    """Where a bucket is, and the account that may use it; ``authority``: whose certificates are trusted.

    ``name``: by which rows know it.
    """

    endpoint: str
    bucket: str
    region: str
    account: str
    secret: str
    authority: Path | None = None
    wait: timedelta = timedelta(seconds=20)
    name: str = S3


class S3Storage:
    """A bucket. It is asked once: whoever needs it asks again by the next run."""

    def __init__(self, place: S3Place) -> None:
        self._place = place
        wait = place.wait.total_seconds()
        self._api: Any = boto3.session.Session().client(
            "s3",
            endpoint_url=place.endpoint,
            region_name=place.region,
            aws_access_key_id=place.account,
            aws_secret_access_key=place.secret,
            verify=str(place.authority) if place.authority else None,
            config=Config(
                connect_timeout=min(wait, 3.0),
                read_timeout=wait,
                retries={"total_max_attempts": 1},
                s3={"addressing_style": "path"},
                # Not every store knows the checksums that Amazon's has by now.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def put(self, name: str, file: Path) -> None:
        size = file.stat().st_size
        with self._asking(), file.open("rb") as body:
            self._api.put_object(Bucket=self._place.bucket, Key=name, Body=body, ContentLength=size)
        if self.size(name) != size:
            raise StorageAway(self._place.name, "it did not keep the whole file")

    def size(self, name: str) -> int | None:
        try:
            with self._asking():
                told = self._api.head_object(Bucket=self._place.bucket, Key=name)
        except FileNotFoundError:
            return None
        return int(told["ContentLength"])

    def read(self, name: str, start: int, count: int) -> bytes:
        wanted = f"bytes={start}-{start + count - 1}"
        try:
            with self._asking():
                told = self._api.get_object(Bucket=self._place.bucket, Key=name, Range=wanted)
                return bytes(told["Body"].read())
        except EOFError:
            return b""

    def delete(self, name: str) -> None:
        try:
            with self._asking():
                self._api.delete_object(Bucket=self._place.bucket, Key=name)
        except FileNotFoundError:
            return

    def delete_all(self, names: Sequence[str]) -> None:
        for name in names:
            self.delete(name)

    def names(self) -> Iterator[tuple[str, datetime]]:
        with self._asking():
            pages = self._api.get_paginator("list_objects_v2").paginate(Bucket=self._place.bucket)
            for page in pages:
                for one in page.get("Contents", ()):
                    yield one["Key"], one["LastModified"]

    def fault(self) -> str:
        try:
            with self._asking():
                self._api.head_bucket(Bucket=self._place.bucket)
        except StorageAway as away:
            return away.why
        except FileNotFoundError:
            return "there is no such bucket"
        return ""

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """One question. Raises StorageAway, FileNotFoundError, EOFError for bytes behind the end."""
        try:
            yield
        except ClientError as error:
            told = error.response.get("Error", {})
            code = str(told.get("Code", ""))
            if code in _ABSENT:
                raise FileNotFoundError(code) from error
            if code in _BEHIND:
                raise EOFError from error
            raise StorageAway(self._place.name, f"{code} {told.get('Message', '')}".strip()) from error
        except BotoCoreError as error:
            raise StorageAway(self._place.name, str(error)) from error
