"""Data keys: one for each thing that is to be destroyed by itself, wrapped by the installation's current key.

Who destroys a data key destroys what it encrypts, in every copy, without finding them. After a rotation data
keys are wrapped anew; what they encrypt stays as it is.
"""

import os
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.db import Sessions, transaction
from hotline.errors import HotlineError
from hotline.keys.checks import CHECK, former
from hotline.keys.ring import SIZE, KeyMissing, KeyRing, SealBroken
from hotline.keys.store import DataKey

STEP: Final = 500
"""Data keys of one transaction."""
_PURPOSE: Final = "data key"


class KeyDestroyed(HotlineError, code="key-destroyed"):
    """A data key that was destroyed, and with it what it encrypted."""

    id: str


def make(session: Session, ring: KeyRing, kind: str, at: datetime) -> tuple[str, bytes]:
    """Make a data key: its id and the key."""
    id, key = secrets.token_hex(16), os.urandom(SIZE)
    session.add(
        DataKey(id=id, kind=kind, wrapped=_wrapped(ring, id, key), wrapped_by=ring.current, made_at=at)
    )
    return id, key


def unwrap(session: Session, ring: KeyRing, id: str) -> bytes:
    """The data key of this id. Raises KeyDestroyed, KeyMissing, SealBroken."""
    row = session.get(DataKey, id)
    if row is None:
        raise KeyMissing(id)
    if row.destroyed_at is not None:
        raise KeyDestroyed(id)
    return _unwrapped(ring, row)


def destroy(session: Session, ids: Iterable[str], at: datetime) -> int:
    """Overwrite wrapped keys; the rows stay. Idempotent; returns how many there still were."""
    wanted = list(ids)
    found = 0
    for begin in range(0, len(wanted), STEP):
        query = select(DataKey).where(
            DataKey.id.in_(wanted[begin : begin + STEP]), DataKey.destroyed_at.is_(None)
        )
        for row in session.scalars(query.with_for_update()):
            row.wrapped, row.destroyed_at = bytes(len(row.wrapped)), at
            found += 1
    session.flush()
    return found


def rewrap(factory: Sessions, ring: KeyRing, at: datetime) -> int:
    """Wrap by the current key, step by step, what former ones have wrapped; how many. Any node may."""
    done = 0
    while True:
        with transaction(factory) as session:
            query = select(DataKey).where(
                DataKey.kind != CHECK,
                DataKey.wrapped_by.in_(former(session, ring)),
                DataKey.destroyed_at.is_(None),
            )
            rows = list(
                session.scalars(query.order_by(DataKey.id).limit(STEP).with_for_update(skip_locked=True))
            )
            for row in rows:
                row.wrapped = _wrapped(ring, row.id, _unwrapped(ring, row))
                row.wrapped_by = ring.current
            done += len(rows)
        if len(rows) < STEP:
            return done


def _wrapped(ring: KeyRing, id: str, key: bytes) -> bytes:
    return ring.seal(_PURPOSE, id.encode() + key)


def _unwrapped(ring: KeyRing, row: DataKey) -> bytes:
    """The key of a row; the id is sealed with it, so that no row can bear another's key."""
    plain = ring.open(_PURPOSE, row.wrapped)
    if plain[:-SIZE] != row.id.encode():
        raise SealBroken(_PURPOSE)
    return plain[-SIZE:]
