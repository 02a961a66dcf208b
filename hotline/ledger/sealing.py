"""Each audit row becomes a link of the chain in the transaction that wrote it,
as the last thing before its commit.

Links need an order of all writers, so the head of the chain is locked. As the last lock of every transaction
it can be part of no deadlock, and nobody waits for it longer than a commit takes.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Row, event, insert, select, update
from sqlalchemy.orm import Session

from hotline.db import add_once
from hotline.ledger.chain import ChainHead, digest, link
from hotline.ledger.store import AuditRow, HeadRow, LinkRow

NAME: Final = "audit"
"""Of the one head there is."""
WRITTEN: Final = "audit rows of this transaction"
"""Where a session remembers them."""
MANY: Final = 500
"""So many rows are asked for at once."""
WORDS: Final = tuple(
    getattr(AuditRow, name) for name in ("id", "at", "by", "action", "subject", "before", "after", "reason")
)
"""What a link covers."""


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
    rows = list(_of(session, numbers))
    head = hold_head(session)
    if not head.position:
        rows = [_digest(row) for row in session.execute(select(*WORDS).order_by(AuditRow.id))]
    if not rows:
        return
    made = list(_links(head, rows))
    session.execute(insert(LinkRow), made)
    session.execute(
        update(HeadRow)
        .where(HeadRow.name == NAME)
        .values({key: made[-1][key] for key in ("position", "hash")}),
        execution_options={"synchronize_session": False},
    )


def head_of(session: Session) -> ChainHead:
    """The newest link."""
    found = session.execute(select(HeadRow.position, HeadRow.hash).where(HeadRow.name == NAME)).one_or_none()
    return ChainHead(*found) if found else ChainHead()


def hold_head(session: Session) -> ChainHead:
    """Read and lock the head until this transaction ends, which takes no other lock after this one."""
    chosen = select(HeadRow.position, HeadRow.hash).where(HeadRow.name == NAME).with_for_update()
    found = session.execute(chosen).one_or_none()
    if found is None:
        add_once(session, HeadRow, [{"name": NAME, "position": 0, "hash": ChainHead().hash}])
        found = session.execute(chosen).one()
    return ChainHead(*found)


def _of(session: Session, numbers: Sequence[int]) -> Iterator[tuple[int, str]]:
    for start in range(0, len(numbers), MANY):
        some = numbers[start : start + MANY]
        chosen = select(*WORDS).where(AuditRow.id.in_(some)).order_by(AuditRow.id)
        yield from map(_digest, session.execute(chosen))


def _digest(row: Row[Any]) -> tuple[int, str]:
    return row.id, digest(row._asdict())


def _links(head: ChainHead, rows: Iterable[tuple[int, str]]) -> Iterator[dict[str, Any]]:
    before = head.hash
    for position, (number, told) in enumerate(rows, head.position + 1):
        before = link(before, told)
        yield {"position": position, "row": number, "hash": before}
