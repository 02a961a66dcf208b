"""Verification of the audit log: read page by page, beside whoever goes on writing, and held against anchors.

An anchor is the chain's head, once a day in a file of its own, best on another machine than the database: who
owns the database can make a whole chain anew; who holds an older anchor sees it.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.clock import TAIPEI
from hotline.db import Sessions, looking, transaction
from hotline.errors import HotlineError
from hotline.ledger.chain import ChainFault, ChainHead, ChainLink, broken, digest
from hotline.ledger.sealing import NAME, WORDS, head_of, seal
from hotline.ledger.store import AuditRow, HeadRow, LinkRow

PAGE = 1000


class BadAnchor(HotlineError, code="bad-anchor"):
    """A file among the anchors that holds none."""

    file: Path


def verify(factory: Sessions, folder: Path) -> Iterator[ChainFault]:
    """Each place where rows, links, head and anchors contradict each other. Raises BadAnchor."""
    known = dict(anchors(folder))
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
        _drop(folder, head, at)
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


def is_anchor_due(folder: Path, at: datetime) -> bool:
    """Tell whether the day has no anchor yet."""
    return not _file(folder, at).exists()


def _drop(folder: Path, head: ChainHead, at: datetime) -> None:
    """Write the anchor of a day, whole or not at all; one that is there stays. Raises OSError.

    The folder is not made here: where another machine's is not mounted, that shall be told.
    """
    file = _file(folder, at)
    draft = file.with_suffix(f".{os.getpid()}.draft")
    with draft.open("w", encoding="utf-8") as out:
        json.dump({"at": at.isoformat(), **asdict(head)}, out)
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(draft, file)
    except FileExistsError:  # another node was quicker
        pass
    finally:
        draft.unlink()


def anchors(folder: Path) -> Iterator[tuple[str, ChainHead]]:
    """Yield every anchor by its day, the oldest first. Raises BadAnchor."""
    for file in sorted(folder.glob("*.json")):
        try:
            told = json.loads(file.read_text("utf-8"))
            yield file.stem, ChainHead(int(told["position"]), str(told["hash"]))
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise BadAnchor(file) from error


def _file(folder: Path, at: datetime) -> Path:
    return folder / f"{at.astimezone(TAIPEI):%Y-%m-%d}.json"
