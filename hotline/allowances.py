"""Rate limits for strangers, an hour a network address: accounts of browsers, callbacks in writing,
wrong tokens of wallboards, wrong looks at cases on the web. And tries at case numbers, by telephone an hour
a caller and an hour a case, on the web a day a case.

Counted in the database, so that several processes and a restart make no difference. Signing in has limits of
its own (``hotline.accounts``), programs theirs (``web.api.rates``).
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import JSON, Select, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hotline.db import Base, Instant, add_once, execute
from hotline.errors import HotlineError
from hotline.keys.columns import Hashed
from hotline.networks import network_of


class AllowanceRow(Base):
    """The requests of one kind from one network address (or telephone, or at one case); forgotten an hour
    after the last, of those that are counted for a day after a day.
    """

    __tablename__ = "allowance"

    wanted: Mapped[str] = mapped_column(String(16), primary_key=True)
    network: Mapped[str] = mapped_column(
        Hashed("allowance", length=45), primary_key=True, comment="address, of IPv6 the /64"
    )
    times: Mapped[list[float]] = mapped_column(JSON, comment="seconds since 1970, of the last hour")
    latest_at: Mapped[datetime] = mapped_column(Instant, index=True)


HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)


class LimitedRequest(StrEnum):
    """A kind of request that is limited."""

    ACCOUNT = "account"
    """Of a browser that telephones."""
    CALLBACK = "callback"
    """In writing, by a page."""
    WALLBOARD = "wallboard"
    """With a token that opens none."""
    CASE_CALLER = "case-caller"
    """For a case, by key, from one telephone."""
    CASE = "case"
    """For one case, by key, from any telephone."""
    TRACK_ADDRESS = "track-address"
    """For a case, on the web, that it did not open."""
    TRACK_CASE = "track-case"
    """The same, at one number within a day, whether a case has it or not."""
    TRACK = "track"
    """The same, by everybody."""
    VIDEO_APPLY = "video-apply"
    """For an account of the sign-language service."""
    VIDEO_CODE = "video-code"
    """For a code with which its password is chosen."""
    VIDEO_CONTACT = "video-contact"
    """Of both, in the name of one contact."""
    SURVEY = "survey"
    """With a code of the survey that opens nothing."""
    SSO = "sso"
    """By single sign-on, that led to no sign-in."""


A_DAY: Final = frozenset((LimitedRequest.TRACK_CASE,))
"""Kinds that are counted for a day; the others for an hour."""


class NoAllowance(HotlineError, code="no-allowance", varies_by="wanted"):
    """An address that has asked for all it may within the hour; it may again at ``again_at``."""

    wanted: LimitedRequest
    again_at: datetime


def span(wanted: LimitedRequest) -> timedelta:
    """The time for which one of a kind counts."""
    return DAY if wanted in A_DAY else HOUR


def counted(times: Sequence[datetime], at: datetime, within: timedelta = HOUR) -> tuple[datetime, ...]:
    """Select those of the last hour, or of another time."""
    return tuple(one for one in times if at - within < one)


def again_at(
    times: Sequence[datetime], limit: int, at: datetime, within: timedelta = HOUR
) -> datetime | None:
    """Compute when one more may be had; None where it may be had now."""
    recent = sorted(counted(times, at, within))
    if len(recent) < limit:
        return None
    return recent[-limit] + within if limit else at + within


def have(session: Session, wanted: LimitedRequest, address: str, limit: int, at: datetime) -> None:
    """Count one more; who asks at the same moment is looked at after this transaction. Raises NoAllowance."""
    row = _row(session, wanted, network_of(address), at)
    times = _times(row)
    if (then := again_at(times, limit, at, span(wanted))) is not None:
        raise NoAllowance(wanted, then)
    row.times = [one.timestamp() for one in (*counted(times, at, span(wanted)), at)]
    row.latest_at = at


def give_back(session: Session, wanted: LimitedRequest, address: str, at: datetime) -> None:
    """Take back one that ``have`` counted at this instant: it is none of those that are limited."""
    row = _row(session, wanted, network_of(address), at)
    times = list(row.times)
    times.remove(at.timestamp())
    row.times = times


def count(session: Session, wanted: LimitedRequest, who: str, at: datetime) -> None:
    """Count one that is limited elsewhere; told again of the same instant, it is counted once."""
    row = _row(session, wanted, who, at)
    times = {*counted(_times(row), at, span(wanted)), at}
    row.times = sorted(one.timestamp() for one in times)
    row.latest_at = max(times)


def is_used_up(session: Session, wanted: LimitedRequest, address: str, limit: int, at: datetime) -> bool:
    """Tell whether ``have`` would refuse now; counts nothing."""
    row = session.scalars(_of(wanted, network_of(address))).first()
    return again_at(_times(row) if row else (), limit, at, span(wanted)) is not None


def forget(session: Session, at: datetime) -> int:
    """Remove what no longer counts; how many addresses."""
    latest, is_of_a_day = AllowanceRow.latest_at, AllowanceRow.wanted.in_(A_DAY)
    over = (latest <= at - DAY) | (latest <= at - HOUR) & ~is_of_a_day
    return execute(session, delete(AllowanceRow).where(over))


def _row(session: Session, wanted: LimitedRequest, network: str, at: datetime) -> AllowanceRow:
    """The row, locked until the end of the transaction."""
    blank = {"wanted": wanted, "network": network, "times": [], "latest_at": at}
    add_once(session, AllowanceRow, [blank])
    query = _of(wanted, network).with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).one()


def _of(wanted: LimitedRequest, network: str) -> Select[AllowanceRow]:
    """The row; after a rotation the one of the new key, before that of the former."""
    chosen = select(AllowanceRow).where(AllowanceRow.wanted == wanted, AllowanceRow.network == network)
    return chosen.order_by(AllowanceRow.latest_at.desc()).limit(1)


def _times(row: AllowanceRow) -> Sequence[datetime]:
    return [datetime.fromtimestamp(one, UTC) for one in row.times]
