"""Promises to call citizens back (spec §9.2): what is due, whose it is, and all that is done with one.

Officers of agencies have the same list as agents, of their own agency (P2-a). A citizen's number and name are
shown to whoever works on the promise, and to others after a reason; each time stays on record (P4.12).
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from flask import Response, abort, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from calls.caller_history import calls_of
from calls.store import Leg
from hotline.callbacks import find
from hotline.callbacks.find import CallbackRecord
from hotline.callbacks.outbound_lock import RUNG
from hotline.callbacks.rules import Outcome, was_on_time
from hotline.callbacks.service import callback as promise
from hotline.callbacks.store import Callback
from hotline.callbacks.work import CallbackWork
from hotline.cases.numbers import shown
from hotline.errors import HotlineError
from hotline.ledger.looks import IN_HAND, Reading, look
from hotline.permissions import ANY_OTHER, Action, Role
from hotline.staff.service import everybody
from hotline.staff.store import agents
from hotline.worktime.explain import CHINESE, ENGLISH
from recordings.playing import Track
from recordings.plays import Heard
from recordings.policy import Direction, call_of_message
from recordings.store import Recording
from web.console import agencies, name_choices
from web.console.answers import lead_to, render
from web.console.call_story_words import gone_words
from web.console.call_words import spoken_language
from web.console.callback_forms import (
    FORMS,
    AttemptForm,
    CallbackMatterForm,
    CancelCallbackForm,
    ExtensionForm,
    GivenNumberForm,
    HandOverForm,
    ToldForm,
)
from web.console.forms import Form, LookForm, StepForm
from web.console.gate import Pages, allow, house, me, now, read_session, scope, write_session
from web.console.language import _, _l, either, in_words, term
from web.console.menu import TODAY
from web.console.paging import page_of
from web.console.record_links import name_of
from web.console.sound_answers import played_piece
from web.console.talk_words import called, outcomes, rung_phone
from web.serving import is_dialled

pages = Pages("callbacks")
pages.in_menu(TODAY, _l("待回電"), "listed", Action.CALLBACK_WORK, place=4)


MINE, OURS, ALL, WITHOUT_NUMBER = "mine", "ours", "all", "without-number"


@pages.read("/callbacks", Action.CALLBACK_WORK)
def listed() -> Response:
    """List promises, most urgent first: one's own, the section's, those without number, all one may see."""
    chosen = request.args.get("whose", ALL)
    with read_session() as session:
        rows = [
            row for row in find.pending(session, agency=scope(Action.CALLBACK_WORK)) if _is_in(row, chosen)
        ]
        names = _names(session, {login for row in rows for login in (row.holder, row.owner)})
    shown = page_of([_CallbackLine(row, now(), names) for row in rows])
    return render("callbacks/listed.html", page=shown, whose=chosen)


def _names(session: Session, logins: set[str]) -> dict[str, str]:
    """Names of members of the staff; who is none any more is called by the login."""
    return {login: called(session, login, now()) for login in logins if login}


def _is_in(row: Callback, whose: str) -> bool:
    member = me()
    if whose == MINE:
        return member.login in (row.owner, row.holder)
    if whose == WITHOUT_NUMBER:
        return not (is_dialled(row.number) or row.write_to)
    return whose != OURS or (row.agency, row.section) == (member.agency, member.section)


class _CallbackLine:
    """A promise as a list shows it."""

    def __init__(self, row: Callback, at: datetime, names: Mapping[str, str]) -> None:
        then = house().city.city().at(at)
        self.row = row
        self.agency = name_of(then, "agency", row.agency) or row.agency
        self.section = name_of(then, "section", row.section) or row.section
        self.holder, self.owner = names.get(row.holder, ""), names.get(row.owner, "")
        self.is_overdue = row.is_overdue(at)
        self.standing, self.has_number = term(row.state, "callback-state"), is_dialled(row.number)
        self.left = house().worktime.elapsed(at, row.owed_at) if at < row.owed_at else None


@pages.read("/callbacks/<int:number>", Action.CALLBACK_WORK)
def one(number: int, fault: str = "") -> Response:
    """Page of one promise."""
    return _page(number, LookForm(formdata=None), fault=fault)


def _page(
    number: int,
    form: Form,
    *,
    fault: str = "",
    reading: Reading | None = None,
    tried: StepForm | None = None,
) -> Response:
    """Page of a promise; ``tried``: the form of a step that was sent with faults."""
    reading = reading or _in_hand(number)
    with read_session() as session:
        known = find.whole(session, _mine(session, number))
        others = find.who_else(session, known.row.number, me().login, now())
        earlier = calls_of(session, known.row.number)
        rung = _rung(session, known)
        at_desks = {one.phone: one.name for one in agents(session)}
        silent = _silent(session, known)
        promised = [row for row in find.of_number(session, known.row.number) if row.id != number]
        row = known.row
        did = {one.by for one in known.attempts} | {one.by for one in known.events}
        names = _names(session, did | {row.holder, row.owner})
        forms = {one.STEP: one(formdata=None) for one in FORMS} | ({tried.STEP: tried} if tried else {})
        name_choices.offer(forms[HandOverForm.STEP]["to"], _takers(session, row))
    status = 422 if fault or form.errors or tried else 200
    return render(
        "callbacks/one.html",
        status,
        row=row,
        case_number=shown(row.case_number) if row.case_number else "",
        line=_CallbackLine(row, now(), names),
        names=names,
        known=known,
        silent=silent,
        others=others,
        form=form,
        fault=fault,
        reading=reading,
        why=_why(known),
        earlier=earlier,
        at_desks=at_desks,
        promised=promised,
        outcomes=outcomes(),
        rung=rung,
        forms=forms,
        tried=tried,
        language=spoken_language(row.language),
        on_time=was_on_time(row.due_at, row.first_attempt_at, now()),
    )


def _silent(session: Session, known: CallbackRecord) -> dict[str, str]:
    """Messages that cannot be heard, by their names, with why."""
    calls = {call_of_message(one.name.removesuffix(".wav")): one.name for one in known.messages}
    chosen = select(Recording).where(Recording.call_id.in_(calls), Recording.direction == Direction.MESSAGE)
    return {calls[row.call_id]: why for row in session.scalars(chosen) if (why := _why_silent(row))}


def _why_silent(row: Recording) -> str:
    """Its sound was destroyed, or is not yet on this machine; empty where it is heard."""
    if row.destroyed_at:
        return gone_words(row)
    away = house().archive.elsewhere(row)
    return in_words(away) if away else ""


def _takers(session: Session, row: Callback) -> name_choices.Groups:
    """Those to whom it may be handed over: of its agency; for who acts for the city, other liaisons."""
    anywhere, known = me().may(Action.CALLBACK_HAND_OVER, ANY_OTHER), agencies.names()
    there = [
        one
        for one in everybody(session, now())
        if one.may(Action.CALLBACK_WORK, row.acted_for) or (anywhere and Role.LIAISON in one.roles)
    ]
    groups = dict[str, list[tuple[str, str]]]()
    for one in sorted(there, key=lambda one: (one.agency != row.agency, one.agency, one.name)):
        groups.setdefault(known.get(one.agency) or _("話務中心"), []).append((one.login, one.name))
    return groups


def _in_hand(number: int) -> Reading | None:
    """Put on record that who works on it is shown whom to call. None for others."""
    with read_session() as session:
        if _mine(session, number).holder != me().login:
            return None
    with write_session() as session:
        return _look(session, number, IN_HAND, "number")


def _look(session: Session, number: int, reason: str, what: str) -> Reading:
    return look(session, now(), me().login, f"callback:{number}", reason, what)


def _rung(session: Session, known: CallbackRecord) -> Mapping[int, list[str]]:
    """Phones of each event of calling: one's own and the citizen's, what came of each, for how long."""
    calls = {one.detail["call"]: one.id for one in known.events if one.kind == RUNG}
    chosen = select(Leg).where(Leg.call_id.in_(calls)).order_by(Leg.started_at, Leg.channel)
    found = dict[int, list[str]]()
    for leg in session.scalars(chosen):
        found.setdefault(calls[leg.call_id], []).append(rung_phone(leg))
    return found


def _why(known: CallbackRecord) -> list[str]:
    row, words = known.row, either(CHINESE, ENGLISH)
    due = house().callbacks.limits.due_of(row.origin)
    return list(house().worktime.why(row.registered_at, due, row.clause, words))


def _mine(session: Session, number: int) -> Callback:
    """One that may be seen. Raises NoSuchCallback, NotPermitted."""
    row = promise(session, number)
    allow(Action.CALLBACK_WORK, row.acted_for)
    return row


@pages.change("/callbacks/<int:number>/number", Action.CALLBACK_WORK)
def reveal(number: int) -> Response:
    """The citizen's whole number, once, for a reason that stays on record."""
    form = LookForm()
    if not form.is_fit():
        return _page(number, form)
    with write_session() as session:
        _mine(session, number)
        reading = _look(session, number, form.text("reason"), "number")
    return _page(number, LookForm(formdata=None), reading=reading)


@pages.read("/callbacks/<int:number>/message/<name>.wav", Action.CALLBACK_WORK)
def message(number: int, name: str) -> Response:
    """A piece of what the citizen said; each is on record before its first byte. Raises SoundNotKept."""
    with read_session() as session:
        row = _mine(session, number)
        if name not in {one.name.removesuffix(".wav") for one in find.whole(session, row).messages}:
            abort(404)
    about = f"callback:{number}"
    heard = Heard(me().login, about, call_of_message(name), Track.MESSAGE, IN_HAND, about=about)
    return played_piece(house().archive, heard, [])


def _does(number: int, said: str, step: Callable[..., object]) -> Response:
    """Take a step with a promise in one transaction, by who is signed in."""

    def deed() -> None:
        with write_session() as session:
            step(session, number, me().login, now())

    return _attempted(number, said, deed)


def _attempted(number: int, said: str, deed: Callable[[], object]) -> Response:
    """Do it, and back to the promise; what cannot be done is said on its page and changes nothing."""
    try:
        deed()
    except HotlineError as error:
        return one(number, in_words(error))
    return lead_to("callbacks.one", said, number=number)


def _work() -> CallbackWork:
    return CallbackWork(house().callbacks)


@pages.change("/callbacks/<int:number>/claim", Action.CALLBACK_WORK)
def claim(number: int) -> Response:
    """Claim a promise: nobody else works on it meanwhile."""
    return _does(number, _("這件由您處理；別人暫時不能動它。"), _work().claim)


@pages.change("/callbacks/<int:number>/release", Action.CALLBACK_WORK)
def release(number: int) -> Response:
    """Release a promise: others may claim it again."""
    return _does(number, _("已放回，別人可以處理了。"), _work().release)


@pages.change("/callbacks/<int:number>/call", Action.CALLBACK_WORK)
def call(number: int) -> Response:
    """One's own phone rings; answered, the citizen's. What came of it is stored from Asterisk's event log."""
    said = _("您的電話已接起，正在撥給民眾；結果會自動記在下面。")
    return _attempted(number, said, lambda: house().calling.place(number, me().login))


def _sent(number: int, said: str, form: StepForm, step: Callable[..., object], *given: object) -> Response:
    """Take the step of a form in one transaction; what it lacks is said there and changes nothing."""
    with read_session() as session:
        _mine(session, number)
    if form.is_fit():
        form.writes(lambda session: step(session, number, *given, me().login, now()))
    if form.errors:
        return _page(number, LookForm(formdata=None), tried=form)
    return lead_to("callbacks.one", said, number=number)


@pages.change("/callbacks/<int:number>/give-number", Action.CALLBACK_WORK)
def give_number(number: int) -> Response:
    """The number at which a promise without one can be kept, as the message or another trace tells it."""
    form, said = GivenNumberForm(), _("已填入回電號碼，可以打給民眾了。")
    return _sent(number, said, form, house().callbacks.give_number, form.text("citizen"))


@pages.change("/callbacks/<int:number>/matter", Action.CALLBACK_WORK)
def give_matter(number: int) -> Response:
    """The matter of a promise that was made by key, from who talked with the citizen."""
    form = CallbackMatterForm()
    return _sent(number, _("已記下事由。"), form, _work().give_matter, form.text("matter"))


@pages.change("/callbacks/<int:number>/attempt", Action.CALLBACK_WORK)
def attempt(number: int) -> Response:
    """Note a call to the citizen from another phone."""
    form = AttemptForm()

    def noted(session: Session, number: int, by: str, at: datetime) -> None:
        outcome, note = Outcome(form.text("outcome")), form.text("note").strip()
        _work().attempt(session, number, outcome, by, at, note=note)

    return _sent(number, _("已記下這通電話的結果。"), form, noted)


@pages.change("/callbacks/<int:number>/close", Action.CALLBACK_WORK)
def close(number: int) -> Response:
    """Close a promise: the citizen was told the answer."""
    form = ToldForm()
    return _sent(number, _("已結案。"), form, _work().close, form.text("result").strip())


@pages.change("/callbacks/<int:number>/extend", Action.CALLBACK_WORK)
def extend(number: int) -> Response:
    """Extend a promise once, for a reason (§9.2)."""
    form, said = ExtensionForm(), _("已展延；統計仍以原時限計算。")
    with read_session() as session:
        form.row = _mine(session, number)
    return _sent(number, said, form, _work().extend, form.until.data, form.text("reason").strip())


@pages.change("/callbacks/<int:number>/hand-over", Action.CALLBACK_HAND_OVER)
def hand_over(number: int) -> Response:
    """Hand a promise over: somebody else is its owner from now on, and is told."""
    form, said = HandOverForm(), _("已移交，並已通知對方。")
    return _sent(number, said, form, _work().hand_over, form.text("to"), form.text("reason").strip())


@pages.change("/callbacks/<int:number>/cancel", Action.CALLBACK_CANCEL)
def cancel(number: int) -> Response:
    """Cancel a promise: the citizen called and was answered, or withdraws."""
    form = CancelCallbackForm()
    return _sent(number, _("已取消。"), form, _work().cancel, form.text("reason").strip())
