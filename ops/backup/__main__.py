"""One backup of this node, as the jobs have it made: ``python -m ops.backup``."""

import sys

import structlog

from hotline import clock
from hotline.errors import HotlineError
from hotline.settings import load_settings
from ops import logs, wiring
from ops.backup.store import store_of
from ops.backup.taking import take


def main() -> int:
    """Make it; 1 where none could be made, with the reason in the log."""
    settings = load_settings()
    logs.configure_logging(settings, "backup")
    house = wiring.workshop(settings, "backup")
    try:
        take(house, store_of(settings), clock.now(), settings.backup_keys)
    except HotlineError as error:
        structlog.get_logger().error("backup.failed", why=str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
