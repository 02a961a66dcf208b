"""Whom somebody writes to who found a weakness (RFC 9116)."""

from datetime import UTC, timedelta
from typing import Final

from flask import Response, abort

from web.console.gate import Everyone, Pages, house, now

pages = Pages("security")
GOOD_FOR: Final = timedelta(days=90)
"""A contact that nobody serves any more is not believed for longer."""


@pages.read("/.well-known/security.txt", Everyone.PUBLIC)
def security() -> Response:
    """The operator's contact; a page that is not there while none is set."""
    settings = house().settings
    contact = settings.security_contact or abort(404)
    expires = (now() + GOOD_FOR).astimezone(UTC).replace(hour=0, minute=0, second=0)
    lines = [
        f"Contact: {contact}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: zh-Hant, en",
    ]
    if settings.console_url:
        lines.append(f"Canonical: {settings.console_url}/.well-known/security.txt")
    return Response("".join(f"{line}\n" for line in lines), content_type="text/plain; charset=utf-8")
