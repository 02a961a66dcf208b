"""Checks of the keys: for every key that has ever sealed here a value that it alone opens.

By them a start tells that a key is lost or another's, before anything is read, and knows in which order the
keys came. A key whose check is destroyed is not asked for any more.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.db import add_once, one_at_a_time
from hotline.errors import HotlineError
from hotline.keys.files import KeyPlace, new_key
from hotline.keys.ring import KeyMissing, KeyRing, SealBroken
from hotline.keys.store import DataKey

CHECK: Final = "check"


class KeysLost(HotlineError, code="keys-lost"):
    """Keys by which the database is sealed and that are not where they are expected."""

    ids: tuple[str, ...]
    place: Path | str


class NoKeyWaits(HotlineError, code="no-key-waits"):
    """A rotation for which there is no newer key."""


class KeyInUse(HotlineError, code="key-in-use"):
    """The key that seals, which cannot be given up."""

    id: str


def settle(session: Session, place: KeyPlace, ring: KeyRing, at: datetime) -> None:
    """Make the first key of a new installation, and see that every key is here that sealed before.

    Nodes that start at once come one after the other: the second is told that it lacks the first one's key.
    Raises KeysAway, KeysLost.
    """
    one_at_a_time(session, "keys")
    sealing = _checks(session)
    if not place.is_there:
        if sealing:
            raise KeysLost(tuple(one.wrapped_by for one in sealing), place.place)
        place.write(dict([new_key(at)]))
    ring.renew()
    if lost := _lost(sealing, ring):
        raise KeysLost(lost, place.place)
    mark(session, ring, at)


def mark(session: Session, ring: KeyRing, at: datetime) -> None:
    """Write down that the current key seals from now on. Idempotent."""
    id = ring.current
    sealed = ring.seal(CHECK, id.encode())
    row = {"id": f"{CHECK}-{id}", "kind": CHECK, "wrapped": sealed, "wrapped_by": id, "made_at": at}
    add_once(session, DataKey, [row])


def known(session: Session) -> Mapping[str, datetime]:
    """Ids of the keys that sealed here, in the order in which they began to, and when each did."""
    return {one.wrapped_by: one.made_at for one in _checks(session)}


def successor(session: Session, ring: KeyRing) -> str:
    """Id of the key that is to seal next: one that waits, or one by which another node seals already.

    Raises NoKeyWaits.
    """
    held, ever = ring.load(), session.scalars(select(DataKey.wrapped_by).where(DataKey.kind == CHECK)).all()
    waiting = [id for id in held if id not in ever] or list(known(session))[-1:]
    if not waiting or waiting[0] not in held[:-1]:
        raise NoKeyWaits
    return waiting[0]


def forget(session: Session, ring: KeyRing, id: str, at: datetime) -> None:
    """Destroy the check of a former key: it is asked for no more. Raises KeyInUse, KeyMissing."""
    if id == ring.current:
        raise KeyInUse(id)
    for one in _checks(session):
        if one.wrapped_by == id:
            one.wrapped, one.destroyed_at = bytes(len(one.wrapped)), at
            return
    raise KeyMissing(id)


def lost(session: Session, ring: KeyRing) -> tuple[str, ...]:
    """Ids of the keys that sealed here and that the ring has not, or has otherwise."""
    return _lost(_checks(session), ring)


def former(session: Session, ring: KeyRing) -> tuple[str, ...]:
    """Ids of the keys that sealed before the current one did; none where this node is behind another."""
    ids = list(known(session))
    return tuple(ids[: ids.index(ring.current)]) if ring.current in ids else ()


def _checks(session: Session) -> Sequence[DataKey]:
    query = select(DataKey).where(DataKey.kind == CHECK, DataKey.destroyed_at.is_(None))
    return session.scalars(query.order_by(DataKey.made_at, DataKey.id)).all()


def _lost(sealing: Sequence[DataKey], ring: KeyRing) -> tuple[str, ...]:
    return tuple(one.wrapped_by for one in sealing if not _opens(ring, one))


def _opens(ring: KeyRing, check: DataKey) -> bool:
    try:
        return ring.open(CHECK, check.wrapped) == check.wrapped_by.encode()
    except (KeyMissing, SealBroken):
        return False
