"""Jobs of the book: late replies, the reminder of the month's review (P4.4, P4.5)."""

from datetime import datetime

from hotline.db import looking, transaction
from hotline.knowledge import requests, reviews
from ops.wiring import House


def keep_book(house: House, at: datetime) -> None:
    """Do everything whose time has come. Idempotent."""
    with looking(house.factory) as session:  # the whole book is read, which nobody should wait for
        to_remind = reviews.to_remind(session, at)
    with transaction(house.factory) as session:
        requests.chase(session, at)
        reviews.remind(session, to_remind, at)
