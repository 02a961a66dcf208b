"""Delivery reports of Twilio: a signed form becomes news of a message that was sent. Decides nothing.

A report that Twilio has not signed leaves nothing behind; one that is told twice, or late, changes nothing.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from hotline.db import Sessions, transaction
from hotline.outbox.service import delivered
from web.signatures import Webhook
from web.signed_forms import PLAIN, Reply, signed_form

log = structlog.get_logger()
ABOUT: Final = re.compile(r"notice=(\d{1,9})")
SID: Final = re.compile(r"(?:SM|MM)[0-9a-f]{32}")
STATUS: Final = re.compile(r"[a-z_-]{1,20}")
CODE: Final = re.compile(r"\d{0,6}")


@dataclass(frozen=True, slots=True)
class Reports:
    """The door for reports about messages; ``base`` is the address under which Twilio reaches us."""

    factory: Sessions
    base: str
    account: str
    tokens: Callable[[], Sequence[str]]
    now: Callable[[], datetime]

    def answer(self, webhook: Webhook) -> Reply:
        """One report. It is not told again by Twilio: what cannot be kept is an error that it shows."""
        form = signed_form(webhook, self.base, self.tokens(), self.account)
        if isinstance(form, Reply):
            return form
        about, sid = ABOUT.fullmatch(webhook.query), form.get("MessageSid", "")
        status, code = form.get("MessageStatus", ""), form.get("ErrorCode", "")
        if not (about and SID.fullmatch(sid) and STATUS.fullmatch(status) and CODE.fullmatch(code)):
            return Reply(400, "not a report about a message\n", PLAIN)
        try:
            with transaction(self.factory) as session:
                delivered(session, int(about[1]), sid, status, self.now(), code)
        except Exception:
            log.exception("notice.report_lost", notice=int(about[1]), status=status)
            return Reply(503, "", PLAIN)
        return Reply(200, "", PLAIN)
