"""Forms of the register: agencies, sections, persons, desks, business and offices,
each from a date of effect on.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, time
from typing import Any, Final

from govuk_frontend_wtf.wtforms_widgets import GovCheckboxInput, GovSubmitInput, GovTextArea, GovTextInput
from wtforms import BooleanField, HiddenField, StringField, SubmitField, TextAreaField
from wtforms.validators import InputRequired

from hotline.clock import TAIPEI
from hotline.directory.register import Register
from hotline.directory.rules import Agency, Business, Contact, Desk, Person, Seat, Section
from hotline.sheets import cells
from web.console.date_fields import DayField, HourField
from web.console.forms import Form
from web.console.language import _, _l


class DatedForm(Form):
    """From when on something holds, and why; ``expected`` is the version that was shown (versions)."""

    day = DayField(_l("生效日"))
    hour = HourField(_l("生效時刻"), description=_l("空白就是當天 00:00。"))
    at_once = BooleanField(_l("立即生效，不等到生效日"), widget=GovCheckboxInput())
    reason = StringField(
        _l("異動原因"),
        [InputRequired(_l("請寫下異動原因，日後查得到"))],
        widget=GovTextInput(),
        description=_l("例如：職務調整、座位搬遷、更正錯字。"),
    )
    expected = HiddenField()
    submit = SubmitField(_l("儲存"), widget=GovSubmitInput())

    def since(self, now: datetime) -> datetime | None:
        """When it begins; None when no day was given, which is told at its field."""
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
        given = self.text("expected")
        return int(given) if given.isascii() and given.isdecimal() and len(given) < 12 else 0


class AgencyForm(DatedForm):
    """An agency (P2-a)."""

    key = StringField(_l("代碼"), widget=GovTextInput(), description=_l("小寫英文、數字和連字號，例如 epb。"))
    name = StringField(_l("名稱"), [InputRequired(_l("請輸入名稱"))], widget=GovTextInput())
    off_site = BooleanField(_l("府外機關，有自己的總機"), widget=GovCheckboxInput())
    number = StringField(_l("總機"), widget=GovTextInput(), description=_l("例如 (02)2960-3456。"))
    alternative = StringField(_l("總機故障時改撥"), widget=GovTextInput())
    emergency = StringField(_l("下班後緊急聯絡"), widget=GovTextInput())
    parent = StringField(_l("上級機關的代碼"), widget=GovTextInput())
    closed = BooleanField(_l("已裁撤，不再接聽"), widget=GovCheckboxInput())
    successor = StringField(
        _l("承接機關的代碼"), widget=GovTextInput(), description=_l("裁撤時必填；未結的案件由它承接。")
    )


class SectionForm(DatedForm):
    """A section (科/組/室)."""

    key = StringField(
        _l("代碼"), widget=GovTextInput(), description=_l("小寫英文、數字和連字號，例如 epb-air。")
    )
    agency = StringField(_l("所屬機關的代碼"), [InputRequired(_l("請輸入機關代碼"))], widget=GovTextInput())
    name = StringField(_l("名稱"), [InputRequired(_l("請輸入名稱"))], widget=GovTextInput())
    email = StringField(_l("電子郵件"), widget=GovTextInput())
    closed = BooleanField(_l("停用，這裡沒有人接聽"), widget=GovCheckboxInput())


class PersonForm(DatedForm):
    """A member of a section."""

    key = StringField(
        _l("代碼"), widget=GovTextInput(), description=_l("小寫英文、數字和連字號，例如 p-5112。")
    )
    section = StringField(_l("科室的代碼"), [InputRequired(_l("請輸入科室代碼"))], widget=GovTextInput())
    name = StringField(_l("姓名"), [InputRequired(_l("請輸入姓名"))], widget=GovTextInput())
    title = StringField(_l("職稱"), widget=GovTextInput())
    duties = TextAreaField(
        _l("業務職掌"), widget=GovTextArea(), description=_l("民眾會怎麼說就怎麼寫，用頓號分開。")
    )
    email = StringField(_l("電子郵件"), widget=GovTextInput())


class DeskForm(DatedForm):
    """An extension and where it stands."""

    key = StringField(_l("分機號碼"), widget=GovTextInput(), description=_l("2 到 6 位數字。"))
    section = StringField(_l("科室的代碼"), [InputRequired(_l("請輸入科室代碼"))], widget=GovTextInput())
    person = StringField(_l("使用人的代碼"), widget=GovTextInput(), description=_l("空白就是公用或無人。"))
    name = StringField(
        _l("顯示名稱"),
        widget=GovTextInput(),
        description=_l("空白就用使用人的姓名；服務台等公用分機才需要填。"),
    )
    building = StringField(_l("大樓"), widget=GovTextInput(), description=_l("空白就是市府大樓。"))
    floor = StringField(_l("樓層"), widget=GovTextInput(), description=_l("例如 8F。"))
    x = StringField(_l("橫向（公尺）"), widget=GovTextInput())
    y = StringField(_l("縱向（公尺）"), widget=GovTextInput())
    neighbours = StringField(
        _l("指定的鄰座順序"),
        widget=GovTextInput(),
        description=_l("例如 5113 5114；空白就照座位遠近。"),
    )
    number = StringField(
        _l("外線號碼"),
        widget=GovTextInput(),
        description=_l("不在市府交換機上的分機才填；接通後會按分機號碼。"),
    )

    def seat(self) -> Seat | None:
        """Where it stands; None when nobody knows. What is half told is told at its field.
        Raises ValueError.
        """
        floor, x, y = (self.text(name).strip() for name in ("floor", "x", "y"))
        if not (floor or x or y):
            return None
        across, along = cells.metres(x), cells.metres(y)
        if not floor or across is None or along is None:
            raise ValueError
        return Seat(floor, across, along, self.text("building").strip())


class BusinessForm(DatedForm):
    """A business in charge (業務職掌, P4.1.1)."""

    key = StringField(
        _l("代碼"), widget=GovTextInput(), description=_l("小寫英文、數字和連字號，例如 b-noise。")
    )
    section = StringField(_l("科室的代碼"), [InputRequired(_l("請輸入科室代碼"))], widget=GovTextInput())
    person = StringField(_l("承辦人的代碼"), widget=GovTextInput(), description=_l("空白就是整個科室。"))
    name = StringField(_l("業務名稱"), [InputRequired(_l("請輸入名稱"))], widget=GovTextInput())
    keywords = TextAreaField(
        _l("民眾的其他說法"), widget=GovTextArea(), description=_l("用頓號分開；查詢時都找得到。")
    )


class ContactForm(DatedForm):
    """Who holds an office of an agency (spec §1)."""

    person = StringField(_l("人員的代碼"), [InputRequired(_l("請輸入人員代碼"))], widget=GovTextInput())


FORMS: Final[Mapping[str, type[DatedForm]]] = {
    "agency": AgencyForm,
    "section": SectionForm,
    "person": PersonForm,
    "desk": DeskForm,
    "business": BusinessForm,
    "contact": ContactForm,
}
COMMON: Final = frozenset(("key", "day", "hour", "at_once", "reason", "expected", "submit", "csrf_token"))


class NotASeat(ValueError):
    """A place on a floor that is half told, or no place."""


def own_fields(form: DatedForm) -> list[str]:
    """The names of what a form says of its thing, in the order of the form."""
    return [field.name for field in form if field.name not in COMMON]


def words_of(row: Register) -> dict[str, Any]:
    """What the form of a row shows."""
    words = asdict(row)
    if isinstance(row, Desk):
        seat = words.pop("seat") or {}
        words |= {name: seat.get(name, "") for name in ("building", "floor", "x", "y")}
        words |= {name: f"{words[name]:g}" for name in ("x", "y") if words[name] != ""}
        words["neighbours"] = " ".join(row.neighbours)
    return words


def row_of(kind: str, key: str, form: DatedForm) -> Register:
    """What a form says. Raises NotASeat."""
    said: dict[str, Any] = {
        name: form[name].data if isinstance(form[name], BooleanField) else form.text(name).strip()
        for name in own_fields(form)
    }
    match kind:
        case "agency":
            return Agency(key, **said)
        case "section":
            return Section(key, **said)
        case "person":
            return Person(key, **said)
        case "business":
            return Business(key, **said)
        case "contact":
            agency, role, place = key.split("/")
            return Contact(agency, role, int(place), said["person"])
        case _:
            return _desk(key, form, said)


def _desk(key: str, form: DatedForm, said: Mapping[str, Any]) -> Desk:
    if not isinstance(form, DeskForm):
        raise TypeError(type(form))
    try:
        seat = form.seat()
    except ValueError:
        raise NotASeat from None
    neighbours = tuple(cells.extensions(said["neighbours"]).split()) if said["neighbours"] else ()
    return Desk(key, said["section"], said["person"], said["name"], seat, said["number"], neighbours)
