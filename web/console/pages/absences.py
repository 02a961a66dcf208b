"""Absences: forwards, persons and sections away, who answers; of the day, so without notice (P5.1.2)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import Response, request, url_for
from sqlalchemy.orm import Session
from wtforms import HiddenField
from wtforms.validators import InputRequired

from hotline.directory import service
from hotline.directory.circles import Circular
from hotline.directory.owners import agency_of
from hotline.directory.rows import KINDS
from hotline.directory.rules import Booking
from hotline.directory.service import CoversItself, FollowsItself, Unknown
from hotline.errors import HotlineError
from hotline.ledger.history import EmptyPeriod, empty
from hotline.ledger.periods import Period
from hotline.ledger.versions import ChangedMeanwhile, expect
from hotline.sheets.columns import UnfitRow
from web.console import directory_presenters, name_choices
from web.console.answers import redirect_to, render_form
from web.console.as_of import instant, staying, then
from web.console.change_warnings import version_of, watched
from web.console.date_fields import MomentField, moment_of
from web.console.forms import Form, button, number_of, text_line
from web.console.gate import allow, house, now, stamp, write_session
from web.console.language import _, _l, in_words
from web.console.name_choices import named
from web.console.record_links import ABOUT, name_of
from web.console.seek_form import SeekForm

pages = staying("leaves")


class LeaveForm(Form):
    """From when until when, and why."""

    since = MomentField(_l("從何時起"), description=_l("空白就是現在。"))
    until = MomentField(_l("到何時止"), description=_l("空白就是一直有效，直到有人結束它。"))
    BLAMED = {FollowsItself: "target", CoversItself: "cover", EmptyPeriod: "until"}
    reason = text_line(_l("備註"), hint=_l("會留在異動紀錄裡。"))
    expected = HiddenField()
    submit = button(_l("儲存"))

    @property
    def version(self) -> int:
        """The version that was shown."""
        return number_of(self.text("expected"))

    @property
    def period(self) -> Period:
        """From when until when."""
        return Period(self["since"].data or now(), self["until"].data)

    def answers(self, name: str) -> str:
        """Extension that answers: the one of another agency, else the one of the list."""
        return self.text("extension") if self.text("elsewhere").strip() else self.text(name).strip()

    def faults(self) -> Iterable[HotlineError]:
        """An end before the beginning."""
        return empty(self.period)

    def field_of(self, error: HotlineError) -> str:
        """Name of the field that an error is about."""
        match error:
            case UnfitRow(column=column) if column in self:
                return str(column)
            case Unknown(kind="desk") | Circular() | FollowsItself() | CoversItself() if "elsewhere" in self:
                name = "target" if "target" in self else "cover"
                return "elsewhere" if self.text("elsewhere").strip() else name
        return super().field_of(error)


class ElsewhereForm(SeekForm, LeaveForm):
    """A leave for which somebody else answers, who may be of another agency."""

    SEEKS = "elsewhere"
    elsewhere = text_line(_l("或別的機關的人、科室或分機"), hint=_l("由別的機關接聽時才填。"))

    def is_fit(self) -> bool:
        """Check every field, and find who answers."""
        is_fit = super().is_fit()
        if self.is_submitted() and self.text("elsewhere").strip():
            self.seek()
        return is_fit and not self.errors


class ForwardForm(ElsewhereForm):
    """An extension follows another."""

    target = named(_l("由哪支分機接聽"), hint=_l("這段時間打來，先響那支分機。"))

    def is_fit(self) -> bool:
        """Check every field, and that there is an extension."""
        is_fit = super().is_fit()
        if self.is_submitted() and not self.text("elsewhere").strip() and not self.answers("target"):
            self.blame("target", _("請選擇分機"))
            return False
        return is_fit


class AbsenceForm(LeaveForm):
    """A person is away."""

    cause = text_line(
        _l("原因"), InputRequired(_l("請輸入原因")), hint=_l("例如公出、會議、休假；請勿寫病名等隱私。")
    )


class BookingForm(ElsewhereForm, AbsenceForm):
    """A whole section is away."""

    cover = named(_l("由哪支分機代接"), hint=_l("別的科室的分機；不選就沒有人接。"))


class LeaveEndForm(LeaveForm):
    """End of a forward or an absence."""

    submit = button(_l("結束"))


@dataclass(frozen=True)
class Leave:
    """One of the three: its kind, form, titles, and what it writes."""

    kind: str
    form: type[LeaveForm]
    heading: object
    ending: object
    set: Callable[[Session, str, LeaveForm, Period], object]

    def allow(self, key: str) -> None:
        """Check that who is signed in may change it. Raises Unknown, NotPermitted."""
        known, of = then(), ABOUT[self.kind]
        if key not in getattr(known, KINDS[of].place):
            raise Unknown(of, key)
        allow(KINDS[self.kind].action, agency_of(known, self.kind, key))


def _set_forward(session: Session, key: str, form: LeaveForm, period: Period) -> object:
    target, reason = form.answers("target"), form.text("reason").strip()
    return service.set_forward(session, key, target, period, **stamp(), reason=reason)


def _set_absence(session: Session, key: str, form: LeaveForm, period: Period) -> object:
    cause, reason = form.text("cause").strip(), form.text("reason").strip()
    return service.set_absence(session, key, cause, period, **stamp(), reason=reason)


def _set_booking(session: Session, key: str, form: LeaveForm, period: Period) -> object:
    away = Booking(key, form.text("cause").strip(), form.answers("cover"))
    return service.set_booking(session, away, period, **stamp(), reason=form.text("reason").strip())


LEAVES: Final = (
    Leave("forward", ForwardForm, _l("設定分機跟隨"), _l("結束分機跟隨"), _set_forward),
    Leave("absence", AbsenceForm, _l("登記本人不在"), _l("結束本人不在"), _set_absence),
    Leave("booking", BookingForm, _l("登記全科不在"), _l("結束全科不在"), _set_booking),
)


def _declare(leave: Leave) -> None:
    """Declare the page on which it begins or is changed, and the one on which it ends."""
    action = KINDS[leave.kind].action

    @pages.both(f"/directory/{leave.kind}/<key>", action, endpoint=leave.kind)
    def begin(key: str) -> Response:
        leave.allow(key)
        return _begin(leave, key)

    @pages.both(f"/directory/{leave.kind}/<key>/end", action, endpoint=f"end_{leave.kind}")
    def end(key: str) -> Response:
        leave.allow(key)
        return _end(leave, key)


for each in LEAVES:
    _declare(each)


def _begin(leave: Leave, key: str) -> Response:
    form = leave.form(data={"expected": version_of(leave.kind, key), **_proposed(leave, key)})

    def deed(session: Session, start: datetime) -> object:
        return leave.set(session, key, form, Period(start, form.until.data))

    if form.is_fit() and _saved(leave, key, form, deed, _("已儲存。")):
        return redirect_to(_back(leave, key))
    return _shown(leave, key, form, leave.heading)


def _end(leave: Leave, key: str) -> Response:
    given = moment_of(request.args.get("since", ""))
    form = LeaveEndForm(data={"expected": version_of(leave.kind, key), "since": given})

    def deed(session: Session, start: datetime) -> None:
        service.withdraw(session, leave.kind, key, start, **stamp(), reason=form.text("reason").strip())

    if form.is_fit() and _saved(leave, key, form, deed, _("已結束。")):
        return redirect_to(_back(leave, key))
    return _shown(leave, key, form, leave.ending)


Deed = Callable[[Session, datetime], object]


def _saved(leave: Leave, key: str, form: LeaveForm, deed: Deed, done: str) -> bool:
    """Write what a form says, unless somebody changed it meanwhile; False when it is not written."""
    start = form.since.data or now()
    try:
        with watched(start, done), write_session() as session:
            expect(session, leave.kind, key, form.version, start)
            deed(session, start)
    except ChangedMeanwhile as error:
        form.expected.data = str(error.change.number)
        form.blame("", in_words(error))
    except HotlineError as error:
        form.blame_for(error)
    else:
        return True
    return False


def _proposed(leave: Leave, key: str) -> dict[str, object]:
    """Values that the form shows first: those that hold now, to be changed."""
    means = getattr(then(), KINDS[leave.kind].place).get(key)
    match means:
        case None:
            return {}
        case Booking(_, cause, cover):
            return {"cause": cause, "cover": cover}
        case _:
            return {"target" if leave.kind == "forward" else "cause": means}


def _shown(leave: Leave, key: str, form: LeaveForm, heading: object) -> Response:
    known, agency = then(), agency_of(then(), leave.kind, key)
    if "target" in form:
        name_choices.offer(form["target"], name_choices.desks(known, agency, [key]))
    if "cover" in form:
        own = [one.extension for one in known.desks.values() if one.section == key]
        name_choices.offer(form["cover"], name_choices.desks(known, agency, own), nothing=_("沒有人接"))
    return render_form(
        "directory/leave.html",
        form,
        leave=leave,
        key=key,
        heading=heading,
        known=known,
        thing=name_of(known, leave.kind, key),
        back=_back(leave, key),
        agency=agency,
        marks=directory_presenters,
        rows=directory_presenters.stretches(
            house().atlas.city(instant()), KINDS[leave.kind].place, key, known
        ),
    )


def _back(leave: Leave, key: str) -> str:
    match leave.kind:
        case "forward":
            return url_for("desk.one", extension=key)
        case "booking":
            return url_for("directory.section", code=key)
    phones = directory_presenters.extensions_of(then(), key)
    return url_for("desk.one", extension=phones[0]) if phones else url_for("directory.person", code=key)
