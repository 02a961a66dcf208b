"""A lease on work that runs once in the cluster: one machine holds it, another within seconds of its death.

The holder beats. Who sees no beat for ``DEAD``, by its own clock (those of two machines are never
compared), takes the lease under a higher number. That number is a fence: what the holder of before still
writes is refused as it commits, so nothing is done twice, also by one that was halted, or cut off from the
database for a while.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy import String, Update, event, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from hotline.db import LOOKS, Base, Sessions, add_once, execute, looking, transaction
from hotline.errors import HotlineError

log = structlog.get_logger()
BEAT: Final = 1.0
"""Seconds from beat to beat."""
DEAD: Final = 5.0
"""Seconds without a beat after which a holder is taken for dead, and takes itself for it."""
NOBODY: Final = ""
_BEGAN: Final = "lease_began"
_NO_LONGER: Final = text(f"SET LOCAL idle_in_transaction_session_timeout = '{DEAD:g}s'")


class LeaseLost(HotlineError, code="lease-lost"):
    """Work under a lease that another machine has taken: nothing of it is written."""

    lease: str


class LeaseRow(Base):
    """A lease: who holds it, since which taking, and how often it was said that they live."""

    __tablename__ = "cluster_lease"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    holder: Mapped[str] = mapped_column(String(16), comment="name of a machine; empty = given back")
    fence: Mapped[int] = mapped_column(comment="raised by each who takes it")
    beats: Mapped[int] = mapped_column(comment="raised by its holder each second")


@dataclass(frozen=True)
class _Held:
    """A lease of ours: its fence, and when it was last known to be so."""

    fence: int
    beaten_at: float


class ClusterLease:
    """One lease as one machine, ``holder``, sees it; ``elapsed`` is a clock that only goes forward.

    One thread calls ``keep``, any thread asks whether it ``is_held``.
    """

    def __init__(self, factory: Sessions, name: str, holder: str, elapsed: Callable[[], float]) -> None:
        self._factory, self._name, self._holder, self._elapsed = factory, name, holder, elapsed
        self._held: _Held | None = None
        self._seen: tuple[int, int] | None = None
        self._seen_at = 0.0

    @property
    def is_held(self) -> bool:
        """Tell whether it is ours; not so once nobody can have seen a beat of ours for ``DEAD``."""
        held = self._held
        return held is not None and self._elapsed() - held.beaten_at < DEAD

    def keep(self) -> bool:
        """Beat, or take the lease of one that is dead; whether it is ours now."""
        began = self._elapsed()
        if self._held and not self._beaten(self._held.fence):
            log.warning("lease.lost", lease=self._name)
            self._held = None
        fence = self._held.fence if self._held else self._taken(began)
        self._held = _Held(fence, began) if fence else None
        return self.is_held

    def give_back(self) -> None:
        """End our holding, so that another takes it at once."""
        if held := self._held:
            self._held = None
            with self._writing() as session:
                execute(session, self._ours(held.fence).values(holder=NOBODY))

    def guard(self, factory: Sessions) -> None:
        """Refuse each transaction of a factory that writes and finds at its end that the lease is not ours."""
        event.listen(factory, "after_begin", self._note)
        event.listen(factory, "before_commit", self._refuse)

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        """Write the row, free again after ``DEAD`` though we are halted or cut off meanwhile."""
        with transaction(self._factory) as session:
            _hold_no_longer(session)
            yield session

    def _beaten(self, fence: int) -> bool:
        with self._writing() as session:
            return bool(execute(session, self._ours(fence).values(beats=LeaseRow.beats + 1)))

    def _taken(self, now: float) -> int:
        """Number under which it is ours, or 0 while its holder lives."""
        with looking(self._factory) as session:
            row = session.get(LeaseRow, self._name)
        if row and not self._is_free(row, now):
            return 0
        with self._writing() as session:
            if row is None:
                first = {"name": self._name, "holder": self._holder, "fence": 1, "beats": 0}
                self._seen = (1, 0)
                return add_once(session, LeaseRow, [first])
            fence = row.fence + 1
            taken = self._as_seen(row).values(holder=self._holder, fence=fence, beats=0)
            won = bool(execute(session, taken))
        if won:
            log.info("lease.taken", lease=self._name, by=self._holder, of=row.holder, fence=fence)
        return fence if won else 0

    def _is_free(self, row: LeaseRow, now: float) -> bool:
        """Tell whether its holder is gone: gave it back, is without a beat, or was we before a start."""
        is_own = row.holder == self._holder and self._seen is None
        if (seen := (row.fence, row.beats)) != self._seen:
            self._seen, self._seen_at = seen, now
        return is_own or row.holder == NOBODY or now - self._seen_at >= DEAD

    def _note(self, session: Session, *_: object) -> None:
        """Remember under which number a transaction began: ours may be another one when it ends."""
        session.info[_BEGAN] = self._held.fence if self._held else 0

    def _refuse(self, session: Session) -> None:
        """Raise LeaseLost. Who would take the lease waits for the commits that hold the row by this, and no
        longer than ``DEAD`` for one that was halted in the middle of it.
        """
        connection = session.connection()
        if connection.get_execution_options().get(LOOKS):
            return
        _hold_no_longer(session)
        row = select(LeaseRow.fence).where(LeaseRow.name == self._name).with_for_update(read=True)
        if session.scalar(row) != session.info.pop(_BEGAN, 0):
            raise LeaseLost(self._name)

    def _ours(self, fence: int) -> Update:
        return update(LeaseRow).where(LeaseRow.name == self._name, LeaseRow.fence == fence)

    def _as_seen(self, row: LeaseRow) -> Update:
        return self._ours(row.fence).where(LeaseRow.beats == row.beats)


def _hold_no_longer(session: Session) -> None:
    """Have the server end this transaction, and its locks, once nothing comes for ``DEAD``."""
    if session.connection().dialect.name == "postgresql":
        session.execute(_NO_LONGER)
