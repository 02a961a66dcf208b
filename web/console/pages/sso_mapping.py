"""Single sign-on as administrators keep it: which claims give which roles, and who is whom."""

from collections.abc import Callable

from flask import Response
from sqlalchemy.orm import Session
from wtforms.validators import DataRequired, InputRequired, Length

from hotline.accounts.bindings import binding
from hotline.accounts.break_glass import NoBreakGlass
from hotline.accounts.store import BindingRow
from hotline.errors import existing
from hotline.permissions import Action, Role
from hotline.sso import mapping
from hotline.sso.mapping import (
    BoundAlready,
    NoRule,
    NoStranger,
    NotBound,
    RuleThere,
    SsoBook,
    SsoChangeKind,
    UnfitRole,
)
from hotline.sso.rules import MAPPABLE, RoleRule
from hotline.sso.store import SsoChangeRow, SsoRuleRow, SsoStrangerRow
from hotline.staff.role_grants import NoProposal, ProposalState
from hotline.staff.service import UnknownStaff
from web.console.answers import lead_to, render_form
from web.console.forms import Form, ReasonForm, button, choice, text_line
from web.console.gate import Pages, house, me, now, read_session, stamp, write_session
from web.console.language import _, _l, name
from web.console.pages.single_sign_on import SsoOff
from web.console.staff_forms import RefuseForm

pages = Pages("sso_mapping")
pages.in_search(_l("單一登入"), "overview", Action.SSO_CHANGE)


class RuleForm(ReasonForm):
    """A value of a claim that gives a role."""

    BLAMED = {RuleThere: "value", UnfitRole: "role"}
    claim = text_line(_l("聲明的名稱"), DataRequired(_l("請輸入聲明的名稱")), Length(max=64))
    value = text_line(_l("聲明的值"), DataRequired(_l("請輸入聲明的值")), Length(max=255))
    role = choice(_l("給的角色"), InputRequired(_l("請選擇角色")))
    submit = button(_l("新增規則"))

    def offers(self) -> None:
        """The roles that a claim may give."""
        self.role.choices = [(str(one), name(one)) for one in MAPPABLE]


class BindForm(ReasonForm):
    """The login of somebody whom the identity provider knows."""

    BLAMED = {UnknownStaff: "login", BoundAlready: "login", NoBreakGlass: "login"}
    login = text_line(_l("本系統的帳號"), DataRequired(_l("請輸入帳號")), Length(max=64))
    submit = button(_l("對應"))


@pages.read("/single-sign-on", Action.SSO_CHANGE)
def overview() -> Response:
    """The mapping, what waits for a second administrator, who is bound and who came unbound."""
    return _overview(RuleForm(formdata=None, claim="groups"))


@pages.change("/single-sign-on/rules", Action.SSO_CHANGE)
def add_rule() -> Response:
    """Let a value of a claim give a role, or propose it."""
    form = RuleForm()
    form.offers()
    if not form.is_fit():
        return _overview(form)
    rule = RoleRule(form.text("claim"), form.text("value"), Role(form.text("role")))
    proposed: list[SsoChangeRow | None] = []
    reason = form.text("reason")
    form.writes(
        lambda session: proposed.append(_book().add_rule(session, rule, **stamp(), reason=reason)),
        RuleThere,
        UnfitRole,
    )
    if form.errors:
        return _overview(form)
    return _done(proposed[0], _("已新增；有這個值的人下次登入或查核時得到角色。"))


@pages.both("/single-sign-on/rules/<int:number>/end", Action.SSO_CHANGE)
def end_rule(number: int) -> Response:
    """End a rule. Raises NoRule."""
    with read_session() as session:
        row = existing(session.get(SsoRuleRow, number), NoRule(number))
    told = _(
        "%(claim)s = %(value)s：%(role)s。只靠這條規則得到這個角色的人，會立刻失去它。",
        claim=row.claim,
        value=row.value,
        role=name(Role(row.role)),
    )
    return _ended(
        _("結束對應規則"),
        told,
        _("規則已結束；只靠它得到的角色已收回。"),
        lambda session, reason: _book().end_rule(session, number, **stamp(), reason=reason),
    )


@pages.both("/single-sign-on/people/<int:number>", Action.SSO_CHANGE)
def bind(number: int) -> Response:
    """Say which login somebody has whom the identity provider knows. Raises NoStranger."""
    with read_session() as session:
        stranger = existing(session.get(SsoStrangerRow, number), NoStranger(number))
    form, proposed = BindForm(), list[SsoChangeRow | None]()
    if form.is_fit():
        login, reason = form.text("login").strip(), form.text("reason")
        form.writes(
            lambda session: proposed.append(_book().bind(session, number, login, **stamp(), reason=reason)),
            UnknownStaff,
            BoundAlready,
            NoBreakGlass,
        )
        if not form.errors:
            return _done(
                proposed[0], _("已對應；%(login)s 從此以市府帳號登入，原來的密碼作廢。", login=login)
            )
    return render_form("single_sign_on/bind.html", form, stranger=stranger)


@pages.both("/single-sign-on/bindings/<login>/end", Action.SSO_CHANGE)
def unbind(login: str) -> Response:
    """Let a login sign in with a password again. Raises NotBound."""
    with read_session() as session:
        row = existing(binding(session, login), NotBound(login))
    return _ended(
        _("解除對應"),
        _(
            "%(login)s（市府帳號 %(subject)s）會立刻登出，不能再以市府帳號登入，由聲明得到的角色也收回。要用密碼登入，解除後再發出設定密碼的連結。",
            login=row.login,
            subject=row.subject,
        ),
        _("已解除；要用密碼登入，請發出設定密碼的連結。"),
        lambda session, reason: _book().unbind(session, login, **stamp(), reason=reason),
    )


@pages.read("/single-sign-on/changes/<int:number>", Action.STAFF_CONFIRM)
def change(number: int) -> Response:
    """Page of what waits for a second administrator, or had their word. Raises NoProposal."""
    return _change(number, RefuseForm())


@pages.change("/single-sign-on/changes/<int:number>/confirm", Action.STAFF_CONFIRM)
def confirm(number: int) -> Response:
    """Write what another administrator proposed. Raises NoProposal, DecidedAlready."""
    form = RefuseForm(formdata=None)
    form.writes(lambda session: _book().confirm(session, number, **stamp()))
    if form.errors:
        return _change(number, form)
    return lead_to("sso_mapping.overview", _("已確認。"))


@pages.change("/single-sign-on/changes/<int:number>/refuse", Action.STAFF_CONFIRM)
def refuse(number: int) -> Response:
    """Leave it unwritten. Raises NoProposal, DecidedAlready."""
    form = RefuseForm()
    if not form.is_fit():
        return _change(number, form)
    with write_session() as session:
        _book().refuse(session, number, form.text("reason"), **stamp())
    return lead_to("sso_mapping.overview", _("已退回，什麼都沒有更改。"))


def _book() -> SsoBook:
    return existing(house().sso_book, SsoOff())


def _overview(form: RuleForm) -> Response:
    form.offers()
    book = house().sso_book
    with read_session() as session:
        rules = book.rules(session) if book else []
        waiting = book.waiting(session) if book else []
        strangers = book.strangers(session) if book else []
        bindings: list[BindingRow] = book.bindings(session) if book else []
    return render_form(
        "single_sign_on/overview.html",
        form,
        book=book,
        rules=rules,
        waiting=waiting,
        strangers=strangers,
        bindings=bindings,
        at=now(),
        change_words=change_words,
        Kind=SsoChangeKind,
    )


def change_words(row: SsoChangeRow) -> str:
    """What a proposal would change, in words."""
    says = row.says
    if row.kind == SsoChangeKind.BINDING:
        return _("帳號 %(login)s 對應到 %(subject)s", login=says["login"], subject=says["subject"])
    role = name(Role(says["role"]))
    return _("%(claim)s = %(value)s：%(role)s", claim=says["claim"], value=says["value"], role=role)


def _change(number: int, form: Form) -> Response:
    with read_session() as session:
        row = existing(session.get(SsoChangeRow, number), NoProposal(number))
    return render_form(
        "single_sign_on/change.html",
        form,
        one=row,
        change_words=change_words(row),
        State=ProposalState,
        may_confirm=mapping.may_confirm(row, me().login),
    )


def _ended(title: str, told: str, said: str, deed: Callable[[Session, str], object]) -> Response:
    form = ReasonForm()
    if form.is_fit():
        form.writes(lambda session: deed(session, form.text("reason")))
        if not form.errors:
            return lead_to("sso_mapping.overview", said)
    return render_form("single_sign_on/end.html", form, heading=title, ended=told)


def _done(proposed: SsoChangeRow | None, said: str) -> Response:
    if proposed is None:
        return lead_to("sso_mapping.overview", said)
    waits = _("已提出；另一位管理員確認後才生效。")
    return lead_to("sso_mapping.change", waits, number=proposed.id)
