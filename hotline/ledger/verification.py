"""Verification of the audit log: read page by page, beside whoever goes on writing."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.db import Sessions, looking, transaction
from hotline.ledger import anchors
from hotline.ledger.chain import ChainFault, ChainHead, ChainLink, broken, digest
from hotline.ledger.sealing import NAME, WORDS, head_of, seal
from hotline.ledger.store import AuditRow, HeadRow, LinkRow

PAGE = 1000


def verify(factory: Sessions, folder: Path) -> Iterator[ChainFault]:
    """Each place where rows, links, head and anchors contradict each other. Raises BadAnchor."""
    known = dict(anchors.read(folder))
    with looking(factory) as session:
        head, newest = _now(session)
    yield from broken(_links(factory, newest), head, known)
    yield from _without_link(factory)


def begin(factory: Sessions) -> None:
    """Chain a log that grew before there were links; harmless where there are some."""
    with transaction(factory) as session:
        if not head_of(session).position:
            seal(session)


def anchor(factory: Sessions, folder: Path, at: datetime) -> ChainHead:
    """Drop the anchor of a day; an empty log has none. Raises OSError."""
    with looking(factory) as session:
        head = head_of(session)
    if head.position:
        anchors.drop(folder, head, at)
    return head


def _now(session: Session) -> tuple[ChainHead, int]:
    """The head and the last link, as of one moment; they differ where somebody removed one of them."""
    position, hash = (
        select(word).where(HeadRow.name == NAME).scalar_subquery()
        for word in (HeadRow.position, HeadRow.hash)
    )
    newest, *head = session.execute(select(func.max(LinkRow.position), position, hash)).one()
    return ChainHead(*head) if head[1] else ChainHead(), newest or 0


def _links(factory: Sessions, newest: int) -> Iterator[ChainLink]:
    chosen = select(LinkRow.position, LinkRow.row, LinkRow.hash, *WORDS).order_by(LinkRow.position)
    chosen = chosen.outerjoin(AuditRow, AuditRow.id == LinkRow.row).limit(PAGE)
    last = 0
    while True:
        with looking(factory) as session:
            page = session.execute(chosen.where(LinkRow.position > last, LinkRow.position <= newest)).all()
        for position, row, told, *words in page:
            there = words[0] is not None
            now = digest(dict(zip((word.key for word in WORDS), words, strict=True))) if there else None
            yield ChainLink(position, row, told, now)
        if not page:
            return
        last = page[-1][0]


def _without_link(factory: Sessions) -> Iterator[ChainFault]:
    """Rows that came in past us: no transaction of ours leaves one without its link."""
    chosen = select(AuditRow.id, LinkRow.position).outerjoin(LinkRow, LinkRow.row == AuditRow.id)
    last = 0
    while True:
        with looking(factory) as session:
            page = session.execute(chosen.where(AuditRow.id > last).order_by(AuditRow.id).limit(PAGE)).all()
        for number, position in page:
            if position is None:
                yield ChainFault(f"row {number} is in no link: it was not written by the hotline")
        if not page:
            return
        last = page[-1][0]
