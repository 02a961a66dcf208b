"""Retention (P4.12): how long what is kept, what goes tomorrow, what is held; and a person's own data."""

from datetime import timedelta
from functools import partial
from typing import Any, Final

from flask import Response, url_for
from markupsafe import Markup, escape
from wtforms.validators import DataRequired, InputRequired

from administration import holds
from administration.holds import HoldGround, NoSuchHold
from administration.personal_data import PersonalRecord, Withheld
from calls.store import NoSuchCall
from hotline.callbacks.wishes import NumberMissing
from hotline.cases.moving import NoSuchCase
from hotline.legal_holds import HeldRecord, standing
from hotline.log_masking import masked
from hotline.permissions import Action
from hotline.retention.kinds import RetentionKind
from hotline.retention.store import latest_runs
from web.console import record_links
from web.console.answers import lead_to, render, render_form
from web.console.forms import Form, ReasonForm, radios, text_area, text_line
from web.console.gate import Pages, house, read_session, stamp
from web.console.language import _, _l, term
from web.console.menu import CITY

pages = Pages("retention")
pages.in_menu(CITY, _l("保存期限"), "rules", Action.RETENTION_READ, place=6)
pages.in_menu(CITY, _l("當事人的資料"), "person", Action.PERSONAL_ANSWER, place=7)
RUNS: Final = 14
COLOURS: Final = {Withheld.HELD: "blue", Withheld.OPEN: "yellow", Withheld.MINIMUM: "grey"}


class HoldForm(Form):
    """Which record is held, on which ground, and why."""

    BLAMED = {NoSuchCase: "subject", NoSuchCall: "subject"}

    kind = radios(_l("保全什麼"), lambda: _names(HeldRecord, "held-record"), HeldRecord.CALL)
    subject = text_line(_l("案號或來電編號"), InputRequired(_l("請輸入案號或來電編號")))
    ground = radios(_l("依據"), lambda: _names(HoldGround, "hold-ground"), HoldGround.COMPLAINT)
    reason = text_area(_l("理由"), DataRequired(_l("請寫下理由，例如來文字號")))


class PersonalDataForm(Form):
    """Whose data, and why somebody looks at them."""

    BLAMED = {NumberMissing: "number"}

    number = text_line(_l("要查的電話號碼"), InputRequired(_l("請輸入電話號碼")))
    reason = text_line(_l("理由"), DataRequired(_l("請寫下理由，例如當事人申請書的文號")))


@pages.read("/retention", Action.RETENTION_READ)
def rules() -> Response:
    """The periods, what goes with the next run, the latest runs, and what is held."""
    with read_session() as session:
        runs, held = latest_runs(session, RUNS), standing(session)
    announced = next((run.announced for run in runs if run.ended_at), {})
    lines = [(kind, _length(period), announced.get(kind, {})) for kind, period in house().periods.items()]
    return render(
        "retention/rules.html",
        lines=lines,
        runs=[(run, _counts(run.done)) for run in runs],
        held=held,
        is_by_hand=holds.is_by_hand,
        procedure=_procedure,
        least=_length(house().settings.retention_case_minimum),
    )


@pages.both("/retention/holds/new", Action.HOLD_CHANGE)
def hold() -> Response:
    """Hold a record past its period."""
    form = HoldForm()
    if form.is_fit():
        given = HoldGround(form.text("ground")), HeldRecord(form.text("kind"))
        words = form.text("subject"), form.text("reason")
        if form.writes(lambda session: holds.place(session, *given, *words, **stamp())):
            return lead_to("retention.rules", _("已保全；期滿也不會刪除，到解除為止。"))
    return render_form("retention/hold.html", form)


@pages.both("/retention/holds/<origin>/end", Action.HOLD_CHANGE)
def release(origin: str) -> Response:
    """End a hold that was placed by hand. Raises NoSuchHold."""
    form = ReasonForm()
    if not holds.is_by_hand(origin):
        raise NoSuchHold(origin)
    deed = partial(holds.end, origin=origin, reason=form.text("reason"), **stamp())
    if form.is_fit() and form.writes(deed) is not None:
        return lead_to("retention.rules", _("已解除保全；期滿的資料會在下一次清除時刪除。"))
    return render_form("retention/release.html", form)


@pages.read("/personal-data", Action.PERSONAL_ANSWER)
def person() -> Response:
    """Ask for what is kept of a number."""
    return render_form("retention/person.html", PersonalDataForm(formdata=None))


@pages.change("/personal-data", Action.PERSONAL_ANSWER)
def tell() -> Response:
    """What is kept of a number, which stands in no address; that it was asked is on record."""
    form = PersonalDataForm()
    found = None
    if form.is_fit():
        number, reason = form.text("number"), form.text("reason")
        found = form.writes(lambda session: house().personal_data.tell(session, number, reason, **stamp()))
    return _person(form, found)


@pages.change("/personal-data/erase", Action.PERSONAL_ANSWER)
def erase() -> Response:
    """Erase what may be of a number; what is withheld, and why."""
    form = PersonalDataForm()
    left = None
    if form.is_fit():
        number, reason = form.text("number"), form.text("reason")
        left = form.writes(lambda session: house().personal_data.erase(session, number, reason, **stamp()))
    return _person(form, left, is_erased=left is not None)


def _person(form: Form, found: list[PersonalRecord] | None, *, is_erased: bool = False) -> Response:
    if found is None:
        return render_form("retention/person.html", form)
    return render(
        "retention/told.html",
        form=form,
        records=found,
        is_erased=is_erased,
        may_erase=not is_erased and any(one.withheld is None for one in found),
        number=masked(form.text("number")),
        colours=COLOURS,
        kind_name=record_links.kind_name,
        journal=_length(house().settings.journal_keep),
    )


def _procedure(origin: str) -> Markup:
    """The procedure that holds a record, and its page where it has one."""
    kind, _colon, number = origin.partition(":")
    if holds.is_by_hand(origin):
        return escape(term(kind, "hold-ground"))
    page = "referrals.one" if kind == "referral" else "retrievals.one"
    said = record_links.kind_name(kind)
    return Markup('<a class="govuk-link" href="{}">{} {}</a>').format(
        url_for(page, number=number), said, number
    )


def _names(kinds: type[HeldRecord] | type[HoldGround], group: str) -> dict[Any, str]:
    return {one: term(str(one), group) for one in kinds}


def _length(of: timedelta) -> str:
    return (
        _("%(days)d 天", days=of.days)
        if of >= timedelta(days=1)
        else _("%(hours)d 小時", hours=of.seconds // 3600)
    )


def _counts(done: dict[str, int]) -> list[tuple[RetentionKind, int]]:
    return [(RetentionKind(kind), how_many) for kind, how_many in done.items()]
