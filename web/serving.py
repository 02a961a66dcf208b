"""What pages and API have alike in a request: the process's parts, its database, its instant, who asks,
and what both look up by the same words.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from typing import Protocol, TypedDict, cast

import structlog
from flask import current_app, g
from sqlalchemy.orm import Session

import wording
from control.monitor import MonitorStanding, standing
from hotline.cases.words import LateGround
from hotline.clock import TAIPEI
from hotline.db import Sessions, is_away, looking, transaction
from hotline.errors import HotlineError
from hotline.ledger.changes import ChangeContext
from hotline.permissions import Action
from hotline.runtime_settings.rules import fitting
from hotline.runtime_settings.service import what_is_set
from hotline.settings import Settings
from hotline.staff.rules import Staff
from hotline.staff.service import require
from reporting.board import Floor, Thresholds, floor
from reporting.staffing_day import StaffingTerms
from web.parts import Parts

log = structlog.get_logger()


class Serving(Protocol):
    """Attributes that the applications of pages and API have in common."""

    house: Parts
    clock: Callable[[], datetime]


class NotSignedIn(HotlineError, code="strangers"):
    """Refusal of a request without a sign-in."""


class Stamp(TypedDict):
    """Instant of an act, and the login of who acts."""

    at: datetime
    by: str


def serving() -> Serving:
    """The application that serves this request."""
    return cast(Serving, current_app)


def house() -> Parts:
    """The parts of the process that serves this request."""
    return serving().house


def factory() -> Sessions:
    """Sessions of its database."""
    return house().factory


def read_session() -> AbstractContextManager[Session]:
    """A transaction that only reads."""
    return looking(factory())


def write_session() -> AbstractContextManager[Session]:
    """A transaction that is committed at its end, and rolled back by an exception."""
    return transaction(factory())


@contextmanager
def passing_over_absence(event: str = "") -> Iterator[None]:
    """Go on without the database while it is away; the log tells so under ``event``, if that is given."""
    try:
        yield
    except Exception as error:
        if not is_away(error):
            raise
        if event:
            log.warning(event, why=str(error).partition("\n")[0])


def now() -> datetime:
    """The instant of this request."""
    if "at" not in g:
        g.at = instant()
    at: datetime = g.at
    return at


def instant() -> datetime:
    """The instant as it is, for what waits within a request; all else of a request has one: ``now``."""
    return serving().clock()


def today() -> date:
    """The day of this request, in Taipei."""
    return now().astimezone(TAIPEI).date()


def me() -> Staff:
    """The member of the staff who is signed in, or for whom a program's key acts. Raises NotSignedIn."""
    if g.get("holder") is None:
        raise NotSignedIn
    found: Staff = g.holder.staff
    return found


def allow(action: Action, agency: str = "") -> str:
    """The login of who asks, who may (for an agency). Raises NotPermitted."""
    return require(me(), action, agency).login


def scope(action: Action) -> str:
    """Agency for which who asks may (``Staff.scope``)."""
    return me().scope(action)


def stamp() -> Stamp:
    """Instant of the request, and the login of who asks."""
    return Stamp(at=now(), by=me().login)


def pen(action: Action, reason: str) -> ChangeContext:
    """What a change is written with, by who asks and may. Raises NotPermitted."""
    return ChangeContext(now(), allow(action), action, reason.strip())


def tuned() -> tuple[Settings, dict[str, str]]:
    """The settings as the rows have them now, and those that are set at run time."""
    with read_session() as session:
        values = dict(what_is_set(session, now()).values)
    return fitting(house().base, values)[0], values


def staffing_terms() -> StaffingTerms:
    """What a day's staffing is planned under."""
    settings = house().settings
    goal = settings.service_level_goal / 100
    return StaffingTerms(house().worktime.calendar, goal, settings.after_call, settings.queue_talk)


def is_dialled(number: str) -> bool:
    """Tell whether a citizen can be called back at a number."""
    return house().settings.dialling.refusal(number) is None


def board_picture(house: Parts, at: datetime) -> tuple[Floor, Sequence[MonitorStanding]]:
    """Take the picture of the board: Asterisk is asked first, with no transaction open meanwhile."""
    phones, listeners = house.live_state.phones(), house.live_state.listeners()
    with looking(house.factory) as session:
        seen = floor(session, at, phones, thresholds(house.settings))
        return seen, standing(session, house.pbx, listeners, at)


def late_grounds() -> dict[str, str]:
    """What grounds of late cases are called in a letter to an agency."""
    return {str(one): wording.name(one, wording.CHINESE) for one in LateGround}


def thresholds(settings: Settings) -> Thresholds:
    """Edges of the board's figures, as they are set now."""
    return Thresholds(
        settings.service_level_goal / 100,
        settings.wait_warning.total_seconds(),
        settings.wait_alarm.total_seconds(),
    )
