"""Verification of the audit log: read page by page, beside whoever goes on writing, and held against anchors.

An anchor is the chain's head, once a day in a file of its own, best on another machine than the database: who
owns the database can make a whole chain anew; who holds an older anchor sees it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.db import Sessions, looking, transaction
from hotline.ledger.anchors import anchors, drop
from hotline.ledger.chain import ChainFault, ChainHead, ChainLink, broken, digest
from hotline.ledger.sealing import FORMER, MOVED, NAME, WORDS, head_of, seal
from hotline.ledger.store import AuditRow, FormerLink, HeadRow, LinkRow

PAGE = 1000


@dataclass(frozen=True, slots=True)
class ChainState:
    """Heads and last links of both chains, as of one moment; they differ where somebody removed one of
    them.
    """

    former: ChainHead
    moved: ChainHead
    chain: ChainHead
    newest_former: int
    newest: int


def verify(
    factory: Sessions, folder: Path, collected: Mapping[str, ChainHead] = MappingProxyType({})
) -> Iterator[ChainFault]:
    """Each place where rows, links, heads and anchors contradict each other; ``collected``: more anchors.

    Raises BadAnchor.
    """
    yield from verify_former(factory, folder)
    known, now = {**dict(anchors(folder, NAME)), **collected}, _now(factory)
    yield from broken(_links(factory, LinkRow, now.newest), now.chain, known)
    yield from _without_link(factory)


def verify_former(factory: Sessions, folder: Path) -> list[ChainFault]:
    """List the places where what is left of the former chain does not hold; meanwhile rows may move on."""
    known = dict(anchors(folder, FORMER))
    while True:
        now = _now(factory)
        links = _links(factory, FormerLink, now.newest_former, now.moved.position)
        found = list(broken(links, now.former, known, now.moved))
        if not found or _now(factory).moved == now.moved:
            return found


def begin(factory: Sessions) -> None:
    """Chain a log that grew before there were links; harmless where there are some."""
    with transaction(factory) as session:
        if not head_of(session).position and not head_of(session, FORMER).position:
            seal(session)


def anchor(factory: Sessions, folder: Path, at: datetime, why: str = "") -> ChainHead:
    """Drop the anchor of a day, of the chain that goes on; an empty log has none. Raises OSError."""
    with looking(factory) as session:
        name = NAME if head_of(session).position else FORMER
        head = head_of(session, name)
    if head.position:
        drop(folder, name, head, at, why)
    return head


def length(session: Session) -> int:
    """Count the links of the log: of the chain, and of what is left of the former one."""
    former = head_of(session, FORMER).position - head_of(session, MOVED).position
    return head_of(session).position + former


def _now(factory: Sessions) -> ChainState:
    def word(name: str, column: Any) -> Any:
        return select(column).where(HeadRow.name == name).scalar_subquery()

    places = [word(name, one) for name in (FORMER, MOVED, NAME) for one in (HeadRow.position, HeadRow.hash)]
    newest = [select(func.max(table.position)).scalar_subquery() for table in (FormerLink, LinkRow)]
    with looking(factory) as session:
        *told, newest_former, newest_link = session.execute(select(*places, *newest)).one()
    former, moved, chain = (
        ChainHead(*told[at : at + 2]) if told[at] is not None else ChainHead() for at in (0, 2, 4)
    )
    return ChainState(former, moved, chain, newest_former or 0, newest_link or 0)


def _links(
    factory: Sessions, links: type[LinkRow | FormerLink], newest: int, last: int = 0
) -> Iterator[ChainLink]:
    chosen = select(links.position, links.row, links.hash, *WORDS).order_by(links.position)
    chosen = chosen.outerjoin(AuditRow, AuditRow.id == links.row).limit(PAGE)
    while True:
        with looking(factory) as session:
            page = session.execute(chosen.where(links.position > last, links.position <= newest)).all()
        for position, row, told, *words in page:
            there = words[0] is not None
            now = digest(dict(zip((word.key for word in WORDS), words, strict=True))) if there else None
            yield ChainLink(position, row, told, now)
        if not page:
            return
        last = page[-1][0]


def _without_link(factory: Sessions) -> Iterator[ChainFault]:
    """Rows that came in past us: no transaction of ours leaves one without its link."""
    position = func.coalesce(LinkRow.position, FormerLink.position)
    chosen = select(AuditRow.id, position).outerjoin(LinkRow, LinkRow.row == AuditRow.id)
    chosen = chosen.outerjoin(FormerLink, FormerLink.row == AuditRow.id)
    last = 0
    while True:
        with looking(factory) as session:
            page = session.execute(chosen.where(AuditRow.id > last).order_by(AuditRow.id).limit(PAGE)).all()
        for number, link in page:
            if link is None:
                yield ChainFault(f"row {number} is in no link: it was not written by the hotline")
        if not page:
            return
        last = page[-1][0]
