"""Daily check of the audit log: verified, an alarm if it was changed, its head kept elsewhere."""

from datetime import datetime

import structlog

from hotline import metrics
from hotline.db import Sessions
from hotline.ledger import anchors
from hotline.ledger.verification import anchor, begin, verify
from hotline.settings import Settings

log = structlog.get_logger()
TOLD = 20
"""So many broken places are told one by one."""


def daily(factory: Sessions, settings: Settings, at: datetime) -> int:
    """Verify and anchor once a day; how many places are broken. Raises BadAnchor, OSError."""
    folder = settings.anchors
    if not anchors.is_due(folder, at):
        return 0
    if settings.audit_anchors is None:
        folder.mkdir(exist_ok=True)
    begin(factory)
    found = list(verify(factory, folder))
    metrics.audit_broken.set(len(found))
    for one in found[:TOLD]:
        log.error("audit.broken", what=one.what, of=len(found))
    head = anchor(factory, folder, at)
    log.info("audit.anchored", position=head.position, broken=len(found))
    return len(found)
