"""What one network has had is counted in the database:
exactly, whoever asks at the same moment, and for an hour.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from hotline.allowances import LimitedRequest, NoAllowance, forget, have, is_used_up
from hotline.db import Sessions, looking, transaction
from tests.parts import NOON

pytestmark = pytest.mark.dialects

HOME, OTHER = "2001:db8:0:1::1", "2001:db8:0:2::1"


def has(factory: Sessions, address: str = HOME, after: timedelta = timedelta(), limit: int = 3) -> bool:
    """Whether one more was had."""
    try:
        with transaction(factory) as session:
            have(session, LimitedRequest.ACCOUNT, address, limit, NOON + after)
    except NoAllowance:
        return False
    return True


def test_many_at_once_get_no_more_than_one_after_the_other(factory: Sessions) -> None:
    """Twelve who ask at the same moment, three of them are given."""
    with ThreadPoolExecutor(6) as threads:
        given = list(threads.map(lambda _: has(factory), range(12)))
    assert given.count(True) == 3


def test_a_network_is_counted_by_itself_and_by_what_it_wants(factory: Sessions) -> None:
    """All addresses of a /64 together; another network, and another wish, has its own."""
    assert [has(factory, f"2001:db8:0:1::{n}") for n in range(4)] == [True, True, True, False]
    assert has(factory, OTHER)
    with looking(factory) as session:
        assert is_used_up(session, LimitedRequest.ACCOUNT, HOME, 3, NOON)
        assert not is_used_up(session, LimitedRequest.CALLBACK, HOME, 3, NOON)


def test_an_hour_later_it_may_ask_again_and_is_forgotten(factory: Sessions) -> None:
    """The first one is had again when an hour has passed; a network that asked no more leaves no row."""
    assert all(has(factory, after=timedelta(minutes=n)) for n in range(3))
    assert not has(factory, after=timedelta(minutes=59))
    assert has(factory, after=timedelta(minutes=60))
    with transaction(factory) as session:
        assert forget(session, NOON + timedelta(minutes=119)) == 0
        assert forget(session, NOON + timedelta(minutes=120)) == 1
