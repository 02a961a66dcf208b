"""Telephones brought to Asterisk while it runs: agents come and go, and so do pages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from control.citizen_webrtc import password_at
from control.supervisor_webrtc import accounts, relay_accounts
from hotline.accounts.bindings import still_phones
from hotline.db import looking
from hotline.errors import HotlineError
from hotline.staff.browsers import browsers
from hotline.staff.store import Agent, agents
from ops.pbx.asterisk import running
from ops.pbx.configuration import TELEPHONES, phone_digest, write_telephones
from ops.pbx.home import AsteriskHome
from ops.wiring import House

log = structlog.get_logger()
MODULE = "res_pjsip.so"


@dataclass(frozen=True)
class Accounts:
    """Accounts and passwords from which the configuration of telephones is made."""

    desks: Mapping[str, str]
    """Agents' phones to the passwords of the phones on their desks."""
    visitor: str = ""
    """The password of the hour."""
    pages: Mapping[str, str] = field(default_factory=dict)
    """Agents' phones to the passwords of the pages that take their place."""
    listeners: Mapping[str, str] = field(default_factory=dict)
    """Pages of supervisors and interpreters."""


@dataclass
class Telephones:
    """Bringer of what changed, and only then: agents, their pages and supervisors', the password of the hour.

    ``join`` brings the queues to the rows:
    a new agent's phone first, for a queue looks at a phone as it joins.
    """

    house: House
    join: Callable[[], None]
    told: Accounts | None = None

    def is_due(self, session: Session, at: datetime) -> bool:
        """Tell whether ``bring`` would do anything."""
        return self._wanted(session, at)[0] != self.told

    def bring(self, at: datetime) -> None:
        """Write Asterisk's configuration again and have it taken up; calls in progress go on."""
        settings = self.house.settings
        with looking(self.house.factory) as session:
            wanted, everybody = self._wanted(session, at)
        if wanted == self.told:
            return
        try:
            home = running(settings)
            if not self._is_as_started(home, wanted):
                write_telephones(home, everybody, wanted.listeners, wanted.pages or {})
                home.reload(MODULE)
        except HotlineError as error:
            log.warning("telephones.not_brought", why=str(error))
            return
        if self.told is None or wanted.desks != self.told.desks:
            self.join()
        self.told = wanted

    def _is_as_started(self, home: AsteriskHome, wanted: Accounts) -> bool:
        """Tell whether what Asterisk began with will do: it knows no pages, and these desks."""
        if self.told is not None or self.house.settings.browser_phones:
            return False
        begun_with = (home.etc / TELEPHONES).read_text(encoding="utf-8")
        return all(
            f"[{phone}]" in begun_with and phone_digest(phone, secret) in begun_with
            for phone, secret in wanted.desks.items()
        )

    def _wanted(self, session: Session, at: datetime) -> tuple[Accounts, Sequence[Agent]]:
        """The accounts that there should be, and the agents whose phones are theirs."""
        still, settings = still_phones(session, at), self.house.settings
        everybody = [one for one in agents(session) if one.phone not in still]
        desks = {agent.phone: agent.secret for agent in everybody}
        if not settings.browser_phones:
            return Accounts(desks), everybody
        listeners = accounts(session, at) | relay_accounts(session, at)
        return Accounts(desks, password_at(settings, at), browsers(session, at), listeners), everybody
