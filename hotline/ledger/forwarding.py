"""The audit log for a collector outside: rows in the order of the chain, each with its link.

Whoever keeps them has every row twice and the chain's hash at each: an anchor at every row.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from json import JSONDecoder
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from hotline.db import execute
from hotline.ledger.chain import ChainHead
from hotline.ledger.sealing import WORDS, head_of, heads_of, set_head
from hotline.ledger.store import AuditRow, HeadRow, LinkRow

SENT: Final = "audit-sent"
"""Of the place in the chain up to which its rows were handed to a collector."""
_JSON: Final = JSONDecoder()


def sent(session: Session) -> ChainHead:
    """The place up to which rows were sent; at first the chain's head, which covers every row before."""
    places = heads_of(session)
    if SENT not in places:
        places[SENT] = head_of(session)
        set_head(session, SENT, places[SENT])
    return places[SENT]


def waiting(session: Session) -> int:
    """Count the rows that were not sent yet; none, where nothing was ever sent."""
    places = heads_of(session)
    head = head_of(session)
    return head.position - places.get(SENT, head).position


def rows_after(session: Session, position: int, most: int) -> list[dict[str, Any]]:
    """Rows behind a place of the chain, the oldest first: what a link covers, and the link."""
    chosen = select(LinkRow.position, LinkRow.hash, *WORDS).join(AuditRow, AuditRow.id == LinkRow.row)
    page = chosen.where(LinkRow.position > position).order_by(LinkRow.position).limit(most)
    return [
        {
            name: told.isoformat() if isinstance(told, datetime) else told
            for name, told in row._asdict().items()
        }
        for row in session.execute(page)
    ]


def mark(session: Session, place: ChainHead) -> None:
    """Say that rows were sent up to a place; never back."""
    moved = update(HeadRow).where(HeadRow.name == SENT, HeadRow.position < place.position)
    execute(
        session,
        moved.values(position=place.position, hash=place.hash).execution_options(synchronize_session=False),
    )


def kept(lines: Iterable[str]) -> Mapping[str, ChainHead]:
    """The last link of each day that a collector has, from lines of its file; others are passed over."""
    latest = dict[str, ChainHead]()
    for line in lines:
        try:
            told, _ = _JSON.raw_decode(line, line.index("{"))
            day, head = str(told["at"])[:10], ChainHead(int(told["position"]), str(told["hash"]))
        except (ValueError, LookupError, TypeError):
            continue
        if head.position > latest.get(day, ChainHead()).position:
            latest[day] = head
    return {f"of the collector, {day}": head for day, head in sorted(latest.items())}
