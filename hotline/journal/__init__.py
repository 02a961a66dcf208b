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

from hotline.journal.lines import JSON as JSON
from hotline.journal.lines import SUFFIX as SUFFIX
from hotline.journal.lines import Damage as Damage
from hotline.journal.lines import JournalEntry as JournalEntry
from hotline.journal.marks import Marks as Marks
from hotline.journal.replay import Backlog as Backlog
from hotline.journal.replay import ExpiryResult as ExpiryResult
from hotline.journal.replay import SweepResult as SweepResult
from hotline.journal.replay import expire as expire
from hotline.journal.replay import is_swept as is_swept
from hotline.journal.replay import keep as keep
from hotline.journal.replay import lag as lag
from hotline.journal.replay import pending as pending
from hotline.journal.replay import recorded as recorded
from hotline.journal.replay import standing as standing
from hotline.journal.replay import sweep as sweep
from hotline.journal.second import SecondCopy as SecondCopy
from hotline.journal.writer import Journal as Journal
from hotline.journal.writer import JournalUnwritable as JournalUnwritable
