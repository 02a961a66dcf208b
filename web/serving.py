"""What a request of pages or API is served with:
the house of this process, its database, the instant of the request.
"""

from datetime import datetime

from flask import current_app, g

from hotline.db import Sessions
from web.house import House


def house() -> House:
    """The house this process serves."""
    found: House = current_app.extensions["house"]
    return found


def factory() -> Sessions:
    """Sessions of its database."""
    return house().factory


def now() -> datetime:
    """The instant of this request."""
    if "at" not in g:
        g.at = current_app.extensions["now"]()
    at: datetime = g.at
    return at
