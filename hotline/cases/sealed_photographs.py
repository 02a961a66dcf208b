"""Photographs of cases at rest: each sealed by a data key of its own, to be destroyed by itself."""

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.cases.store import HAS_IMAGE, CasePhoto
from hotline.db import Sessions, looking, transaction
from hotline.keys import data_keys
from hotline.keys.columns import ring_of
from hotline.keys.data_keys import KeyDestroyed
from hotline.keys.ring import KeyRing

KIND: Final = "photograph"
STEP: Final = 20
"""Photographs of one transaction, so that nobody waits long for it."""
_PLAIN: Final = (CasePhoto.key_id == "", HAS_IMAGE)


def sealed(session: Session, image: bytes, at: datetime) -> tuple[str, bytes]:
    """Seal an image: the id of its key, and what is kept."""
    id, key = data_keys.make(session, _ring(session), KIND, at)
    return id, _own(key).seal(KIND, image)


def image_of(session: Session, photo: CasePhoto) -> bytes:
    """The image of a photograph. Raises KeyDestroyed, KeyMissing, SealBroken."""
    if not photo.image:
        raise KeyDestroyed(photo.key_id)
    if not photo.key_id:  # of a release before
        return photo.image
    return _own(data_keys.unwrap(session, _ring(session), photo.key_id)).open(KIND, photo.image)


def seal_plain(factory: Sessions, at: datetime) -> int:
    """Seal the photographs of a release before, step by step; how many."""
    done = 0
    while step := _step(factory, at):
        done += step
    return done


def is_any_plain(factory: Sessions) -> bool:
    """Tell whether a photograph is not sealed yet."""
    with looking(factory) as session:
        return session.scalar(select(CasePhoto.id).where(*_PLAIN).limit(1)) is not None


def _step(factory: Sessions, at: datetime) -> int:
    with transaction(factory) as session:
        plain = select(CasePhoto).where(*_PLAIN).order_by(CasePhoto.id).limit(STEP)
        rows = session.scalars(plain.with_for_update(skip_locked=True)).all()
        for row in rows:
            row.key_id, row.image = sealed(session, row.image, at)
        return len(rows)


def _ring(session: Session) -> KeyRing:
    return ring_of(session.get_bind().dialect)


def _own(key: bytes) -> KeyRing:
    """A ring of one photograph's key."""
    return KeyRing({"own": key})
