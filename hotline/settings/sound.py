"""Settings of kept sound: how it is compressed, when it is sealed, and where it lies."""

from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field

from hotline.settings.faults import BadSettings, SettingMissing, variable
from hotline.settings.kinds import Duration, secrets_in


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
    recording_storage: Literal["folder", "s3"] = Field(
        "folder",
        description="where encrypted sound lies: HOTLINE_HOME/sealed or a bucket; from the other it is moved",
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

    @property
    def s3_account(self) -> tuple[str, str]:
        """Access key and secret. Raises BadSettings if their file is not named, away, or lacks one."""
        lines = secrets_in(self.s3_key_file, "s3_key_file") if self.s3_key_file else ()
        if len(lines) < 2:
            raise BadSettings((SettingMissing(variable("s3_key_file"), "s3_endpoint"),))
        return lines[0], lines[1]
