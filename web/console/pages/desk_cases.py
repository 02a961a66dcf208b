"""Cases at the agents' desk: a draft as it is typed, what is proposed, what must be decided, and filing.

A draft is a row that is saved as it stands, so it outlives page and server. What may be filed the use
case decides (``hotline.cases.filing``), for the desk and for programs alike.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from flask import Response, jsonify, request, url_for
from sqlalchemy.orm import Session

from calls.caller_history import petitioner
from calls.dispositions import call_row, was_answered_by
from hotline.cases import find, incoming
from hotline.cases.drafts import DraftFields
from hotline.cases.examining import proposed_reply_way, verification
from hotline.cases.filing import FiledOutside
from hotline.cases.giving_up import give_up
from hotline.cases.moving import CaseChanged
from hotline.cases.repeat import ask_officer
from hotline.cases.store import Case
from hotline.errors import HotlineError
from hotline.ledger import looks
from hotline.ledger.looks import IN_HAND
from hotline.outbound_calls import caller_verification, service
from hotline.outbound_calls.gate import Touches
from hotline.outbound_calls.service import LONGEST_MATTER
from hotline.permissions import Action
from hotline.phones import in_taiwan
from hotline.video import relay
from hotline.video.store import VideoSession
from web.console import case_forms
from web.console.case_words import SHORT, case_number, filed_words
from web.console.date_fields import moment_of
from web.console.forms import number_of, text_of
from web.console.gate import Pages, house, me, now, read_session, stamp, write_session
from web.console.language import _, in_words, moment
from web.console.notify_form import WhomForm
from web.console.pages.agent_desk import done, own, refused, refused_form
from web.serving import is_dialled

pages = Pages("desk_cases")
MOST_DRAFTS: Final = 8
"""Drafts of an agent that are listed, the latest of them."""


@pages.read("/desk/case", Action.CASE_FILE)
def form() -> Response:
    """The draft of a call, the one that is named, or the latest; with what an empty form holds."""
    call_id = request.args.get("call")
    with read_session() as session:
        mine = find.drafts_of(session, me().login)
        sent = incoming.waiting(session)
        row = _chosen(mine, sent, call_id, number_of(request.args.get("id", "")))
        told = {
            "draft": _told(session, row) if row else None,
            "drafts": [_line(one) for one in (*mine[:MOST_DRAFTS], *sent) if row is None or one.id != row.id],
            **(caller := _caller(session, call_id or "")),
        }
        subjects = [*(_subjects(row) if row else ()), *((f"call:{call_id}",) if caller else ())]
        fresh = [one for one in subjects if looks.already(session, me().login, one) is None]
    if fresh:
        with write_session() as session:
            _look(session, fresh)
    return jsonify(told)


def _chosen(mine: list[Case], sent: list[Case], call_id: str | None, number: int) -> Case | None:
    if number:
        return next((one for one in (*mine, *sent) if one.id == number), None)
    if call_id is None:
        return next(iter(mine), None)
    return next((one for one in mine if call_id and one.call_id == call_id), None)


def _line(row: Case) -> dict[str, Any]:
    """A draft in a list, by its time and the beginning of its matter; of a program, if nobody has it yet."""
    at, matter = moment(row.drafted_at), row.matter[:SHORT] or _("（還沒有事由）")
    is_sent = row.drafted_by == incoming.NOBODYS
    text = (
        _("外部通報 %(at)s %(matter)s", at=at, matter=matter)
        if is_sent
        else _("%(at)s %(matter)s", at=at, matter=matter)
    )
    return {"id": row.id, "text": text}


def _caller(session: Session, call_id: str) -> dict[str, str]:
    """The caller's telephone, for who answered the call; nothing of others'."""
    if served := relay.served_as(session, call_id):
        return _signing(session, served)
    if not was_answered_by(session, call_id, me().phone):
        return {}
    number = call_row(session, call_id).caller
    if not is_dialled(number):
        return {}
    return {"phone": in_taiwan(number), "reply_way": proposed_reply_way(number)}


def _signing(session: Session, served: VideoSession) -> dict[str, str]:
    """Name and contact of who signs under an account of their own, for their interpreter."""
    account = relay.account_of(session, served)
    if served.interpreter != me().login or served.counter is not None:
        return {}
    number = in_taiwan(account.contact) if is_dialled(account.contact) else ""
    email = "" if number else account.contact
    way = proposed_reply_way(account.contact if number else "", email)
    return {"name": account.name, "phone": number, "email": email, "reply_way": way}


def _subjects(row: Case) -> tuple[str, ...]:
    """A draft that tells whom it is from, as looks name it."""
    return (f"case-draft:{row.id}",) if row.name or row.phone or row.email or row.letter_to else ()


def _look(session: Session, subjects: Iterable[str]) -> None:
    """Put on record, once a subject, that who writes or talks sees whom a draft is from."""
    for subject in subjects:
        if looks.already(session, me().login, subject) is None:
            looks.look_once(session, now(), me().login, subject, IN_HAND, "petitioner")


def _told(session: Session, row: Case) -> dict[str, Any]:
    agreed = request.form.get("as_petition") == "yes"
    examined = house().case_filing.examine(session, row, now(), as_petition=agreed)
    return case_forms.told(session, row, examined)


@pages.change("/desk/case", Action.CASE_FILE)
def save() -> Response:
    """Save a draft as it is typed; begin it with its first words."""
    number, call_id = number_of(text_of("case")), text_of("call")
    try:
        if not number and call_id:
            own(call_id)
        with write_session() as session:
            fields = case_forms.fields_of_form(session)
            if number:
                fields = _with_point(fields, _mine(session, number))
                version = number_of(text_of("version")) or None
                row = house().case_filing.save(session, number, fields, **stamp(), version=version)
            else:
                row = house().case_filing.draft(session, fields, **stamp(), call_id=call_id)
            _needs_check(session, row)
            _look(session, _subjects(row))
            return jsonify(_told(session, row))
    except CaseChanged as error:
        return refused(error, 409)
    except HotlineError as error:
        return refused(error, field_of=case_forms.field_of)


def _with_point(fields: DraftFields, row: Case) -> DraftFields:
    """What was typed, with the point that a draft has for the same words: the form shows none."""
    if fields.place != row.place:
        return fields
    return replace(fields, latitude=row.latitude, longitude=row.longitude)


def _needs_check(session: Session, row: Case) -> None:
    """Open the check of the caller once the matter touches somebody (P8.2), at the call's own number."""
    if not (row.touches and row.call_id):
        return
    found = verification(session, row)
    if found is None or not found.touches:
        said = Touches(row.touches), row.matter[:LONGEST_MATTER]
        if relay.session_of(row.call_id) is not None:
            row.verification_id = relay.affirmed(session, row.call_id, *said, **stamp())
            return
        who = petitioner(session, row.call_id)
        opened = caller_verification.open_gate(
            session, who, Touches(row.touches), row.matter[:LONGEST_MATTER], **stamp()
        )
        row.verification_id = opened.id


def _mine(session: Session, number: int) -> Case:
    """A draft of one's own, locked. Raises NoSuchDraft."""
    return incoming.own(session, number, **stamp())


@pages.change("/desk/case/<int:number>/file", Action.CASE_FILE)
def file(number: int) -> Response:
    """File a draft as the agent decided; its number is on the screen at once."""
    choice, _colon, chosen = text_of("choice").partition(":")
    try:
        with write_session() as session:
            _mine(session, number)
            if choice == "same":
                return jsonify(_same(session, number, chosen))
            row = house().case_filing.file(
                session,
                number,
                **stamp(),
                version=number_of(text_of("version")) or None,
                attach_to=chosen if choice == "attach" else "",
                is_another=choice == "another",
                as_petition=text_of("as_petition") == "yes",
                phoned_at=_phoned_at(),
            )
            return jsonify(_outcome(row))
    except HotlineError as error:
        return refused(error, field_of=case_forms.field_of)


def _phoned_at() -> datetime | None:
    """The time at which the agency was phoned while the system was down (P5.4.3). Raises FiledOutside."""
    typed = text_of("phoned_at").strip()
    at = moment_of(typed)
    if typed and at is None:
        raise FiledOutside(now())
    return at


def _same(session: Session, number: int, same_as: str) -> dict[str, str]:
    """Give a draft up whose matter is an open case of this caller, and have its officer explain (P7.2)."""
    draft = _mine(session, number)
    phone, note = draft.phone, draft.matter
    asked = ask_officer(session, house().callbacks, same_as, **stamp(), phone=phone, note=note)
    give_up(session, number, same_as, **stamp())
    return {
        "said": _("沒有另立案。"),
        "head": _("沒有另立案，原案號"),
        "number": case_number(same_as),
        "says": in_words(asked.said),
        "address": url_for("case_search.one", number=same_as),
    }


def _outcome(row: Case) -> dict[str, str]:
    """What the screen shows of a draft that is one no more."""
    if row.number is None:
        said = _("這件沒有立案；只留下拒絕的紀錄。")
        return {"said": said, "head": _("沒有立案"), "number": "", "says": said, "address": ""}
    number = case_number(row.number)
    return {
        "said": _("已立案，案號 %(number)s。", number=number),
        "head": _("已立案，案號"),
        "number": number,
        "says": filed_words(row),
        "address": url_for("case_search.one", number=row.number),
    }


@pages.change("/desk/case/<int:number>/give-up", Action.CASE_FILE)
def drop(number: int) -> Response:
    """Give a draft up that is no case: what was typed of a citizen goes."""

    def given_up() -> None:
        with write_session() as session:
            _mine(session, number)
            give_up(session, number, _("不立案"), **stamp())

    return done(given_up, _("草稿已刪除。"))


@pages.change("/desk/case/<int:number>/notify", Action.CALL_NOTIFY)
def notify(number: int) -> Response:
    """Phone the agency for a draft, before it is filed (P5.3-a); one's own phone rings first."""
    form = WhomForm()
    if not form.is_fit():
        return refused_form(form)
    try:
        with write_session() as session:
            row = _mine(session, number)
            matter, call_id = row.matter[:LONGEST_MATTER], row.call_id
        placed = house().placing.notify(form.text("extension"), matter, **stamp(), call_id=call_id)
        with write_session() as session:
            house().case_filing.notify(session, number, placed, **stamp())
    except HotlineError as error:
        return refused(error)
    return jsonify(said=_("您的電話已接起，正在撥給機關。"))


@pages.change("/desk/case/<int:number>/taken", Action.CALL_NOTIFY)
def taken(number: int) -> Response:
    """Note who took the report of a draft; the time is that of the answer (P5.3-a)."""

    def noted() -> None:
        with write_session() as session:
            row = _mine(session, number)
            service.taken(session, row.placed_call_id or 0, text_of("person"), **stamp())

    return done(noted, _("已記下受理通報人員和時間。"))
