"""Categories and cases in the words of the standard."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy.orm import Session

from hotline.cases.public import PublicCase
from hotline.cases.rules import CaseKind, CaseState
from hotline.categories.rules import Category
from hotline.categories.service import UnknownCategory
from hotline.directory.rules import Agency
from hotline.errors import Remark
from web.open311.answers import instant
from web.open311.remarks import NoticeRemark, ServiceRemark, StatusRemark
from web.parts import Parts
from wording import sentence

_S: Final = CaseState
_STANDING: Final[Mapping[CaseState, Any]] = {
    _S.FILED: "received",
    _S.DISPATCHED: "sent-on",
    _S.REDISPATCH: "sent-on",
    _S.JOINT: "sent-on",
    _S.EXTERNAL: "outside",
    _S.SIGNED: "worked",
    _S.IN_PROGRESS: "worked",
    _S.STAGE2_PENDING: "more-time",
    _S.DONE: "done",
    _S.REPLIED: "done",
    _S.RESULT_RECORDED: "done",
    _S.NO_ACTION: "no-action",
    _S.CLOSED: "closed",
    _S.CANCELLED: "cancelled",
    _S.UNDER_AUDIT: "reviewed",
}
"""States of filed cases, as everybody is told them."""


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells categories and cases at an instant, in a language."""

    house: Parts
    session: Session
    at: datetime
    language: str

    @property
    def services(self) -> dict[str, Category]:
        """The categories that may be reported by programs: no petitions, which nobody may read either."""
        known = self.house.categories.at(self.session, self.at)
        return {code: known[code] for code in sorted(known) if known[code].kind != CaseKind.PETITION}

    def service(self, code: str) -> Category:
        """One of them. Raises UnknownCategory."""
        found = self.services.get(code)
        if found is None:
            raise UnknownCategory(code)
        return found

    def listed(self) -> list[dict[str, Any]]:
        """The list of services."""
        return [
            {
                "service_code": one.code,
                "service_name": one.name,
                "description": self._about(one),
                "metadata": bool(one.questions),
                "type": "batch",
                "keywords": ", ".join(one.words),
                "group": self._agency(one.agency),
            }
            for one in self.services.values()
        ]

    def definition(self, code: str) -> dict[str, Any]:
        """The questions of a service. Raises UnknownCategory."""
        asked = questions(self.service(code))
        attributes = [
            {
                "variable": True,
                "code": name,
                "datatype": "string",
                "required": False,
                "datatype_description": None,
                "order": order,
                "description": question,
            }
            for order, (name, question) in enumerate(asked.items(), 1)
        ]
        return {"service_code": code, "attributes": attributes}

    def requests(self, cases: Iterable[PublicCase]) -> list[dict[str, Any]]:
        """Cases, each with what its category is called."""
        names = {code: one.name for code, one in self.house.categories.at(self.session, self.at).items()}
        return [self._request(one, names) for one in cases]

    def _request(self, one: PublicCase, names: dict[str, str]) -> dict[str, Any]:
        if one.category not in names and one.category_row:  # ended since
            version = self.house.categories.version(self.session, one.category_row)
            names[one.category] = version.name
        return {
            "service_request_id": one.number,
            "status": "open" if one.is_open else "closed",
            "status_notes": self._says(StatusRemark(_STANDING[one.state])),
            "service_name": names.get(one.category),
            "service_code": one.category,
            "description": None,
            "agency_responsible": self._agency(one.agency),
            "service_notice": self._notice(one),
            "requested_datetime": instant(one.filed_at),
            "updated_datetime": instant(one.updated_at),
            "expected_datetime": instant(one.due_at),
            "address": one.address,
            "address_id": None,
            "zipcode": None,
            "lat": one.latitude,
            "long": one.longitude,
            "media_url": None,
        }

    def _notice(self, one: PublicCase) -> str | None:
        if not one.is_open or one.due_at is None:
            return None
        return self._says(NoticeRemark("late" if one.due_at < self.at else "due", one.due_at))

    def _about(self, one: Category) -> str:
        is_quick = one.kind == CaseKind.QUICK
        said = ServiceRemark("quick" if is_quick else "notify", one.stage1_hours, one.stage2_days)
        draft = [ServiceRemark("placeholder")] if one.is_placeholder else []
        return " ".join(map(self._says, (said, *draft)))

    def _agency(self, code: str) -> str | None:
        found: Agency | None = self.house.city.city().at(self.at).agencies.get(code)
        return found.name if found else None

    def _says(self, remark: Remark) -> str:
        return sentence(remark, self.language)


def questions(category: Category) -> dict[str, str]:
    """The questions of a category by their codes: one that is worded anew has another, wherever it stands."""
    return dict(_coded(category.questions))


def _coded(asked: Iterable[str]) -> Iterator[tuple[str, str]]:
    for question in asked:
        yield f"q{sha256(question.encode()).hexdigest()[:8]}", question
