"""Citizens' pages that telephone: the passwords of an hour, and Asterisk told of them in time."""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final

from hotline.settings import Settings
from ops.passwords import secret

USER: Final = "visitor"
"""The SIP user of every citizen's page."""
SPAN: Final = timedelta(hours=1)


def password_at(settings: Settings, at: datetime) -> str:
    """The password of the hour of ``at``: nobody has to be told it, whoever knows the house's secret makes it."""
    hour = str(int(at.timestamp() // SPAN.total_seconds()))
    made = hmac.new(secret(settings, USER).encode(), hour.encode(), hashlib.sha256)
    return made.hexdigest()[:32]


def secrets_at(settings: Settings, at: datetime) -> tuple[tuple[str, str], ...]:
    """The passwords that count at an instant: that of the hour, and that of the hour before, for pages still open."""
    return (
        (f"{USER}-now", password_at(settings, at)),
        (f"{USER}-before", password_at(settings, at - SPAN)),
    )
