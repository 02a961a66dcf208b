"""The pages for people over a bench's home, and people who are signed in: what they read, a browser would."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Final

from demo.seed import FOUNDED
from hotline import clock
from hotline.accounts import service as accounts
from hotline.accounts.service import SignIn
from hotline.accounts.tries import Visitor
from hotline.db import Sessions, transaction
from hotline.ledger.periods import Period
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import set_staff
from tools.bench.homes import BenchHome
from tools.bench.processes import Child, listens
from tools.faults import CannotMeasure

COOKIE: Final = "__Host-session"
PASSWORD: Final = "滑梯 鋼筆 海帶 月台 7142"


@contextmanager
def pages(home: BenchHome) -> Iterator[Child]:
    """``python -m ops.run.console`` until the block ends."""
    child = home.module("console", "ops.run.console")
    try:
        child.await_(lambda: listens(home.settings.console_port))
        yield child
    finally:
        child.stop()


def employ(factory: Sessions, logins: Sequence[str], role: Role) -> None:
    """Put them on the staff from the city's founding on; an agent's phone has the agent's name."""
    with transaction(factory) as session:
        for login in logins:
            phone = login if role is Role.AGENT else ""
            member = Staff(login, f"示範 {login}", frozenset({role}), "rdec", "", phone)
            set_staff(session, member, Period(FOUNDED), at=clock.now(), by="installation")


def signed_in(factory: Sessions, login: str) -> str:
    """The cookie of a browser in which ``login`` has signed in with a password just chosen."""
    at = clock.now()
    with transaction(factory) as session:
        token = accounts.invite(session, login, at=at, by="installation")
    accounts.accept(factory, token, PASSWORD, at=at)
    found = accounts.sign_in(
        factory, login, PASSWORD, "", at=at, visitor=Visitor("127.0.0.1"), browser="bench"
    )
    if not isinstance(found, SignIn):
        raise CannotMeasure(f"{login} cannot sign in. Run the bench again")
    return f"{COOKIE}={found.token}"


def connection(home: BenchHome, patience: float = 15.0) -> HTTPConnection:
    """A browser's line to the pages; ``patience``: seconds until it gives up."""
    return HTTPConnection("127.0.0.1", home.settings.console_port, timeout=patience)
