"""``python -m web``: health and metrics, in a process of its own."""

import structlog
import waitress

from hotline.settings import load_settings
from ops import wiring
from ops.presence import asterisk_state
from ops.readiness import missing
from web.app import create_app

log = structlog.get_logger()


def main() -> None:
    """Serve until SIGTERM."""
    settings = load_settings()
    wiring.configure_logging(settings, "web")
    house = wiring.house(settings, "web")
    app = create_app(lambda: missing(house, lambda: asterisk_state(settings)))
    log.info("web.listening", address=settings.web_address, port=settings.web_port)
    waitress.serve(app, host=settings.web_address, port=settings.web_port, threads=4, ident=None)


if __name__ == "__main__":
    main()
