"""Documents of editions: one a language, rendered behind the edition and kept beside it (P10)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.db import add_once
from hotline.errors import HotlineError, existing
from reporting.packs.store import PackDocument, PackEdition


class DocumentNotRendered(HotlineError, code="document-not-rendered"):
    """A document of an edition that is still to be rendered."""

    month: str
    number: int


def missing(session: Session, languages: Sequence[str]) -> list[tuple[int, str]]:
    """Editions, by their ids, and languages in which they have no document; the latest edition first."""
    kept = set(map(tuple, session.execute(select(PackDocument.edition_id, PackDocument.language))))
    editions = session.scalars(select(PackEdition.id).order_by(PackEdition.id.desc()))
    wanted = ((edition, language) for edition in editions for language in languages)
    return [one for one in wanted if one not in kept]


def languages_of(session: Session, edition: PackEdition) -> frozenset[str]:
    """Languages in which an edition has a document."""
    chosen = select(PackDocument.language).where(PackDocument.edition_id == edition.id)
    return frozenset(session.scalars(chosen))


def keep(session: Session, edition: PackEdition, language: str, content: bytes, at: datetime) -> None:
    """Keep a document; one that somebody else rendered meanwhile stays."""
    row = {"edition_id": edition.id, "language": language, "rendered_at": at, "content": content}
    add_once(session, PackDocument, [row])


def document(session: Session, edition: PackEdition, language: str) -> bytes:
    """The document of an edition. Raises DocumentNotRendered."""
    found = session.get(PackDocument, (edition.id, language))
    lacking = DocumentNotRendered(f"{edition.month:%Y-%m}", edition.number)
    return existing(found, lacking).content
