"""Facts on their way into the database, which may be away: a local journal, fsync'd.

Each process appends to files of its own; a replayer reads them all in order of time
and stores how far it came in the same transaction as the facts, so a fact is
applied once however often anybody dies. The journal itself keeps no marks.

A line is ``checksum SPACE json NEWLINE``. What was acknowledged is a whole line; a
torn last line never was acknowledged and is ignored, as are zeros written ahead of
the lines. No file is ever reopened for writing and no name is used twice, so an
offset, once stored, means the same for ever. Damage costs the lines that it lies in
and no other, and is kept for a person to look at.
"""

from hotline.journal.lines import JSON, SUFFIX, Damage, JournalEntry
from hotline.journal.marks import Marks
from hotline.journal.replay import (
    Backlog,
    ExpiryResult,
    SweepResult,
    expire,
    is_swept,
    keep,
    lag,
    pending,
    recorded,
    sweep,
)
from hotline.journal.writer import Journal, JournalUnwritable

__all__ = [
    "JSON",
    "SUFFIX",
    "Backlog",
    "Damage",
    "JournalEntry",
    "ExpiryResult",
    "Journal",
    "JournalUnwritable",
    "Marks",
    "SweepResult",
    "expire",
    "is_swept",
    "keep",
    "lag",
    "pending",
    "recorded",
    "sweep",
]
