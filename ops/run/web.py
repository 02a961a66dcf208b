"""``python -m ops.run.web``: health, metrics and the door for calls over Twilio, in a process of its own."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import structlog
import waitress

from hotline.metrics import of_all_processes
from hotline.overflow import overflows
from hotline.settings import load_settings
from ops import wiring
from ops.jobs.scheduler import keep_fresh
from ops.run.readiness import Readiness, why_no_call
from ops.run.twilio_doors import reports_of, sounds_of, voice_of
from web.app import LARGEST, create_app

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


def main() -> None:
    """Serve until SIGTERM."""
    settings = load_settings()
    wiring.configure_logging(settings, "web")
    house = wiring.house(settings, "web")
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


if __name__ == "__main__":
    main()
