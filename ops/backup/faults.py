"""Faults of backups, as facts: why none could be made, and why one cannot be put back."""

from pathlib import Path
from typing import Literal

from hotline.errors import HotlineError


class NoBackup(HotlineError, code="no-backup", varies_by="why"):
    """A backup that could not be made; the earlier ones stand as they were."""

    why: Literal[
        "nowhere",
        "away",
        "inside",
        "refused",
        "full",
        "busy",
        "program",
        "database",
        "keys-beside",
        "keys-uncopied",
    ]
    path: Path | str = ""
    detail: str = ""


class NotRestored(HotlineError, code="not-restored", varies_by="why"):
    """A backup that cannot be put back as things stand."""

    why: Literal[
        "none",
        "ahead",
        "changed",
        "foreign",
        "home",
        "newer",
        "other-node",
        "other-database",
        "filled",
        "room",
        "refused",
        "program",
        "database",
        "deletions",
    ]
    path: Path | str = ""
    detail: str = ""
