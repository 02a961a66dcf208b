"""New measures: the newest material, entries to read from, and who was trained (P4.10)."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.db import add_once
from hotline.ledger.audit import audit
from hotline.news.linked import added, corrected, found, placed
from hotline.news.rules import Measure
from hotline.news.store import MeasureRow, TrainingRow
from hotline.permissions import Action
from hotline.staff.service import permitted, staff

KIND = "measure"


def tell(session: Session, measure: Measure, *, at: datetime, by: str) -> MeasureRow:
    """Tell the call centre of a new measure. Raises UnfitText, NotPermitted, Unknown, UnknownFaq."""
    measure.check()
    permitted(session, by, Action.NEWS_MEASURE, at, measure.agency)
    placed(session, measure.agency, measure.entries, at)
    says = _says(measure)
    row = MeasureRow(told_at=at, told_by=by, **says)
    return added(session, row, KIND, Action.NEWS_MEASURE, says, at, by)


def correct(session: Session, number: int, measure: Measure, *, at: datetime, by: str) -> MeasureRow:
    """Correct a measure: material or day. Raises UnfitText, NoNews, NotPermitted, Unknown, UnknownFaq."""
    measure.check()
    row = found(session, MeasureRow, KIND, number)
    for agency in {row.agency, measure.agency}:
        permitted(session, by, Action.NEWS_MEASURE, at, agency)
    placed(session, measure.agency, measure.entries, at)
    before = _says(said(row))
    return corrected(session, row, KIND, Action.NEWS_MEASURE, before, _says(measure), at, by)


def train(session: Session, number: int, logins: Iterable[str], *, at: datetime, by: str) -> int:
    """Record that these agents attended; how many are new. Raises NoNews, NotPermitted, UnknownStaff."""
    permitted(session, by, Action.NEWS_TRAIN, at)
    row = found(session, MeasureRow, KIND, number)
    attended = [staff(session, login, at).login for login in dict.fromkeys(logins)]
    new = add_once(
        session, TrainingRow, [{"measure": row.id, "login": login, "at": at, "by": by} for login in attended]
    )
    audit(session, at, by, Action.NEWS_TRAIN, f"{KIND}:{row.id}", after={"trained": attended})
    return new


def trained(session: Session, number: int) -> list[TrainingRow]:
    """List the agents who attended, by login."""
    chosen = select(TrainingRow).where(TrainingRow.measure == number)
    return list(session.scalars(chosen.order_by(TrainingRow.login)))


def measures(session: Session) -> list[MeasureRow]:
    """List all of them, the latest first."""
    return list(session.scalars(select(MeasureRow).order_by(MeasureRow.told_at.desc(), MeasureRow.id.desc())))


def said(row: MeasureRow) -> Measure:
    """Read a row as a measure."""
    return Measure(row.agency, row.title, row.material, row.training, row.training_on, tuple(row.entries))


def _says(measure: Measure) -> dict[str, object]:
    return asdict(measure) | {"entries": list(measure.entries)}
