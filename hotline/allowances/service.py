"""Use cases: have one more, look whether one may, forget."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from hotline.allowances.rules import HOUR, LimitedRequest, NoAllowance, again_at, counted
from hotline.allowances.store import AllowanceRow
from hotline.db import add_once, execute
from hotline.networks import network_of


def have(session: Session, wanted: LimitedRequest, address: str, limit: int, at: datetime) -> None:
    """Count one more; who asks at the same moment is looked at after this transaction. Raises NoAllowance."""
    network = network_of(address)
    blank = {"wanted": wanted, "network": network, "times": [], "latest_at": at}
    add_once(session, AllowanceRow, [blank])
    query = select(AllowanceRow).where(AllowanceRow.wanted == wanted, AllowanceRow.network == network)
    row = session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
    times = _times(row)
    if (then := again_at(times, limit, at)) is not None:
        raise NoAllowance(wanted, then)
    row.times = [one.timestamp() for one in (*counted(times, at), at)]
    row.latest_at = at


def is_used_up(session: Session, wanted: LimitedRequest, address: str, limit: int, at: datetime) -> bool:
    """Tell whether ``have`` would refuse now; counts nothing."""
    row = session.get(AllowanceRow, (wanted, network_of(address)))
    return again_at(_times(row) if row else (), limit, at) is not None


def forget(session: Session, at: datetime) -> int:
    """Remove what no longer counts; how many addresses."""
    return execute(session, delete(AllowanceRow).where(AllowanceRow.latest_at <= at - HOUR))


def _times(row: AllowanceRow) -> Sequence[datetime]:
    return [datetime.fromtimestamp(one, UTC) for one in row.times]
