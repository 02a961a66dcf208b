"""``python -m ops.run.web``: health, metrics and the door for calls over Twilio, in a process of its own."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import structlog
import waitress

from control.passwords import secret
from hotline import clock
from hotline.metrics import of_all_processes
from hotline.overflow import overflows
from hotline.settings import load_settings
from hotline.settings.addresses import MachineRole
from ivr.prompts import Shelf
from ops import logs, wiring
from ops.jobs.scheduler import keep_fresh
from ops.run.readiness import Readiness, why_no_call
from ops.wiring import House
from web.app import LARGEST, create_app
from web.messages import Reports
from web.sounds import Sounds
from web.twiml import Places
from web.voice import Voice

log = structlog.get_logger()
LIMITS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "threads": 4,
        "connection_limit": 1000,
        "asyncore_use_poll": True,
        "channel_timeout": 20,
        "cleanup_interval": 5,
        "max_request_body_size": LARGEST,
        "max_request_header_size": 16 * 1024,
    }
)
"""A request is read without a thread, however slowly it comes; one that says nothing for 20 s is let go."""
USER = "twilio"
"""The name under which Twilio comes to our Asterisk; its password is made by ourselves."""


def main() -> None:
    """Serve until SIGTERM."""
    settings = load_settings()
    logs.configure_logging(settings, "web")
    house = wiring.house(settings, "web")
    house.keys.load()
    keep_fresh(house)
    sounds = sounds_of(house)
    voice = voice_of(house, sounds) if sounds else None
    app = create_app(
        Readiness(house, lambda: why_no_call(settings), lambda: overflows(of_all_processes())).look,
        voice,
        sounds,
        reports_of(house),
        pages=f"{settings.console}/",
    )
    log.info("web.listening", address=settings.web_address, port=settings.web_port)
    waitress.serve(app, host=settings.web_address, port=settings.web_port, ident=None, **LIMITS)


def sounds_of(house: House) -> Sounds | None:
    """The prompts as Twilio fetches them; None unless all that a call over Twilio needs is set."""
    settings = house.settings
    needed = (
        settings.public_url,
        settings.twilio_account,
        settings.twilio_exchange,
        settings.twilio_operator,
    )
    if not all(needed) or not settings.twilio_secrets or not settings.runs(MachineRole.WEB):
        return None
    return Sounds(
        Shelf(house.catalogue, settings.prompts, missing=house.shelf.missing, own=house.announcements),
        settings.public_url,
    )


def voice_of(house: House, sounds: Sounds) -> Voice:
    """Door for calls over Twilio, which waits for the database only a moment, like every line."""
    settings = house.settings
    places = Places(
        settings.public_url,
        settings.twilio_exchange,
        USER,
        secret(settings, USER),
        sounds.addresses,
        sounds.names,
    )
    return Voice(
        house.twilio_calls,
        places,
        sounds,
        account=settings.twilio_account,
        operator=settings.twilio_operator,
        tokens=lambda: settings.twilio_secrets,
        now=clock.now,
    )


def reports_of(house: House) -> Reports | None:
    """Door for reports on SMS; None unless Twilio sends them and knows where to tell."""
    settings = house.settings
    if settings.sms_gateway != "twilio" or not settings.public_url or not settings.runs(MachineRole.WEB):
        return None
    return Reports(
        house.factory,
        settings.public_url,
        settings.twilio_account,
        lambda: settings.twilio_secrets,
        clock.now,
    )


if __name__ == "__main__":
    main()
