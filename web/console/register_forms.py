"""Forms of the register: agencies, sections, persons, desks, business, offices, from a date of effect on."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime, time
from typing import Any, Final

from wtforms import BooleanField, HiddenField, SelectField, StringField
from wtforms.validators import InputRequired

from hotline.clock import TAIPEI
from hotline.directory.register import Register
from hotline.directory.rules import Agency, Business, Contact, Desk, Directory, Person, Seat, Section
from hotline.sheets import rows
from hotline.sheets.faults import Unreadable
from web.console import name_choices
from web.console.date_fields import DayField, HourField
from web.console.forms import Form, number_of, text_area, text_line, tick_box
from web.console.language import _, _l, in_words
from web.console.name_choices import named

WHEN_AND_WHY: Final = ("day", "hour", "at_once", "reason")


class DatedForm(Form):
    """Date of effect of a change, and its reason; ``expected`` is the version that was shown (versions)."""

    day = DayField(_l("生效日"))
    hour = HourField(_l("生效時刻"), description=_l("空白就是當天 00:00。"))
    at_once = tick_box(_l("立即生效，不等到生效日"))
    reason = text_line(
        _l("異動原因"),
        InputRequired(_l("請寫下異動原因，日後查得到")),
        hint=_l("例如：職務調整、座位搬遷、更正錯字。"),
    )
    expected = HiddenField()

    @property
    def errors(self) -> dict[str, Any]:
        """Faults by field, in the order of the page: what it says of its thing, then when and why."""
        found = super().errors
        return {name: found[name] for name in sorted(found, key=lambda name: name in WHEN_AND_WHY)}

    def since(self, now: datetime) -> datetime | None:
        """Instant at which it begins; None when no day was given, which is told at its field."""
        if self.at_once.data:
            return now
        if self.day.data is None:
            if not self.day.errors:
                self.blame("day", _("請選生效日，或勾選立即生效"))
            return None
        return datetime.combine(self.day.data, self.hour.data or time(), TAIPEI)

    @property
    def version(self) -> int:
        """The version that was shown; 0 when none was."""
        return number_of(self.text("expected"))


def _key() -> StringField:
    """Code of a row: taken from its name where nobody gives one."""
    return text_line(
        _l("代碼"), hint=_l("空白就由系統編。匯入檔裡已有代碼時才填，只用小寫英文字母、數字和連字號。")
    )


class AgencyForm(DatedForm):
    """An agency (P2-a)."""

    key = _key()
    name = text_line(_l("名稱"), InputRequired(_l("請輸入名稱")))
    off_site = tick_box(_l("府外機關，有自己的總機"))
    number = text_line(_l("總機"), hint=_l("例如 (02)2960-3456。"))
    alternative = text_line(_l("總機故障時改撥"))
    emergency = text_line(_l("下班後緊急聯絡"))
    parent = named(_l("上級機關"))
    closed = tick_box(_l("已裁撤，不再接聽"))
    successor = named(_l("承接機關"), hint=_l("裁撤時必填；未結的案件由它承接。"))


class SectionForm(DatedForm):
    """A section (科/組/室)."""

    key = _key()
    agency = named(_l("所屬機關"), InputRequired(_l("請選擇機關")))
    name = text_line(_l("名稱"), InputRequired(_l("請輸入名稱")))
    email = text_line(_l("電子郵件"))
    closed = tick_box(_l("停用，這裡沒有人接聽"))


class PersonForm(DatedForm):
    """A member of a section."""

    key = _key()
    section = named(_l("科室"), InputRequired(_l("請選擇科室")))
    name = text_line(_l("姓名"), InputRequired(_l("請輸入姓名")))
    title = text_line(_l("職稱"))
    duties = text_area(_l("業務職掌"), hint=_l("民眾會怎麼說就怎麼寫，用頓號分開。"))
    email = text_line(_l("電子郵件"))


class DeskForm(DatedForm):
    """An extension and where it stands."""

    key = text_line(_l("分機號碼"), hint=_l("2 到 6 位數字。"))
    section = named(_l("科室"), InputRequired(_l("請選擇科室")))
    person = named(_l("使用人"))
    name = text_line(_l("顯示名稱"), hint=_l("空白就用使用人的姓名；服務台等公用分機才需要填。"))
    building = text_line(_l("大樓"), hint=_l("空白就是市府大樓。"))
    floor = text_line(_l("樓層"), hint=_l("例如 8F。"))
    x = text_line(_l("橫向（公尺）"))
    y = text_line(_l("縱向（公尺）"))
    neighbours = text_line(_l("指定的鄰座順序"), hint=_l("例如 5113 5114；空白就照座位遠近。"))
    number = text_line(_l("外線號碼"), hint=_l("不在市府交換機上的分機才填；接通後會按分機號碼。"))

    def seat(self) -> Seat | None:
        """Floor-plan place; None if unknown. What is half told is said at its field."""
        floor, x, y = (self.text(name).strip() for name in ("floor", "x", "y"))
        if not (floor or x or y):
            return None
        try:
            across, along = rows.metres(x), rows.metres(y)
        except ValueError:
            across = along = None
        if floor and across is not None and along is not None:
            return Seat(floor, across, along, self.text("building").strip())
        self.blame("floor", _("樓層和兩個位置要一起填，位置是公尺數；不知道就三格都空白"))
        return None

    def beside(self) -> tuple[str, ...]:
        """Extensions in the order set for the desk; what is none is said at its field."""
        typed = self.text("neighbours").strip()
        try:
            return tuple(rows.extensions(typed).split()) if typed else ()
        except Unreadable as error:
            self.blame("neighbours", in_words(error))
            return ()


class BusinessForm(DatedForm):
    """A business in charge (業務職掌, P4.1.1)."""

    key = _key()
    section = named(_l("科室"), InputRequired(_l("請選擇科室")))
    person = named(_l("承辦人"))
    name = text_line(_l("業務名稱"), InputRequired(_l("請輸入名稱")))
    keywords = text_area(_l("民眾的其他說法"), hint=_l("用頓號分開；查詢時都找得到。"))


class ContactForm(DatedForm):
    """Holder of an office of an agency (spec §1)."""

    person = named(_l("人員"), InputRequired(_l("請選擇人員")))


FORMS: Final[Mapping[str, type[DatedForm]]] = {
    "agency": AgencyForm,
    "section": SectionForm,
    "person": PersonForm,
    "desk": DeskForm,
    "business": BusinessForm,
    "contact": ContactForm,
}
SIMPLE: Final = {"agency": Agency, "section": Section, "person": Person, "business": Business}
"""Kinds that say the same words as their forms."""
COMMON: Final = frozenset(("key", "day", "hour", "at_once", "reason", "expected", "csrf_token"))


def offer(form: DatedForm, kind: str, key: str, agency: str, known: Directory) -> None:
    """Offer the names that the fields of a form may mean, those of an agency first."""
    nobody = {"desk": _("無人，或公用"), "business": _("整個科室")}.get(kind, "")
    places: dict[str, Callable[[], name_choices.Groups]] = {
        "agency": lambda: name_choices.agencies(known),
        "parent": lambda: name_choices.agencies(known, but=key),
        "successor": lambda: name_choices.agencies(known, but=key),
        "section": lambda: name_choices.sections(known, agency),
        "person": lambda: name_choices.persons(known, agency),
    }
    nothing = {"parent": _("沒有"), "successor": _("沒有"), "person": nobody}
    for name, groups in places.items():
        if isinstance(field := form[name] if name in form else None, SelectField):
            row = getattr(known, _NAMED_IN[name]).get(str(field.data or ""))
            name_choices.offer(field, groups(), row.name if row else "", nothing.get(name, ""))


_NAMED_IN: Final = {
    "agency": "agencies",
    "parent": "agencies",
    "successor": "agencies",
    "section": "sections",
    "person": "persons",
}
"""Where in the directory the code of a field stands."""


def own_fields(form: DatedForm) -> list[str]:
    """The names of what a form says of its thing, in the order of the form."""
    return [field.name for field in form if field.name not in COMMON]


def words_of(row: Register) -> dict[str, Any]:
    """Values that the form of a row shows."""
    words = asdict(row)
    if isinstance(row, Desk):
        seat = words.pop("seat") or {}
        words |= {name: seat.get(name, "") for name in ("building", "floor", "x", "y")}
        words |= {name: f"{words[name]:g}" for name in ("x", "y") if words[name] != ""}
        words["neighbours"] = " ".join(row.neighbours)
    return words


def row_of(kind: str, key: str, form: DatedForm) -> Register:
    """Row that a form describes; what cannot be read of it is said at its field."""
    said: dict[str, Any] = {
        name: form[name].data if isinstance(form[name], BooleanField) else form.text(name).strip()
        for name in own_fields(form)
    }
    if kind == "contact":
        agency, role, place = key.split("/")
        return Contact(agency, role, int(place), said["person"])
    if isinstance(form, DeskForm):
        return _desk(key, form, said)
    row: Register = SIMPLE[kind](key, **said)
    return row


def _desk(key: str, form: DeskForm, said: Mapping[str, Any]) -> Desk:
    seat, beside = form.seat(), form.beside()
    return Desk(key, said["section"], said["person"], said["name"], seat, said["number"], beside)
