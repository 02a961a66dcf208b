"""Asterisk is told which telephones there are: those of pages change while it runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from hotline.db import looking
from hotline.errors import HotlineError
from hotline.staff.browsers import browsers
from hotline.staff.store import agents
from ops.asterisk import running
from ops.asterisk_files import write
from ops.listening import may_listen
from ops.visitors import password_at
from ops.wiring import House

log = structlog.get_logger()
MODULE = "res_pjsip.so"


@dataclass
class Telephones:
    """Brings what changed, and only then: agents' pages that came or went, supervisors, the passwords of the hour."""

    house: House
    told: tuple[str, Mapping[str, str], Sequence[str]] | None = None

    def bring(self, at: datetime) -> None:
        """Write Asterisk's configuration anew and have it taken up; calls in progress go on."""
        settings = self.house.settings
        if not settings.browser_phones:
            return
        with looking(self.house.factory) as session:
            supervisors = may_listen(session, at)
            wanted = (password_at(settings, at), browsers(session, at), supervisors)
            everybody = agents(session)
        if wanted == self.told:
            return
        try:
            home = running(settings)
            write(home, everybody, supervisors)
            home.reload(MODULE)
            self.told = wanted
        except HotlineError as error:
            log.warning("telephones.not_brought", why=str(error))
