"""Settings of places: the home of all state, the database, and what lies where in them."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from pydantic import BaseModel, Field, field_validator

from hotline.settings.kinds import CHECKOUT, Duration, secrets_in


class PlaceSettings(BaseModel):
    """Locations of everything that is kept."""

    home: Path = Field(CHECKOUT / ".hotline", description="the one directory that holds all state")
    cache: Path = Field(Path("/var/cache/hotline"), description="downloads kept between installations")
    menus: Path = Field(CHECKOUT / "ivr" / "dialplans", description="the folder of the menu files (*.toml)")
    database_url: str = Field(
        "",
        pattern=r"^(postgresql(\+psycopg)?://\S+|sqlite:///\S+)?$",
        description="postgresql://USER:PASSWORD@HOST/NAME of a shared database; empty = SQLite in "
        "HOTLINE_HOME",
    )
    database_password_file: Path | None = Field(
        None, description="a file with the password of database_url's user, for a URL that holds none"
    )
    keys_file: Path | None = Field(
        None,
        description="file of the keys by which rows, sound and journal are encrypted; empty = "
        "HOTLINE_HOME/keys/installation.keys",
    )
    keys_command: str = Field(
        "", description="a command that prints what would stand in keys_file, used in its place; empty = none"
    )
    audit_anchors: Path | None = Field(
        None,
        description="directory of the audit log's daily anchors, best on another machine; empty = "
        "HOTLINE_HOME/anchors",
    )
    deletion_log: Path | None = Field(
        None,
        description="directory of the log of what was deleted, best on another machine, apart from backups; "
        "empty = HOTLINE_HOME/deletions",
    )
    journal_keep: Duration = Field(
        timedelta(days=35),
        ge=timedelta(days=1),
        description="journal and event log are kept so long after they became rows, for an old copy of the "
        "database",
    )
    journal_kept_most: int = Field(
        8 << 30, ge=0, description="bytes of applied journal files that are kept at most; the oldest go first"
    )

    @field_validator("home", "cache", "menus")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @property
    def messages(self) -> Path:
        """Spoken messages, one file each."""
        return self.home / "messages"

    @property
    def outbox(self) -> Path:
        """The folder of messages while mail or SMS is not connected."""
        return self.home / "outbox"

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force. Raises BadSettings if its password's file cannot be read."""
        if not self.database_url:
            return f"sqlite:///{self.home / 'hotline.db'}"
        if self.database_password_file is None:
            return self.database_url
        secret = next(iter(secrets_in(self.database_password_file, "database_password_file")), "")
        kind, _, rest = self.database_url.partition("://")
        user, _, place = rest.rpartition("@")
        return f"{kind}://{user}:{quote(secret, safe='')}@{place}"

    @property
    def database_file(self) -> Path | None:
        """The file of an embedded database; None for a shared one."""
        kind, _, path = self.database.partition(":///")
        return Path(path) if kind == "sqlite" else None

    @property
    def journal(self) -> Path:
        """The folder of facts that wait while the database is away."""
        return self.home / "journal"

    @property
    def recordings(self) -> Path:
        """The folder into which Asterisk writes the sound of calls, one wav a direction."""
        return self.home / "recordings"

    @property
    def installation_keys(self) -> Path:
        """The file of the installation's keys."""
        return self.keys_file or self.home / "keys" / "installation.keys"

    @property
    def sealed(self) -> Path:
        """The folder of encrypted sound, our own processes' alone."""
        return self.home / "sealed"

    @property
    def turn(self) -> Path:
        """The folder of the configuration of the TURN server."""
        return self.home / "turn"

    @property
    def anchors(self) -> Path:
        """The folder of the daily heads of the audit log's chain."""
        return self.audit_anchors or self.home / "anchors"

    @property
    def deletions(self) -> Path:
        """The folder of the log of what was deleted, which no backup of the database holds."""
        return self.deletion_log or self.home / "deletions"

    @property
    def cel(self) -> Path:
        """The directory of Asterisk's event log (the second witness)."""
        return self.home / "cel"

    @property
    def metrics(self) -> Path:
        """The folder in which processes share their metrics."""
        return self.home / "metrics"

    @property
    def sounds(self) -> Path:
        """The folder from which Asterisk plays its copies of the prompts."""
        return self.home / "asterisk" / "sounds"

    @property
    def announcements(self) -> Path:
        """The call centre's own announcements (V-03), with their sound."""
        return self.home / "announcements"

    @property
    def prompts(self) -> Path:
        """The rendered prompts, one folder a language."""
        return CHECKOUT / "ivr" / "dialplans" / "prompts" / "build"
