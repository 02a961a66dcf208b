"""The letter that asks an agency to improve, as offices in Taiwan write one (P10.2).

A draft: people decide whether it is sent. Nobody's name is in it, and no agency's figures but its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from hotline.cases.numbers import REPUBLIC, shown
from hotline.cases.referral_letter import SENDER
from hotline.cases.words import LateGround
from reporting.figures.spans import share
from reporting.packs.store import PackEdition

LATE_HEAD: Final = ("案號", "類別", "期限", "逾期原因")
TABLES: Final = ("times", "overdue", "defects", "agencies")
"""Tables that tell of an agency's work."""
NO_GROUND: Final = "尚未填報"
Named = Mapping[str, str]
"""Chinese names of grounds."""


@dataclass(frozen=True, slots=True)
class AgencyLetter:
    """A letter: its sender, whom it is to, its subject, its points, and a row a late case."""

    sender: str
    agency: str
    subject: str
    points: Sequence[str]
    late: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Duties:
    """What a month tells of an agency."""

    filed: int = 0
    on_time: int = 0
    late: int = 0
    defects: int = 0
    defects_of_year: int = 0
    late_cases: tuple[Mapping[str, str], ...] = ()
    late_replies: int = 0
    late_changes: int = 0
    vacant: int = 0

    @property
    def is_to_improve(self) -> bool:
        """Tell whether there is anything to ask for."""
        return bool(self.late_cases or self.defects or self.late_replies or self.late_changes or self.vacant)


def agencies_to_improve(edition: PackEdition) -> dict[str, str]:
    """Agencies that have something to improve, by their codes: their names."""
    names = dict[str, str]()
    for table in TABLES:
        for row in _rows(edition, table):
            code, _, name = row["agency"].partition(" ")
            names[code] = name or code
    known = sorted(names.keys() - {"all", "?"})
    return {code: names[code] for code in known if _duties(edition, code).is_to_improve}


def letter(edition: PackEdition, code: str, grounds: Named) -> AgencyLetter:
    """The letter to an agency by its code; ``grounds``: what the grounds of late cases are called."""
    found, month = _duties(edition, code), _month(edition.month)
    name = agencies_to_improve(edition).get(code, code)
    late = [
        (
            shown(row["case"]),
            row["category"].partition(" ")[2],
            row["due"],
            _ground(row["late ground"], grounds),
        )
        for row in found.late_cases
    ]
    subject = f"檢送貴機關{month}辦理1999市政服務專線案件情形，請就說明事項檢討改善，請查照。"
    return AgencyLetter(SENDER, name, subject, tuple(_points(found, month)), late)


def _points(found: _Duties, month: str) -> Sequence[str]:
    decided = found.on_time + found.late
    rate = f"，準時率{share(found.on_time, decided)}" if decided else ""
    points = [
        f"{month}成案由貴機關辦理者計{found.filed}件，期限內答覆{found.on_time}件、逾期{found.late}件{rate}。"
    ]
    if found.late_cases:
        points.append(
            f"當月曾逾期之案件計{len(found.late_cases)}件，詳如附表；未填報逾期原因者，請儘速補填。"
        )
    if found.defects:
        points.append(f"退回重辦之案件當月{found.defects}件，本年累計{found.defects_of_year}件。")
    for count, words in (
        (found.late_replies, "逾期回覆之問答徵詢{}件"),
        (found.late_changes, "遲報之資料異動{}件"),
        (found.vacant, "出缺之聯繫窗口職務{}個"),
    ):
        if count:
            points.append(f"{words.format(count)}，請依規定期限辦理。")
    return [*points, "請於文到後檢討改善，並將辦理情形函復本會。"]


def _duties(edition: PackEdition, code: str) -> _Duties:
    times, late, defects, owed = (
        [row for row in _rows(edition, name) if row["agency"].partition(" ")[0] == code] for name in TABLES
    )
    return _Duties(
        filed=_sum(times, "filed"),
        on_time=_sum(times, "on time"),
        late=_sum(times, "late"),
        defects=_sum(defects, "defects"),
        defects_of_year=_sum(defects, "defects of the year"),
        late_cases=tuple(late),
        late_replies=_sum(owed, "late"),
        late_changes=_sum(owed, "changes late"),
        vacant=sum(len(row["vacant"].split()) for row in owed),
    )


def _rows(edition: PackEdition, name: str) -> list[dict[str, str]]:
    frozen: Any = edition.tables.get(name, {"head": [], "rows": []})
    return [dict(zip(frozen["head"], row, strict=True)) for row in frozen["rows"]]


def _sum(rows: Sequence[Mapping[str, str]], column: str) -> int:
    return sum(int(row[column]) for row in rows)


def _ground(word: str, grounds: Named) -> str:
    return grounds.get(word, word) if word in set(LateGround) else NO_GROUND


def _month(first: date) -> str:
    return f"{first.year - REPUBLIC}年{first.month}月"
