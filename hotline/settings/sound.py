"""Settings of kept sound: how it is compressed, when it is sealed, and where it lies."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field

from hotline.settings.faults import BadSettings, SettingMissing, variable
from hotline.settings.kinds import Duration, secrets_in


@dataclass(frozen=True, slots=True)
class ObjectStoreSettings:
    """An S3-compatible store as it is set up; one without an endpoint is not."""

    endpoint: str
    bucket: str
    region: str
    key_file: Path | None
    authority: Path | None


class SoundSettings(BaseModel):
    """The keeping of recordings and spoken messages."""

    recording_codec: Literal["flac", "opus"] = Field(
        "flac", description="how kept sound is compressed: flac loses nothing, opus is a fifth of it"
    )
    recording_sealed_after: Duration = Field(
        timedelta(seconds=60),
        ge=timedelta(0),
        le=timedelta(days=1),
        description="sound is encrypted so long after its last change; until then it lies in clear",
    )
    recording_storage: Literal["folder", "s3", "s3_second"] = Field(
        "folder",
        description="where encrypted sound lies: HOTLINE_HOME/sealed or a bucket; from others it is moved",
    )
    s3_endpoint: str = Field(
        "",
        pattern=r"^(https?://\S+)?$",
        description="address of an S3-compatible store, without the bucket; set as long as sound lies there",
    )
    s3_bucket: str = Field("", description="its bucket, of this installation alone; needed with s3_endpoint")
    s3_region: str = Field("us-east-1", description="the region that requests to it are signed for")
    s3_key_file: Path | None = Field(
        None,
        description="a file with the account's access key and, in a second line, its secret; needed with "
        "s3_endpoint",
    )
    s3_authority: Path | None = Field(
        None, description="certificate of the authority that signed its server's; empty = this machine's list"
    )
    s3_wait: Duration = Field(
        timedelta(seconds=20),
        ge=timedelta(seconds=1),
        le=timedelta(minutes=5),
        description="longest wait for its answer",
    )

    s3_second_endpoint: str = Field(
        "",
        pattern=r"^(https?://\S+)?$",
        description="address of another such store: sound moves from one to the other while calls go on",
    )
    s3_second_bucket: str = Field("", description="its bucket; needed with s3_second_endpoint")
    s3_second_region: str = Field("us-east-1", description="the region that requests to it are signed for")
    s3_second_key_file: Path | None = Field(
        None, description="a file like s3_key_file; needed with s3_second_endpoint"
    )
    s3_second_authority: Path | None = Field(
        None, description="certificate of the authority that signed its server's; empty = this machine's list"
    )

    @property
    def object_stores(self) -> Mapping[str, ObjectStoreSettings]:
        """The stores that may be set up, by the name by which sound is known to lie there."""
        return {
            "s3": ObjectStoreSettings(
                self.s3_endpoint, self.s3_bucket, self.s3_region, self.s3_key_file, self.s3_authority
            ),
            "s3_second": ObjectStoreSettings(
                self.s3_second_endpoint,
                self.s3_second_bucket,
                self.s3_second_region,
                self.s3_second_key_file,
                self.s3_second_authority,
            ),
        }

    def account_of(self, store: str) -> tuple[str, str]:
        """Access key and secret. Raises BadSettings if their file is not named, away, or lacks one."""
        file, name = self.object_stores[store].key_file, f"{store}_key_file"
        lines = secrets_in(file, name) if file else ()
        if len(lines) < 2:
            raise BadSettings((SettingMissing(variable(name), f"{store}_endpoint"),))
        return lines[0], lines[1]
