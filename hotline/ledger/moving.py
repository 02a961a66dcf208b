"""Moving rows of the former chain, which told of citizens in clear, into the chain that holds pseudonyms.

The first row of the new chain seals the former one: its digest, how many links it had, from when until when,
and where it did not hold. Then its rows move in steps, beside whoever writes: each is compared with its link
a last time, told anew without citizens, and linked to the new chain; its old link, from which a number could
be guessed, goes. What processes of the release before still write meanwhile is sealed and moved after it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final

import structlog
from sqlalchemy import Row, bindparam, delete, func, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from hotline.db import Base, Sessions, looking, refusing_changes, transaction
from hotline.ledger.audit import SYSTEM, audit, without_citizens
from hotline.ledger.chain import ChainHead, ChainLink, broken, digest
from hotline.ledger.sealing import (
    FORMER,
    MOVED,
    NAME,
    SEALED,
    WORDS,
    HeldChain,
    append,
    digests_of,
    heads_of,
    hold_head,
    set_head,
)
from hotline.ledger.store import LINKS_KEPT, ROWS_KEPT, AuditRow, FormerLink, LinkRow
from hotline.ledger.verification import anchor, verify_former

log = structlog.get_logger()
SEAL: Final = "audit.seal"
"""Action of the row that seals what there was of the former chain."""
CHAIN: Final = "audit:chain"
AGAIN: Final = timedelta(hours=1)
"""What processes of the release before write meanwhile is sealed once in so long."""
STEP: Final = 25
"""Rows of one transaction: a decision waits no longer than for these."""
STEPS: Final = 50
"""Steps of one run."""
TOLD: Final = 50
"""So many places where the former chain does not hold are told at once."""
PATIENCE: Final = 50
"""Milliseconds for which a step waits for writers: it gives way before the database looks for a deadlock."""
_CHANGED: Final = ("subject", "before", "after", "reason")


class ChainMove:
    """Moves the former chain of an installation; ``folder`` keeps the anchors, ``rest`` comes after each
    step.
    """

    def __init__(self, factory: Sessions, folder: Path, rest: Callable[[], object] = lambda: None) -> None:
        self._factory, self._folder, self._rest = factory, folder, rest

    def run(self, at: datetime) -> int:
        """Seal what is not sealed, and move some rows; how many. Harmless to repeat, and to be killed.

        Raises BadAnchor, OSError.
        """
        with looking(self._factory) as session:
            heads = heads_of(session)
        former, moved = heads.get(FORMER, ChainHead()), heads.get(MOVED, ChainHead())
        if former == moved:
            return 0
        if heads.get(SEALED, ChainHead()) == moved and not self._seal(at):
            return 0
        return self._move(at)

    def _seal(self, at: datetime) -> bool:
        """Begin the new chain by a row that tells of the former one, or go on with it by a row that tells of
        what was added since; False when another node did, or it is too early for that.
        """
        self._folder.stat()  # a folder of another machine that is not mounted shall be told first
        faults = [str(one) for one in islice(verify_former(self._factory, self._folder), TOLD)]
        with transaction(self._factory) as session:
            heads = hold_head(session)
            head, before = heads[FORMER], heads.get(SEALED, ChainHead())
            if before != heads.get(MOVED, ChainHead()) or not _is_time(session, at):
                return False
            told = {
                "rows": head.position - before.position,
                "digest": head.hash,
                "since": _time_of(session, before.position + 1),
                "until": _time_of(session, head.position),
                "faults": faults,
            }
            if NAME not in heads:
                set_head(session, NAME, ChainHead())
            set_head(session, SEALED, head)
            audit(session, at, SYSTEM, SEAL, CHAIN, after=told)
        anchor(self._factory, self._folder, at, f"-seal-{head.position}")
        log.info("audit.sealed", links=head.position, faults=len(faults))
        return True

    def _move(self, at: datetime) -> int:
        done = 0
        for _step in range(STEPS):
            try:
                with transaction(self._factory) as session:
                    some = _moved_some(session, at)
            except OperationalError as error:  # writers came first, or the database is away
                log.info("audit.move_waits", why=type(error.orig).__name__)
                break
            done += some
            if some < STEP:
                break
            self._rest()
        return done


def _is_time(session: Session, at: datetime) -> bool:
    latest = session.scalar(
        select(func.max(AuditRow.at)).where(AuditRow.subject == CHAIN, AuditRow.action == SEAL)
    )
    return latest is None or latest + AGAIN <= at


def _time_of(session: Session, position: int) -> datetime | None:
    """Instant of the row of a link; None where it is gone."""
    chosen = select(AuditRow.at).join(FormerLink, FormerLink.row == AuditRow.id)
    return session.scalar(chosen.where(FormerLink.position == position))


def _moved_some(session: Session, at: datetime) -> int:
    """Move the oldest rows that are sealed and not moved; how many.

    One that is in the new chain already stays as it is: the release before, come back to for a time, chains
    every row that it finds where it knows no chain.
    """
    with _changeable(session):
        heads = heads_of(session)
        moved, sealed = heads.get(MOVED, ChainHead()), heads.get(SEALED, ChainHead())
        links = session.execute(_links(moved.position, sealed.position)).all()
        if not links:
            return _without_links(session, moved, sealed, at)
        end = ChainHead(links[-1].position, links[-1].hash)
        if faults := [str(one) for one in broken(map(_as_link, links), end, {}, moved)]:
            audit(session, at, SYSTEM, SEAL, CHAIN, after={"faults": faults[:TOLD]})
        known = set(
            session.scalars(select(LinkRow.row).where(LinkRow.row.in_([one.number for one in links])))
        )
        rows = [link for link in links if link.id is not None and link.number not in known]
        _rewrite(session, rows)
        session.flush()
        now = dict(digests_of(session, sorted(link.number for link in rows)))
        chain = HeldChain(NAME, hold_head(session)[NAME])
        append(session, chain, [(link.number, now[link.number]) for link in rows])
        session.execute(delete(FormerLink).where(FormerLink.position <= end.position))
        set_head(session, MOVED, end)
        return len(links)


def _without_links(session: Session, moved: ChainHead, sealed: ChainHead, at: datetime) -> int:
    """Go past links that were there when they were sealed; no row of theirs is known."""
    if moved != sealed:
        gone = f"links {moved.position + 1} to {sealed.position} were removed"
        audit(session, at, SYSTEM, SEAL, CHAIN, after={"faults": [gone]})
        set_head(session, MOVED, sealed)
    return 0


def _links(after: int, until: int) -> Any:
    chosen = select(FormerLink.position, FormerLink.row.label("number"), FormerLink.hash, *WORDS)
    chosen = chosen.outerjoin(AuditRow, AuditRow.id == FormerLink.row).order_by(FormerLink.position)
    return chosen.where(FormerLink.position > after, FormerLink.position <= until).limit(STEP)


def _words(link: Row[Any]) -> dict[str, Any]:
    return {word.key: getattr(link, word.key) for word in WORDS}


def _as_link(link: Row[Any]) -> ChainLink:
    now = None if link.id is None else digest(_words(link))
    return ChainLink(link.position, link.number, link.hash, now)


def _rewrite(session: Session, links: Sequence[Row[Any]]) -> None:
    """Tell rows anew, without citizens; what tells of none stays as it is."""
    changes = list[dict[str, Any]]()
    for before in map(_words, links):
        after = without_citizens(session, before)
        if after != before:
            changes.append({"of": before["id"], **{f"new_{name}": after[name] for name in _CHANGED}})
    if changes:
        table = Base.metadata.tables[AuditRow.__tablename__]
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _CHANGED}
        session.connection().execute(
            update(table).where(table.c.id == bindparam("of")).values(values), changes
        )


@contextmanager
def _changeable(session: Session) -> Iterator[None]:
    """Let this transaction, and no other, change rows and take links away.

    On PostgreSQL that waits for writers, of whom one may hold the head that we want next: then we give way.
    """
    guarded = {AuditRow.__tablename__: ROWS_KEPT, FormerLink.__tablename__: LINKS_KEPT}
    if session.get_bind().dialect.name == "postgresql":
        before = [f"SET LOCAL lock_timeout = {PATIENCE}"]
        before += [f"ALTER TABLE {table} DISABLE TRIGGER {table}_no_change" for table in guarded]
        after = [f"ALTER TABLE {table} ENABLE TRIGGER {table}_no_change" for table in guarded]
    else:
        verbs = ("update", "delete")
        before = [f"DROP TRIGGER IF EXISTS {table}_no_{verb}" for table in guarded for verb in verbs]
        after = [one for table, why in guarded.items() for one in refusing_changes(table, why)["sqlite"]]
    for statement in before:
        session.execute(text(statement))
    yield
    for statement in after:
        session.execute(text(statement))
