"""Citizens' pages that telephone: the passwords of an hour, and Asterisk told of them in time."""

from datetime import datetime
from typing import Final

from hotline.settings import Settings
from ops.passwords import SPAN, of_hour

USER: Final = "visitor"
"""The SIP user of every citizen's page."""


def password_at(settings: Settings, at: datetime) -> str:
    """The password of the hour of ``at``."""
    return of_hour(settings, USER, at)


def secrets_at(settings: Settings, at: datetime) -> tuple[tuple[str, str], ...]:
    """The passwords that count at an instant: that of the hour, and that of the hour before, for pages still open."""
    return (
        (f"{USER}-now", password_at(settings, at)),
        (f"{USER}-before", password_at(settings, at - SPAN)),
    )
