"""The fictional city of the tests of commands and doors, in a home of its own."""

from demo.seed import seed
from hotline import clock
from hotline.db import transaction
from hotline.settings import Settings
from ops.wiring import migrate, workshop


def founded(settings: Settings) -> None:
    """Found it there, as of now."""
    migrate(settings)
    house = workshop(settings, "founded")
    with transaction(house.factory) as session:
        seed(session, clock.now())
    house.engine.dispose()
