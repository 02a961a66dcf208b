"""``python -m ops.run.console``: the pages for people, in a process of its own."""

import gc
from threading import Event
from typing import Any

import structlog
import waitress

from control.page_calls import follow
from hotline import clock
from hotline.settings import Settings, load_settings
from ops import logs, wiring
from ops.extensions import ENTRANCES, extensions
from ops.jobs.scheduler import keep_fresh
from web.console.app import LARGEST, create_console

log = structlog.get_logger()
THREADS = 256
"""More than the boards that stay open: a stream of events holds its thread, and waits there."""


def main() -> None:
    """Serve until SIGTERM."""
    settings = load_settings()
    logs.configure_logging(settings, "console")
    house = wiring.workshop(settings, "console")
    house.keys.load()
    keep_fresh(house)
    entrances = [opened for one in extensions(ENTRANCES) if (opened := one(settings))]
    app = create_console(
        house, clock.now, hops=settings.console_hops, beside=[one.pages for one in entrances]
    )
    gc.collect()
    gc.freeze()  # what lives as long as the process; looking through it again took a page 0.2 s
    if settings.browser_phones:
        follow(house.pbx, house.page_calls, Event())
    log.info("console.listening", address=settings.console_address, port=settings.console_port)
    waitress.serve(
        app,
        **_listens(
            [settings.console_address, *(more for one in entrances for more in one.addresses)], settings
        ),
        ident=None,
        threads=THREADS,
        connection_limit=1000,
        asyncore_use_poll=True,
        channel_timeout=120,
        cleanup_interval=10,
        max_request_body_size=LARGEST + 4 * 1024 * 1024,  # what is too large is told by a page, not by us
        max_request_header_size=16 * 1024,
        clear_untrusted_proxy_headers=False,
    )


def _listens(addresses: list[str], settings: Settings) -> dict[str, Any]:
    if len(addresses) == 1:
        return {"host": addresses[0], "port": settings.console_port}
    return {"listen": " ".join(f"{address}:{settings.console_port}" for address in addresses)}


if __name__ == "__main__":
    main()
