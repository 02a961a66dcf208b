"""Photographs of a session that the interpreter puts into a case, at the citizen's wish; all others go."""

from datetime import datetime

from hotline.cases import photographs
from hotline.cases.store import CasePhoto
from hotline.cases.work import CaseWork
from hotline.db import Sessions, looking, transaction
from hotline.ledger.audit import audit
from hotline.video import messages
from hotline.video.line import VideoLine
from hotline.video.rules import Side

KEPT = "video.photo-kept"
"""The action under which it stands in the audit log."""


def keep(
    factory: Sessions,
    line: VideoLine,
    work: CaseWork,
    number: int,
    message: int,
    case: str,
    *,
    at: datetime,
    by: str,
) -> CasePhoto:
    """Put a photograph that the citizen sent into a case that the same interpreter has filed. Audited.

    While the session runs: its end destroys it. Raises UnknownVideoSession, NoSuchCase, NotPermitted,
    CaseNotNow, TooManyPhotos, IsAttached.
    """
    with looking(factory) as session:
        line.served_by(session, number, by)
        image = messages.photo(session, line.ring, number, message, Side.INTERPRETER)
    small = photographs.clean(image)  # takes its time, and keeps nobody waiting
    with transaction(factory) as session:
        row = line.served_by(session, number, by)
        kept = work.enclosed(session, case, small, by, at)
        audit(session, at, by, KEPT, row.subject, after={"case": case, "photo": kept.id})
        return kept
