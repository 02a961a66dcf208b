"""Revisions: a number for each part of the ledger that moves with every change, so that readers reread."""

from typing import Final

from sqlalchemy import Integer, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from hotline.db import Base, add_once

DIRECTORY: Final = "directory"
KNOWLEDGE: Final = "knowledge"
"""Names of revisions: of the directory, and of the book of questions and answers."""


def revision(session: Session, name: str = DIRECTORY) -> int:
    """The number of the latest change; 0 before the first."""
    return session.scalar(select(Revision.number).where(Revision.name == name)) or 0


def revise(session: Session, name: str = DIRECTORY) -> None:
    """Say that something changes. Before the change: it makes writers wait for each other."""
    add_once(session, Revision, [{"name": name, "number": 0}])
    session.execute(
        update(Revision).where(Revision.name == name).values(number=Revision.number + 1),
        execution_options={"synchronize_session": False},
    )


class Revision(Base):
    """One row that every change moves on, so that processes notice by a look; also orders the writers."""

    __tablename__ = "directory_revision"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    number: Mapped[int] = mapped_column(Integer)
