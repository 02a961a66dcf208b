"""What of HOTLINE_HOME is in a backup, and why the rest is not."""

from collections.abc import Mapping
from typing import Final

HOME: Final = "home"
"""The folder of a backup that holds what lay in HOTLINE_HOME."""
FIRST: Final = ("anchors",)
"""Before the database: an anchor that is newer than the copy would tell of rows that it has not."""
JOURNALS: Final = ("", "kept", "damaged", "refused", "events")
"""Folders of the journal in the order in which files move through them: what moves meanwhile is met again."""
FOLDERS: Final = ("secrets", "announcements", "menus")
FILES: Final = ("settings.toml", "bulletins.json")
BESIDE: Final = ("sealed", "deletions")
"""Beside the backups, once for all of them."""
LEFT: Final[Mapping[str, str]] = {
    "keys": "apart: who has them and a backup reads everything",
    "cel": "in clear; its lines are sealed among the journal's events",
    "recordings": "in clear; sealed within minutes",
    "messages": "in clear; sealed within minutes",
    "outbox": "in clear; the rows have these messages",
    "exports": "made anew when asked for",
    "uploads": "sent again by who sent them",
    "contacts": "written anew every hour",
    "log": "of this machine alone",
    "asterisk": "written at each start",
    "turn": "written at each start",
    "metrics": "of processes that run",
    "run": "of processes that run",
}
"""Folders that are in no backup, and why."""
