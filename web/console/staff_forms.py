"""The forms of people and roles."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from govuk_frontend_wtf.wtforms_widgets import GovCheckboxesInput, GovTextArea, GovTextInput
from wtforms import HiddenField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, Length, Optional, Regexp

from hotline.accounts.keys import EndedBefore, KeyScope
from hotline.clock import midnight
from hotline.directory.rules import Directory
from hotline.errors import HotlineError
from hotline.ledger.versions import AlreadyThere
from hotline.permissions import Role
from hotline.sheets.rows import EMAIL, LOGIN
from hotline.staff.rules import Staff
from hotline.staff.service import LastAdministrator, MoreThanOwn, OtherPerson
from web.console.date_fields import DayField
from web.console.forms import Form, button, choice, radios, reason_form, text_line, tick_box
from web.console.gate import now
from web.console.language import _, _l, name, names


def _since() -> DayField:
    return DayField(_l("生效日期"), [Optional()])


def _reason(widget: GovTextInput | GovTextArea) -> StringField:
    return StringField(_l("原因"), [DataRequired(_l("請寫下原因")), Length(max=500)], widget=widget)


class EffectiveForm(Form):
    """A change that takes effect at the beginning of the day given, else now."""

    @property
    def start(self) -> datetime:
        """From when on it holds."""
        day = self["since"].data
        return midnight(day) if day else now()


LOGIN_FIELD = text_line(
    _l("帳號"),
    DataRequired(_l("請輸入帳號")),
    Regexp(
        rf"^{LOGIN.pattern}$",
        message=_l("帳號以小寫英文字母開頭，只用小寫字母、數字與 . _ -，例如 liaison.epb"),
    ),
)
"""Made first, so that its faults come first."""


class MemberForm(EffectiveForm):
    """Facts of a member of the staff."""

    BLAMED = {OtherPerson: "name", LastAdministrator: "roles", MoreThanOwn: "roles"}
    name = text_line(_l("姓名"), DataRequired(_l("請輸入姓名")), Length(max=64))
    renamed = tick_box(_l("同一個人，更正或更改姓名"))
    roles = SelectMultipleField(_l("角色"), widget=GovCheckboxesInput())
    place = choice(_l("單位"))
    phone = text_line(_l("分機或話機"), Length(max=32))
    email = text_line(
        _l("電子郵件"),
        Optional(),
        Regexp(rf"^{EMAIL.pattern}$", message=_l("電子郵件的格式例如 name@city.example")),
    )
    since, reason = _since(), _reason(GovTextArea())
    version = HiddenField()
    submit = button(_l("儲存"))

    def offers(self, then: Directory, kept: str = "") -> None:
        """Roles and places there are; a place that is no more is kept where it stands."""
        self.roles.choices = [(str(role), name(role)) for role in Role]
        places = dict(_places(then))
        self.place.choices = list(({kept: kept.replace("/", " · ")} | places if kept else places).items())

    def member(self, login: str) -> Staff:
        """Member that the form describes."""
        agency, _slash, section = self.text("place").partition("/")
        roles = frozenset(Role(word) for word in self.roles.data or ())
        return Staff(
            login,
            self.text("name").strip(),
            roles,
            agency,
            section,
            self.text("phone").strip(),
            self.text("email").strip(),
        )

    def is_fit(self) -> bool:
        """Check every field, and that there is at least one role."""
        fit = super().is_fit()
        if self.is_submitted() and not self.roles.data:
            self.blame("roles", _("請至少選一個角色"))
            return False
        return fit


class NewMemberForm(MemberForm):
    """A login that nobody has."""

    BLAMED = {**MemberForm.BLAMED, OtherPerson: "login", AlreadyThere: "login"}
    login = LOGIN_FIELD


class MemberEndForm(EffectiveForm):
    """The end of a login."""

    since, reason = _since(), _reason(GovTextArea())
    version = HiddenField()
    submit = button(_l("結束帳號"))


class KeyForm(Form):
    """A key for a program that acts for a login."""

    BLAMED = {EndedBefore: "ends_on"}
    purpose = text_line(_l("哪個程式使用"), DataRequired(_l("請寫下哪個程式使用")), Length(max=120))
    scope = radios(_l("可以做什麼"), lambda: names(KeyScope), KeyScope.ALL)
    ends_on = DayField(_l("有效到"), [Optional()])
    submit = button(_l("發出金鑰"))

    def faults(self) -> Iterable[HotlineError]:
        """An end that has passed."""
        return [EndedBefore(self.ends_at)] if self.ends_at and self.ends_at <= now() else []

    @property
    def ends_at(self) -> datetime | None:
        """The end of the last day; none, when it ends with the login."""
        day = self["ends_on"].data
        return midnight(day + timedelta(days=1)) if day else None


SignOutForm: Final = reason_form(_reason(GovTextInput()), button(_l("登出所有瀏覽器")))
RefuseForm: Final = reason_form(_reason(GovTextArea()), button(_l("退回")))
RemoveSecondForm: Final = reason_form(_reason(GovTextArea()), button(_l("移除驗證器")))


def _places(then: Directory) -> list[tuple[str, str]]:
    """The city, each agency, each section of it."""
    found = [("", _("全市"))]
    for code, agency in sorted(then.agencies.items()):
        found.append((code, agency.name))
        found += [
            (f"{code}/{section.code}", f"{agency.name} · {section.name}")
            for section in sorted(then.sections.values(), key=lambda one: one.code)
            if section.agency == code
        ]
    return found
