"""Each audit row becomes a link of the chain in the transaction that wrote it, as the last thing before its
commit.

Links need an order of all writers, so the head of the chain is locked. As the last lock of every transaction
it can be part of no deadlock, and nobody waits for it longer than a commit takes. The chain of earlier
releases, whose rows told of citizens in clear, is gone on with until the new one begins (``moving``); its
head is the lock of both, so that processes of either release wait for each other.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, event, func, insert, select, update
from sqlalchemy.orm import Session

from hotline.db import add_once, execute
from hotline.ledger.chain import ChainHead, digest, link
from hotline.ledger.store import AuditRow, FormerLink, HeadRow, LinkRow

NAME: Final = "chain"
"""Of the head of the chain."""
FORMER: Final = "audit"
"""Of the head of the former chain, which all writers lock."""
SEALED: Final = "audit-sealed"
MOVED: Final = "audit-moved"
"""Of the places up to which the former chain is sealed, and its rows moved."""
WRITTEN: Final = "audit rows of this transaction"
"""Where a session remembers them."""
MANY: Final = 500
"""So many rows are asked for at once."""
WORDS: Final = tuple(
    getattr(AuditRow, name) for name in ("id", "at", "by", "action", "subject", "before", "after", "reason")
)
"""What a link covers."""


@dataclass(frozen=True, slots=True)
class HeldChain:
    """The chain to which rows are added now, and its newest link; locked until the transaction ends."""

    name: str
    head: ChainHead
    is_new: bool = False

    @property
    def links(self) -> type[LinkRow | FormerLink]:
        """The table of its links."""
        return LinkRow if self.name == NAME else FormerLink


def remember(session: Session, rows: Iterable[AuditRow | int]) -> None:
    """Have these rows, or rows of these numbers, become links when the session commits."""
    session.info.setdefault(WRITTEN, []).extend(rows)


@event.listens_for(Session, "before_commit")
def _seal(session: Session) -> None:
    if session.in_nested_transaction() or not (written := session.info.pop(WRITTEN, None)):
        return
    session.flush()
    seal(session, sorted({row if isinstance(row, int) else row.id for row in written}))


def seal(session: Session, numbers: Sequence[int] = ()) -> None:
    """Links for the rows of these numbers; where there is no chain yet, for every row there is."""
    rows = list(digests_of(session, numbers))
    chain = _chain(session, len(rows))
    if chain.is_new:
        rows = [_digest(row) for row in session.execute(select(*WORDS).order_by(AuditRow.id))]
    append(session, chain, rows)


def append(session: Session, chain: HeldChain, rows: Sequence[tuple[int, str]]) -> None:
    """Add links for rows, each with its digest, to a chain that is held."""
    if made := list(_links(chain.head, rows)):
        session.execute(insert(chain.links), made)
        set_head(session, chain.name, ChainHead(made[-1]["position"], made[-1]["hash"]))


def head_of(session: Session, name: str = NAME) -> ChainHead:
    """The newest link of a chain."""
    return heads_of(session).get(name, ChainHead())


def set_head(session: Session, name: str, head: ChainHead) -> None:
    """Move a head on, or make it."""
    moved = update(HeadRow).where(HeadRow.name == name).values(position=head.position, hash=head.hash)
    if not execute(session, moved.execution_options(synchronize_session=False)):
        add_once(session, HeadRow, [{"name": name, "position": head.position, "hash": head.hash}])


def hold_head(session: Session) -> dict[str, ChainHead]:
    """Read every head, and lock them until this transaction ends, which takes no other lock after this
    one.
    """
    chosen = select(HeadRow.position).where(HeadRow.name == FORMER).with_for_update()
    if session.execute(chosen).one_or_none() is None:
        add_once(session, HeadRow, [{"name": FORMER, "position": 0, "hash": ChainHead().hash}])
        session.execute(chosen).one()
    return heads_of(session)


def digests_of(session: Session, numbers: Sequence[int]) -> Iterator[tuple[int, str]]:
    """The digest of each row of these numbers, as it is now."""
    for start in range(0, len(numbers), MANY):
        some = numbers[start : start + MANY]
        chosen = select(*WORDS).where(AuditRow.id.in_(some)).order_by(AuditRow.id)
        yield from map(_digest, session.execute(chosen))


def _chain(session: Session, new: int) -> HeldChain:
    """The chain for ``new`` rows of this transaction: the former one until the other begins. An installation
    with no row of before begins with that other one.
    """
    heads = hold_head(session)
    former = heads[FORMER]
    if NAME in heads:
        return HeldChain(NAME, heads[NAME])
    if former.position or session.scalar(select(func.count()).select_from(AuditRow)) != new:
        return HeldChain(FORMER, former, is_new=not former.position)
    return HeldChain(NAME, ChainHead(), is_new=True)


def heads_of(session: Session) -> dict[str, ChainHead]:
    """Every place that is kept of the chains, by its name."""
    found = session.execute(select(HeadRow.name, HeadRow.position, HeadRow.hash))
    return {name: ChainHead(position, hash) for name, position, hash in found}


def _digest(row: Row[Any]) -> tuple[int, str]:
    return row.id, digest(row._asdict())


def _links(head: ChainHead, rows: Iterable[tuple[int, str]]) -> Iterator[dict[str, Any]]:
    before = head.hash
    for position, (number, told) in enumerate(rows, head.position + 1):
        before = link(before, told)
        yield {"position": position, "row": number, "hash": before}
