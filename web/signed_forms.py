"""Twilio's forms: read once surely signed by Twilio for our account; else the answer that refuses."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from hotline import metrics
from web.signatures import NotAForm, Webhook, is_signed

log = structlog.get_logger()
XML: Final = "text/xml; charset=utf-8"
PLAIN: Final = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer to a webhook."""

    status: int
    text: str
    kind: str = XML


def signed_form(webhook: Webhook, base: str, tokens: Sequence[str], account: str) -> dict[str, str] | Reply:
    """Fields of a form by name, or why it is refused; ``base``: the address under which Twilio reaches us."""
    if not is_signed(webhook, base, tokens):
        return _refused(webhook, "twilio_signature", "twilio.not_signed", "not signed")
    try:
        form = dict(webhook.fields()) if webhook.is_form else {}
    except NotAForm:
        form = {}
    if form.get("AccountSid") != account:
        return _refused(webhook, "twilio_account", "twilio.other_account", "not our account")
    return form


def _refused(webhook: Webhook, counted: str, event: str, why: str) -> Reply:
    metrics.security_events.labels(counted).inc()
    log.warning(event, path=webhook.path)
    return Reply(403, f"{why}\n", PLAIN)
