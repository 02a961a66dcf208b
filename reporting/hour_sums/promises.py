"""Sums of promises to call back, by the hour in which each was given.

They are counted by the database at each look, and not kept: how a promise stands is a matter of now.
"""

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, case, func, literal, literal_column, select, type_coerce
from sqlalchemy.orm import Session

from hotline.callbacks.rules import CallbackState
from hotline.callbacks.store import Callback
from hotline.callbacks.wishes import SURVEY
from hotline.db import Instant
from reporting.hour_sums.rules import CallSum


def promised(session: Session, since: datetime, until: datetime, now: datetime) -> dict[datetime, CallSum]:
    """The sums of a time, as promises stand now; those of the survey were asked for by no citizen."""
    of, is_cancelled = Callback, Callback.state == CallbackState.CANCELLED
    over_at = case(
        (is_cancelled, func.coalesce(of.closed_at, literal(now, Instant))), else_=literal(now, Instant)
    )
    stands = case(
        (of.is_broken(over_at), "broken"),  # type: ignore[arg-type]  # of a hybrid, in SQL
        (of.first_attempt_at.is_not(None), "kept"),
        (is_cancelled, "withdrawn"),
        else_="open",
    )
    given = _hour(session, of.registered_at).label("given_in")
    within = of.registered_at >= since, of.registered_at < until, of.origin != SURVEY
    wanted = select(given, stands.label("stands"), func.count()).where(*within)
    found = defaultdict[datetime, CallSum](CallSum)
    for at, how, many in session.execute(wanted.group_by("given_in", "stands")):
        found[at].counts.update({"promised": many, how: many})
    return dict(found)


def _hour(session: Session, column: Any) -> ColumnElement[datetime]:
    """The first instant of its hour."""
    if session.get_bind().dialect.name == "postgresql":
        return func.date_trunc(literal_column("'hour'"), column, literal_column("'UTC'"), type_=Instant)
    text = func.substr(column, 1, 13, type_=String).concat(":00:00.000000")
    return type_coerce(text, Instant)
