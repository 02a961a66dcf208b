"""A report as a program sends it, read into the fields of a draft; every fault of it at once."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from werkzeug.datastructures import MultiDict

from hotline.cases.drafts import DraftFields, NotAPoint
from hotline.cases.examining import proposed_reply_way
from hotline.cases.words import LONG
from hotline.categories.rules import Category
from hotline.errors import HotlineError
from hotline.texts import fit
from web.open311.remarks import (
    AddressIdAlone,
    FieldMissing,
    FieldTwice,
    NoSuchAttribute,
    SentRemark,
    SeveralRefused,
    UnfitMedia,
)
from web.open311.telling import questions
from wording import CHINESE, sentence

LONGEST_ANSWER: Final = 500
LONGEST_NAME: Final = 64
LONGEST_ADDRESS: Final = 1_000
_ATTRIBUTE: Final = re.compile(r"attribute\[([^\[\]]{1,64})\](\[\])?")
_WEB: Final = re.compile(r"https?://[^\s/]+(?:/\S*)?", re.IGNORECASE)
_HAN: Final = re.compile("[\u3400-\u9fff]")
Read = TypeVar("Read")


@dataclass(slots=True)
class SentForm:
    """The form of a report. ``service`` finds the category of a code. Reading collects what is wrong."""

    form: MultiDict[str, str]
    service: Callable[[str], Category]
    wrong: list[HotlineError] = field(default_factory=list)

    def fields(self) -> DraftFields:
        """The fields of its draft. Raises SeveralRefused with all that is wrong."""
        self.wrong += [
            FieldTwice(name)
            for name, given in self.form.lists()
            if len(given) > 1 and not name.endswith("[]")
        ]
        category = self._try(self._category)
        point = self._try(self._point) or (None, None)
        place = self._try(lambda: self._place(point)) or ""
        asked = questions(category) if category else None
        matter = self._try(lambda: self._matter(asked)) or ""
        phone, email = self._text("phone"), self._text("email")
        name = self._try(self._name) or ""
        if self.wrong:
            raise SeveralRefused(self.wrong)
        latitude, longitude = point
        return DraftFields(
            category=category.code if category else "",
            matter=matter,
            place=place,
            latitude=latitude,
            longitude=longitude,
            name=name,
            phone=phone,
            email=email,
            reply_way=proposed_reply_way(phone, email),
        )

    def _text(self, name: str) -> str:
        return self.form.get(name, "").strip()

    def _try(self, read: Callable[[], Read]) -> Read | None:
        try:
            return read()
        except HotlineError as error:
            self.wrong.append(error)
            return None

    def _category(self) -> Category:
        if not self._text("service_code"):
            raise FieldMissing("service_code")
        return self.service(self._text("service_code"))

    def _point(self) -> tuple[float | None, float | None]:
        latitude, longitude = self._text("lat"), self._text("long")
        if not latitude and not longitude:
            return None, None
        if not (latitude and longitude):
            raise FieldMissing("point")
        try:
            return float(latitude), float(longitude)
        except ValueError:
            raise NotAPoint from None

    def _place(self, point: tuple[float | None, float | None]) -> str:
        """What was said of the place, else its point, so that the agent sees one."""
        said = self._text("address_string")
        if said:
            return said
        if self._text("lat") or self._text("long"):
            latitude, longitude = point
            return f"{latitude:.6f}, {longitude:.6f}" if latitude and longitude else ""
        raise AddressIdAlone if self._text("address_id") else FieldMissing("location")

    def _matter(self, asked: Mapping[str, str] | None) -> str:
        """The description, and below it the answers and what has no field of its own: nothing is lost."""
        said = fit("description", self.form.get("description", ""), LONG, needed=False)
        answers = self._answers(asked) if asked is not None else ()
        lines = [said, *answers, *self._besides()]
        return fit("description", "\n".join(filter(None, lines)), LONG, needed=False)

    def _answers(self, asked: Mapping[str, str]) -> Iterator[str]:
        for name in self.form:
            if found := _ATTRIBUTE.fullmatch(name):
                if found[1] not in asked:
                    self.wrong.append(NoSuchAttribute(found[1], self._text("service_code")))
                    continue
                given = (fit(name, one, LONGEST_ANSWER, needed=False) for one in self.form.getlist(name))
                answer = "、".join(" ".join(one.split()) for one in given if one)
                if answer:
                    yield f"{asked[found[1]]} {answer}"

    def _besides(self) -> Iterator[str]:
        media, number = self._text("media_url"), self._text("address_id")
        if media:
            if len(media) > LONGEST_ADDRESS or not _WEB.fullmatch(media):
                raise UnfitMedia(LONGEST_ADDRESS)
            yield f"{sentence(SentRemark('media'), CHINESE)}{media}"
        if number:
            number = fit("address_id", number, LONGEST_NAME)
            yield f"{sentence(SentRemark('address_id'), CHINESE)}{number}"

    def _name(self) -> str:
        """The name as it is written in its language."""
        first, last = self._text("first_name"), self._text("last_name")
        whole = f"{last}{first}" if _HAN.search(last + first) else f"{first} {last}".strip()
        return fit("name", whole, LONGEST_NAME, needed=False)
