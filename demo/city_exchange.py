"""``python -m demo.city_exchange``: the exchange of the fictional city, beside the hotline until SIGTERM.

It answers for every extension: each phone rings until the caller gives up, unless `hotline call
--officers` says otherwise for its own call. Asterisk is told that each is free, as a real exchange
tells it.
"""

import errno
from collections.abc import Iterable

import structlog

from control.ami import AMI, ManagerAccount
from demo.exchange import Exchange, Rings
from hotline import clock
from hotline.errors import HotlineError
from hotline.settings import Settings, load_settings
from ops.run.signals import endings, has_come

log = structlog.get_logger()
AGAIN = 5.0
"""Seconds until what could not be done is tried again."""


def main() -> None:
    """Answer until SIGTERM; while another program has the address, that one does."""
    settings = load_settings()
    with endings() as ending:
        while (exchange := _begun(settings)) is None:
            if has_come(ending, within=AGAIN):
                return
        with exchange:
            from ops import logs, wiring  # takes a second, and Asterisk asks for the exchange before

            logs.configure_logging(settings, "exchange")
            house = wiring.workshop(settings, "exchange")
            extensions = sorted(house.city.city().at(clock.now()).desks)
            while not _told(settings, extensions):
                if has_come(ending, within=AGAIN):
                    return
            while not has_come(ending, within=60.0):
                pass


def _begun(settings: Settings) -> Exchange | None:
    try:
        return Exchange(settings.officers_contact, {}, Rings())
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return None


def _told(settings: Settings, extensions: Iterable[str]) -> bool:
    """Tell Asterisk that each phone is free; False while it cannot be told."""
    try:
        with AMI.of(settings, ManagerAccount.TRANSFERS) as ami:
            for extension in extensions:
                ami.ask("Setvar", Variable=f"DEVICE_STATE(Custom:{extension})", Value="NOT_INUSE")
    except HotlineError as error:
        log.info("exchange.not_told", why=str(error))
        return False
    return True


if __name__ == "__main__":
    main()
