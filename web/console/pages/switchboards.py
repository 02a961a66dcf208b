"""Switchboards of agencies: whether they work, and which number is rung meanwhile (P4.9)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from flask import Response
from sqlalchemy.orm import Session
from wtforms.validators import InputRequired

from hotline.directory import service
from hotline.directory.rows import load_city
from hotline.directory.rules import Agency
from hotline.directory.service import NoAlternative, NotDialable, Unknown
from hotline.directory.store import SwitchboardRow
from hotline.errors import HotlineError, existing, faults
from hotline.ledger.history import EmptyPeriod, empty, from_now_on, over
from hotline.ledger.periods import Period
from hotline.permissions import Action, Role
from web.console import browser
from web.console.answers import lead_to, render, render_form
from web.console.date_fields import MomentField
from web.console.forms import Form, button, reason_form, text_line
from web.console.gate import Everyone, Pages, allow, may, now, read_session
from web.console.language import _, _l
from web.console.menu import DIRECTORY
from web.console.paging import page_of

pages = Pages("switchboards")
pages.in_menu(
    DIRECTORY,
    _l("總機狀態"),
    "states",
    Everyone.STAFF,
    place=5,
    work=(Action.DIRECTORY_SWITCHBOARD, Action.CALL_TRANSFER, Role.DUTY_OFFICER),
)
SHOWN: Final = 200
"""So many faults that are over are told."""


class OutageForm(Form):
    """A switchboard that fails."""

    BLAMED = {NotDialable: "alternative", NoAlternative: "alternative", EmptyPeriod: "until"}
    alternative = text_line(_l("故障期間改撥的號碼"))
    since = MomentField(_l("從何時起"), description=_l("不填就是現在。"))
    until = MomentField(_l("預計何時修復"), description=_l("不知道就不填；修復後再回報。"))
    reason = text_line(_l("情形"), InputRequired(_l("請簡單說明情形")))
    submit = button(_l("回報故障"))

    @property
    def period(self) -> Period:
        """From when until when."""
        return Period(self["since"].data or now(), self["until"].data)

    def faults(self) -> Iterable[HotlineError]:
        """A number that nobody can dial, an end before the beginning."""
        other = self.text("alternative").strip()
        return [*(faults(partial(service.dialable, other)) if other else ()), *empty(self.period)]


WorksForm: Final = reason_form(text_line(_l("如何修復")), button(_l("回報已修復")))


@dataclass(frozen=True, slots=True)
class SwitchboardState:
    """An agency's switchboard now; ``faults`` are those that hold or are announced."""

    agency: Agency
    faults: Sequence[SwitchboardRow]

    @property
    def lacks(self) -> bool:
        """Off site and without any other number: a defect."""
        return self.agency.off_site and not self.agency.alternative and not self.agency.fault

    @property
    def present(self) -> SwitchboardRow | None:
        """The fault that holds now."""
        return next((row for row in self.faults if self.agency.fault and row.period.holds(now())), None)


@pages.read("/switchboards", Everyone.STAFF)
def states() -> Response:
    """List agencies with their own switchboard: failing ones first, then those without a number, the rest."""
    with read_session() as session:
        then = load_city(session, now(), kinds=("agency", "switchboard")).at(now())
        faults = from_now_on(session, SwitchboardRow, now())
        past = over(session, SwitchboardRow, now(), SHOWN)
    known = [
        SwitchboardState(agency, [row for row in faults if row.key == code])
        for code, agency in then.agencies.items()
        if not agency.closed and (agency.off_site or agency.number or agency.fault)
    ]
    known.sort(key=lambda one: (not one.agency.fault, not one.lacks, one.agency.code))
    return render(
        "switchboards/states.html",
        page=page_of(known),
        failing=sum(one.agency.fault for one in known),
        lacking=[one.agency for one in known if one.lacks],
        past=past,
        agencies=then.agencies,
    )


@pages.both("/switchboards/<code>", Everyone.STAFF, deed=Action.DIRECTORY_SWITCHBOARD)
def one(code: str) -> Response:
    """One agency's switchboard: report that it fails, or that it works again. Raises Unknown."""
    with read_session() as session:
        then = load_city(session, now(), kinds=("agency", "switchboard")).at(now())
        faults = [row for row in from_now_on(session, SwitchboardRow, now()) if row.key == code]
    shown = SwitchboardState(existing(then.agencies.get(code), Unknown("agency", code)), faults)
    form = WorksForm() if shown.faults else OutageForm()
    if form.is_submitted():
        allow(Action.DIRECTORY_SWITCHBOARD, code)
        if form.is_fit() and _report(form, code):
            return lead_to("switchboards.states", _code=303)
    return render_form(
        "switchboards/one.html", form, shown=shown, may_report=may(Action.DIRECTORY_SWITCHBOARD, code)
    )


def _report(form: Form, code: str) -> bool:
    """Write what was told; False when it is not fit."""
    by, reason = allow(Action.DIRECTORY_SWITCHBOARD, code), form.text("reason").strip()

    def told(session: Session) -> None:
        if isinstance(form, OutageForm):
            other = form.text("alternative").strip()
            service.switchboard_fails(session, code, other, form.period, at=now(), by=by, reason=reason)
            browser.say(_("已登記故障；轉接和通報改撥替代號碼。"))
        else:
            service.withdraw(session, "switchboard", code, now(), at=now(), by=by, reason=reason)
            browser.say(_("已登記修復；電話改回撥打總機。"))

    form.writes(told)
    return not form.errors
