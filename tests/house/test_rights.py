"""What people may do has words on the pages: a new action or role gets its phrase in ``web/console/rights.py``."""

from hotline.staff.rules import ALLOWED, Action, Role
from web.console import rights


def test_every_right_has_its_words() -> None:
    """A role is explained by what it may do; no bare word of the code is shown."""
    granted = frozenset[Action]().union(*ALLOWED.values())
    assert granted - rights.DEEDS.keys() == set()
    assert set(rights.ROLES) == set(Role)
