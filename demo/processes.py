"""Processes that run beside the hotline while its city is the fictional one."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from demo.seed import is_fictional
from demo.trial_sessions import end_in_real_city
from hotline.networks import is_loopback
from hotline.settings import Settings


def beside(settings: Settings, session: Session, at: datetime) -> Iterator[tuple[str, str]]:
    """The exchange, where it is to be on this machine; sessions of a trial that is over end here too."""
    end_in_real_city(session, at)
    if is_loopback(settings.officers_contact.rpartition(":")[0]) and is_fictional(session, at):
        yield "exchange", "demo.city_exchange"
