"""The fictional city as a newcomer finds it: nothing is wrong with it, and nothing is owed."""

from dataclasses import asdict
from pathlib import Path

from demo.city_book import shelve
from demo.processes import beside
from hotline.db import transaction
from hotline.ledger.periods import Period
from hotline.permissions import Role
from hotline.settings import Settings
from hotline.staff.rules import Staff
from hotline.staff.service import set_staff
from tests.doors.console import console


def test_nothing_is_wrong_on_the_first_day(tmp_path: Path) -> None:
    """Each figure of the first page is well: no fault, nothing late, nothing to be reviewed."""
    made = console(tmp_path / "home")
    at = made.clock.at
    with transaction(made.house.factory) as session:
        assert shelve(session, at, all_reviewed=True) > 100
        seen = asdict(made.house.lookout.today(session, made.house.city.city().at(at), ""))
    assert {name: told for name, told in seen.items() if told and name != "at"} == {}


def test_the_exchange_is_played_for_the_fictional_city_alone(tmp_path: Path) -> None:
    """And only where it would be on this machine."""
    made = console(tmp_path / "home")
    at, settings = made.clock.at, made.house.settings
    elsewhere = Settings(home=tmp_path, officers_contact="192.0.2.1:5060")
    with transaction(made.house.factory) as session:
        assert [name for name, _module in beside(settings, session, at)] == ["exchange"]
        assert list(beside(elsewhere, session, at)) == []
        real = Staff("chen", "陳大文", frozenset({Role.AGENT}), agency="rdec")
        set_staff(session, real, Period(at), at=at, by="admin-1")
        assert list(beside(settings, session, at)) == []
