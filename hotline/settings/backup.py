"""Settings of copies elsewhere: backups, and the second copy of the journal."""

from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field

from hotline.settings.kinds import Duration


class BackupSettings(BaseModel):
    """Where copies go, how often, and for how long; none are made as it is shipped."""

    backup_folder: Path | None = Field(
        None,
        description="directory of the backups, on another machine or disk; it must be there; empty = none "
        "are made by themselves",
    )
    backup_every: Duration = Field(
        timedelta(minutes=4),
        ge=timedelta(minutes=1),
        le=timedelta(days=1),
        description="time from the end of a backup to the next: so much, and the time that it takes, may be "
        "lost with the machine",
    )
    backup_keep: Duration = Field(
        timedelta(days=34),
        ge=timedelta(days=1),
        le=timedelta(days=34),
        description="a backup expires after so long, and with it what was deleted since: within 35 days, "
        "though the jobs should stand still for one",
    )
    backup_database: Literal["copy", "apart"] = Field(
        "copy",
        description="whether backups hold the database (copy), or its own administrators keep it by its "
        "write-ahead log (apart)",
    )
    backup_keys: Path | None = Field(
        None,
        description="directory to which each backup copies the keys, apart from backup_folder; empty = it "
        "does not",
    )
    journal_second: Path | None = Field(
        None,
        description="directory of a second machine to which the journal is copied before a promise is "
        "spoken; it must be there; empty = none",
    )
    journal_second_wait: Duration = Field(
        timedelta(milliseconds=300),
        ge=timedelta(milliseconds=10),
        le=timedelta(milliseconds=700),
        description="longest time that a caller waits for that copy",
    )
