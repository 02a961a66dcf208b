"""The fictional city, so that a fresh installation can take a call and put it through:
``demo/city/*.csv``.
"""

from csv import DictReader
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from control.passwords import new
from demo.generate import MARK, grown
from hotline import clock
from hotline.categories.seed import seed_records
from hotline.directory.files.importing import ReadFiles, import_files, read_files
from hotline.directory.store import PersonRow
from hotline.ledger import history
from hotline.ledger.changes import ChangeContext
from hotline.ledger.entries import FOUNDING
from hotline.ledger.revisions import revision
from hotline.staff.service import everybody, is_nobody
from hotline.staff.store import Agent

CITY: Final = Path(__file__).parent / "city"
FOUNDED: Final = clock.taipei("2020-01-01")
"""The city is as the files say from here on, so that calls of any date can be tried."""
# Plainly placeholders: nobody is called so.
AGENTS = (
    ("agent-1", "示範話務員一", ["zh-TW", "nan-TW"]),
    ("agent-2", "示範話務員二", ["zh-TW", "hak-TW", "en"]),
    ("agent-3", "示範話務員三", ["zh-TW", "ja", "en"]),
)


Size = Literal["small", "whole"]


def seed(session: Session, at: datetime, size: Size = "small") -> bool:
    """Three agents if there are none yet, and a city if there is none; what is there is left alone.

    Whether it made the city.
    """
    if not session.scalar(select(Agent.phone).limit(1)):
        session.add_all(
            Agent(phone=phone, name=name, secret=new(), languages=spoken) for phone, name, spoken in AGENTS
        )
    if not is_nobody(session) or revision(session):
        return False
    found(session, at, size)
    return True


def found(session: Session, at: datetime, size: Size = "small") -> None:
    """Import the fictional city: the small one that tests know, or a whole one around it."""
    pen = ChangeContext(at, "installation", FOUNDING, "the fictional city of a fresh installation")
    files = read_files(CITY)
    files = grown(files) if size == "whole" else files
    agencies = {one.says["name"]: one.key for one in files.records if one.kind == "agency"}
    with_categories = ReadFiles((*files.records, *seed_records(agencies)), files.faults)
    import_files(session, with_categories, FOUNDED, pen)


def is_fictional(session: Session, at: datetime) -> bool:
    """Tell whether everybody of the staff is one of the fictional city's, under the name given there,
    and nobody of the directory bears a name that people have.

    One real person, and it is a real city.
    """
    people = {(one.login, one.name) for one in everybody(session, at)}
    real = history.all_in_force(session, PersonRow, at, PersonRow.name.not_like(f"%{MARK}%"))
    return bool(people) and people <= _people() and not real


@cache
def _people() -> frozenset[tuple[str, str]]:
    with (CITY / "staff.csv").open(encoding="utf-8", newline="") as lines:
        return frozenset((row["login"], row["name"]) for row in DictReader(lines))
