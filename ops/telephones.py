"""Asterisk is told which telephones there are: those of pages change while it runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from hotline.db import looking
from hotline.errors import HotlineError
from hotline.staff.browsers import browsers
from hotline.staff.store import agents
from ops.asterisk import running
from ops.asterisk_files import write
from ops.visitors import password_at
from ops.wiring import House

log = structlog.get_logger()
MODULE = "res_pjsip.so"


@dataclass
class Telephones:
    """Brings what changed, and only then: agents' pages that came or went, and the password of the hour."""

    house: House
    told: tuple[str, Mapping[str, str]] | None = None

    def bring(self, at: datetime) -> None:
        """Write Asterisk's configuration anew and have it taken up; calls in progress go on."""
        settings = self.house.settings
        if not settings.browser_phones:
            return
        with looking(self.house.factory) as session:
            wanted = (password_at(settings, at), browsers(session, at))
            everybody = agents(session)
        if wanted == self.told:
            return
        try:
            home = running(settings)
            write(home, everybody)
            home.reload(MODULE)
            self.told = wanted
        except HotlineError as error:
            log.warning("telephones.not_brought", why=str(error))
