"""Forms of the register: agencies, sections, persons, desks, business, offices, from a date of effect on."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, time
from typing import Any, Final

from wtforms import BooleanField, HiddenField
from wtforms.validators import InputRequired

from hotline.clock import TAIPEI
from hotline.directory.register import Register
from hotline.directory.rules import Agency, Business, Contact, Desk, Person, Seat, Section
from hotline.sheets import rows
from web.console.date_fields import DayField, HourField
from web.console.forms import Form, button, number_of, text_area, text_line, tick_box
from web.console.language import _, _l


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
    submit = button(_l("儲存"))

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


class AgencyForm(DatedForm):
    """An agency (P2-a)."""

    key = text_line(_l("代碼"), hint=_l("小寫英文、數字和連字號，例如 epb。"))
    name = text_line(_l("名稱"), InputRequired(_l("請輸入名稱")))
    off_site = tick_box(_l("府外機關，有自己的總機"))
    number = text_line(_l("總機"), hint=_l("例如 (02)2960-3456。"))
    alternative = text_line(_l("總機故障時改撥"))
    emergency = text_line(_l("下班後緊急聯絡"))
    parent = text_line(_l("上級機關的代碼"))
    closed = tick_box(_l("已裁撤，不再接聽"))
    successor = text_line(_l("承接機關的代碼"), hint=_l("裁撤時必填；未結的案件由它承接。"))


class SectionForm(DatedForm):
    """A section (科/組/室)."""

    key = text_line(_l("代碼"), hint=_l("小寫英文、數字和連字號，例如 epb-air。"))
    agency = text_line(_l("所屬機關的代碼"), InputRequired(_l("請輸入機關代碼")))
    name = text_line(_l("名稱"), InputRequired(_l("請輸入名稱")))
    email = text_line(_l("電子郵件"))
    closed = tick_box(_l("停用，這裡沒有人接聽"))


class PersonForm(DatedForm):
    """A member of a section."""

    key = text_line(_l("代碼"), hint=_l("小寫英文、數字和連字號，例如 p-5112。"))
    section = text_line(_l("科室的代碼"), InputRequired(_l("請輸入科室代碼")))
    name = text_line(_l("姓名"), InputRequired(_l("請輸入姓名")))
    title = text_line(_l("職稱"))
    duties = text_area(_l("業務職掌"), hint=_l("民眾會怎麼說就怎麼寫，用頓號分開。"))
    email = text_line(_l("電子郵件"))


class DeskForm(DatedForm):
    """An extension and where it stands."""

    key = text_line(_l("分機號碼"), hint=_l("2 到 6 位數字。"))
    section = text_line(_l("科室的代碼"), InputRequired(_l("請輸入科室代碼")))
    person = text_line(_l("使用人的代碼"), hint=_l("空白就是公用或無人。"))
    name = text_line(_l("顯示名稱"), hint=_l("空白就用使用人的姓名；服務台等公用分機才需要填。"))
    building = text_line(_l("大樓"), hint=_l("空白就是市府大樓。"))
    floor = text_line(_l("樓層"), hint=_l("例如 8F。"))
    x = text_line(_l("橫向（公尺）"))
    y = text_line(_l("縱向（公尺）"))
    neighbours = text_line(_l("指定的鄰座順序"), hint=_l("例如 5113 5114；空白就照座位遠近。"))
    number = text_line(_l("外線號碼"), hint=_l("不在市府交換機上的分機才填；接通後會按分機號碼。"))

    def seat(self) -> Seat | None:
        """Floor-plan place; None if unknown. What is half told is said at its field. Raises ValueError."""
        floor, x, y = (self.text(name).strip() for name in ("floor", "x", "y"))
        if not (floor or x or y):
            return None
        across, along = rows.metres(x), rows.metres(y)
        if not floor or across is None or along is None:
            raise ValueError
        return Seat(floor, across, along, self.text("building").strip())


class BusinessForm(DatedForm):
    """A business in charge (業務職掌, P4.1.1)."""

    key = text_line(_l("代碼"), hint=_l("小寫英文、數字和連字號，例如 b-noise。"))
    section = text_line(_l("科室的代碼"), InputRequired(_l("請輸入科室代碼")))
    person = text_line(_l("承辦人的代碼"), hint=_l("空白就是整個科室。"))
    name = text_line(_l("業務名稱"), InputRequired(_l("請輸入名稱")))
    keywords = text_area(_l("民眾的其他說法"), hint=_l("用頓號分開；查詢時都找得到。"))


class ContactForm(DatedForm):
    """Holder of an office of an agency (spec §1)."""

    person = text_line(_l("人員的代碼"), InputRequired(_l("請輸入人員代碼")))


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
COMMON: Final = frozenset(("key", "day", "hour", "at_once", "reason", "expected", "submit", "csrf_token"))


class NotASeat(ValueError):
    """A place on a floor that is half told, or no place."""


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
    """Row that a form describes. Raises NotASeat."""
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
    try:
        seat = form.seat()
    except ValueError:
        raise NotASeat from None
    neighbours = tuple(rows.extensions(said["neighbours"]).split()) if said["neighbours"] else ()
    return Desk(key, said["section"], said["person"], said["name"], seat, said["number"], neighbours)
