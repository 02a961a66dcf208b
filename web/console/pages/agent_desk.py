"""The agents' desk: the telephone of a page, who calls and what is known of them, and what is done in a call.

The page's telephone speaks SIP by itself; here stands what it may and what it shows. Whether an agent is on
duty or on a break is kept by the server, so a page that is loaded anew goes on where it was.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from flask import Response, jsonify, make_response, request, url_for
from sqlalchemy.orm import Session

from calls.caller_history import calls_of, talked, wish_at_desk
from calls.dispositions import call_row, tag, untagged, was_answered_by
from calls.store import CallRow, NoSuchCall
from control.ami import ManagerGone
from control.blind_transfer import Transfers, hang_up
from control.call_ownership import refuse_others
from control.desk_presence import desk_states
from control.presence import bring_members
from control.text_line import LONGEST
from hotline.callbacks import find
from hotline.callbacks.ownership import place_of
from hotline.callbacks.store import Callback
from hotline.callbacks.wishes import GivenRefused, NumberMissing, NumberNotDialled, given_number
from hotline.callbacks.work import LONGEST_MATTER
from hotline.cases.find import open_of_phone
from hotline.clock import TAIPEI
from hotline.directory.service import Unknown
from hotline.errors import HotlineError, faults, refuse
from hotline.ledger import looks
from hotline.ledger.looks import IN_HAND, Reading
from hotline.numbers import ANONYMOUS, EXTENSION, national
from hotline.permissions import Action
from hotline.staff import browsers
from hotline.staff.service import set_break
from hotline.staff.store import agents
from hotline.texts import fit
from transfer.explain import CHINESE, ENGLISH
from transfer.ladder import ladder
from transfer.reasons import TransferReason
from web.console.answers import lead_to, render
from web.console.call_words import (
    device_words,
    emergency_numbers,
    pressed,
    seek_words,
    spoken_language,
    work_words,
)
from web.console.case_forms import offered
from web.console.case_words import case_choices, case_desk_words, case_lines, case_number, standing_words
from web.console.closing import choices, chosen, open_calls, service_words
from web.console.desk_chords import chord_words
from web.console.forms import Form, text_of
from web.console.gate import Pages, allow, factory, house, me, now, read_session, stamp, write_session
from web.console.language import _, _l, either, in_words, moment, name, names
from web.console.menu import TODAY
from web.console.notify_form import NotifyForm
from web.console.talk_words import busy, recording, transfer_words
from web.serving import is_dialled

MOST_OPEN = 20
"""Calls that wait to be closed and are shown at once, the latest of them."""
pages = Pages("agent_desk")
pages.in_menu(TODAY, _l("話務台"), "desk", Action.CALL_ANSWER, place=2)


@pages.read("/desk", Action.CALL_ANSWER)
def desk() -> Response:
    """The desk of whoever is signed in. Raises NoAgent."""
    with read_session() as session:
        agent = browsers.agent_of(session, me())
        to_close = _to_close(session, agent.phone)
        categories = offered(session, "")
    return render(
        "agent_desk/desk.html",
        agent=agent,
        spoken=[spoken_language(one) for one in agent.languages],
        notify=NotifyForm(formdata=None),
        words=dict(  # of two sentences under one name nobody would miss the first: here it is refused
            **work_words(),
            **seek_words(),
            **device_words(),
            **transfer_words(),
            **chord_words(),
            **case_desk_words(),
        ),
        **case_choices(),
        categories=categories,
        why=names(TransferReason),
        **to_close,
        telephones=house().settings.browser_phones,
        extension_form=EXTENSION.pattern,
        longest_text=LONGEST,
        guidances=house().settings.special_guidances,
        emergency_numbers=emergency_numbers(),
        alerts=house().settings.talk_alerts,
        other_channels=house().settings.recording_refused,
    )


@pages.read("/desk/open", Action.CALL_ANSWER)
def opened() -> Response:
    """Calls of the agent that wait to be closed, as a part of the desk. Raises NoAgent."""
    with read_session() as session:
        to_close = _to_close(session, browsers.agent_of(session, me()).phone)
    return render("agent_desk/open.html", **to_close)


def _to_close(session: Session, phone: str) -> dict[str, Any]:
    rows = untagged(session, phone)
    shown = rows[-MOST_OPEN:]
    return {
        "open_calls": shown,
        "to_close": open_calls(session, shown, now()),
        "choices": choices(session, now()),
        "more_open": len(rows) - len(shown),
    }


@pages.change("/desk/on", Action.CALL_ANSWER)
def sign_on() -> Response:
    """Make this page the agent's telephone (account for it alone); hang up what a dead page left waiting."""
    settings, comes_back = house().settings, bool(text_of("left"))
    try:
        with write_session() as session:
            was_page = browsers.is_browser(browsers.agent_of(session, me()), now())
            secret = browsers.sign_on(session, me(), now(), by_itself=comes_back)
    except browsers.AgentSignedOff as error:
        return refused(error, 409)
    if was_page and comes_back:
        with suppress(ManagerGone):
            hang_up(house().pbx, me().phone)
    return jsonify(
        user=me().phone, password=secret, socket=settings.browser_socket, host=settings.sip_address
    )


@pages.change("/desk/stay", Action.CALL_ANSWER)
def stay() -> Response:
    """Keep the page's telephone; 409 if another took it over, or a supervisor signed the agent off."""
    try:
        with write_session() as session:
            agent = browsers.stay(session, me(), text_of("secret"), now())
    except (browsers.PhoneTakenOver, browsers.AgentSignedOff) as error:
        return refused(error, 409)
    return jsonify(paused=agent.resting)


@pages.change("/desk/gone", Action.CALL_ANSWER)
def gone() -> Response:
    """The page is closed or loaded anew in a talk: nobody hung up, and the caller waits in front (§9.1)."""

    def left() -> None:
        with write_session() as session:
            agent = browsers.stay(session, me(), text_of("secret"), now())
        hang_up(house().pbx, agent.phone)

    return done(left, "")


@pages.change("/desk/off", Action.CALL_ANSWER)
def sign_off() -> Response:
    """Give the telephone back to the one on the desk."""
    with write_session() as session:
        browsers.sign_off(session, me(), text_of("secret"), now())
    return jsonify({})


@pages.change("/desk/break", Action.CALL_ANSWER)
def rest() -> Response:
    """Begin a break with its reason, or end it with none; also while Asterisk is away."""
    reason = text_of("reason")
    with write_session() as session:
        set_break(session, me().phone, reason, **stamp())
        everybody = agents(session)
    said = _("休息中：%(reason)s", reason=reason) if reason else _("已結束休息，可以接電話了。")
    try:
        bring_members(house().pbx, everybody)
    except ManagerGone:
        said = _("已記下；電話系統恢復後會照辦。")
    return lead_to("agent_desk.desk", said)


@pages.read("/desk/call/<call_id>", Action.CALL_ANSWER)
def card(call_id: str) -> Response:
    """Facts of a call and its caller; the full number only to phones that answered. Raises NoSuchCall."""
    reading = _in_hand(call_id)
    with read_session() as session:
        return jsonify(_card(session, call_row(session, call_id), reading))


def _in_hand(call_id: str) -> Reading | None:
    """Record the look once a call and agent, as the page asks repeatedly; None for who did not answer."""
    by, subject = me().login, f"call:{call_id}"
    with read_session() as session:
        row = call_row(session, call_id)
        if row.caller == ANONYMOUS or not was_answered_by(session, call_id, me().phone):
            return None
        if reading := looks.already(session, by, subject):
            return reading
    with write_session() as session:
        return looks.look_once(session, now(), by, subject, IN_HAND, "number")


def _card(session: Session, row: CallRow, reading: Reading | None) -> dict[str, object]:
    shown = national(row.caller) or row.caller
    waited = row.queue_seconds if row.queue_seconds is not None else _since(row.queued_at)
    promised = [one for one in find.of_number(session, row.caller) if one.is_pending]
    earlier = [one for one in calls_of(session, row.caller) if one.id != row.id]
    return {
        "id": row.id,
        "number": _("未顯示號碼") if row.caller == ANONYMOUS else looks.number(shown, reading),
        "asks_number": not is_dialled(row.caller),
        "language": spoken_language(row.language),
        "wanted": spoken_language(row.wanted),
        "waited": round(waited or 0),
        "talked": talked(session, row.id, me().phone),
        "pressed": pressed(session, row.id),
        "recording": recording(session, row),
        "ended": row.ended_at is not None,
        "listed": bool(house().special_list.entry(row.caller, now())),
        "promises": [{"id": one.id, "due": moment(one.owed_at), "matter": _matter(one)} for one in promised],
        "cases": [
            {
                "number": case_number(one.row.number),
                "text": standing_words(one),
                "address": url_for("case_search.one", number=one.row.number),
            }
            for one in case_lines(session, open_of_phone(session, row.caller))
        ],
        "earlier": [
            {
                "at": moment(one.started_at),
                "service": service_words(one.service, one.ground),
                "agent": one.agent,
            }
            for one in earlier
        ],
        "at_it": [busy(one) for one in find.who_else(session, row.caller, me().login, now())],
    }


def _matter(row: Callback) -> str:
    """Matter of a promise; and whether it may be kept already."""
    matter = row.matter or row.extension
    return f"{matter} {_('還原：先查證')}".lstrip() if row.is_to_be_checked else matter


def _since(at: datetime | None) -> float:
    return max(timedelta(), now() - at).total_seconds() if at else 0.0


@pages.read("/desk/who", Action.CALL_NOTIFY)
def who() -> Response:
    """Find whom to put a caller through to or to notify, by name, duty, section, agency or number."""
    then = house().city.city().at(now())
    found = house().atlas.index(then).find(request.args.get("q", "")[:100])
    return jsonify(
        [
            {
                "extension": hit.extension,
                "name": hit.name,
                "section": hit.section,
                "agency": hit.agency,
                "match": name(hit.match),
                "sure": hit.match.is_sure,
            }
            for hit in found
        ]
    )


@pages.read("/desk/route", Action.CALL_ANSWER)
def route() -> Response:
    """Preview of who would ring, and how each phone is now: in short, to be heard, and why, to be read."""
    extension, urgent = request.args.get("extension", "")[:16], request.args.get("urgent") == "yes"
    rules, is_open = house().hunt_rules, house().is_open(now())
    found = ladder(house().city.city().at(now()), extension, rules, is_open=is_open, urgent=urgent)
    words = either(CHINESE, ENGLISH)
    now_is = desk_states(factory(), house().pbx, found.rungs, now())
    states = {extension: name(one) for extension, one in now_is.items()}
    lines = words.lines(found, now().astimezone(TAIPEI), rules, is_open=is_open, urgent=urgent, states=states)
    phones = words.join.join(
        f"{rung.extension} {rung.name}".strip() + _("（%(state)s）", state=states[rung.extension])
        for rung in found.rungs
    )
    rings = _("依序響鈴：%(phones)s。", phones=phones) if phones else lines[1]
    return jsonify(rings=rings, lines=lines)


@pages.change("/desk/call/<call_id>/put-through", Action.CALL_TRANSFER)
def transfer(call_id: str) -> Response:
    """Ring an extension for the caller, for a reason of P5.1.1."""
    return lead(Transfers.put_through, call_id, _("正在轉接。"), is_own=True)


def lead(way: Callable[..., object], call_id: str, said: str, *, is_own: bool = False) -> Response:
    """Lead the caller to the extension of the form, for its reason; ``is_own``: in a call of one's own."""
    why, extension, is_urgent = text_of("why"), text_of("extension"), text_of("urgent") == "yes"
    known = partial(house().transfers.known, extension, urgent=is_urgent, at=now())
    found = [("extension", in_words(one)) for one in (faults(known) if extension else ())]
    found += [] if extension else [("extension", _("請填分機，或從名單選一位。"))]
    found += [] if why in set(TransferReason) else [("why", _("請選擇轉接的理由。"))]
    if found:
        return _refused(found)

    def led() -> None:
        if is_own:
            own(call_id)
        way(house().transfers, call_id, extension, why, urgent=is_urgent, **stamp())

    return done(led, said)


@pages.change("/desk/call/<call_id>/callback", Action.CALLBACK_OPEN)
def callback(call_id: str) -> Response:
    """Promise the caller a call back; joins what is open for the same number and matter."""

    def promised() -> str:
        own(call_id)
        with write_session() as session:
            row = call_row(session, call_id)
            allow(Action.CALLBACK_OPEN)
            place, dialling = place_of(session, text_of("extension"), now()), house().settings.dialling
            wish = wish_at_desk(
                row,
                dialling,
                place,
                matter=text_of("matter"),
                name=text_of("name"),
                number=text_of("number"),
                without_number=text_of("without_number") == "yes",
            )
            number = () if wish.without_number else (partial(given_number, wish.number, dialling),)
            refuse(faults(partial(fit, "matter", wish.matter, LONGEST_MATTER), *number))
            given = house().callbacks.open(session, wish, me().login, now())
            return _("已登記回電，最晚 %(due)s。", due=moment(given.owed_at))

    return done(promised)


@pages.change("/desk/call/<call_id>/service", Action.CALL_TAG)
def close(call_id: str) -> Response:
    """Say what the call was for, several services or none with its ground, and its topic (P3)."""

    def tagged() -> None:
        own(call_id)
        with write_session() as session:
            tag(session, call_id, chosen(), **stamp())

    return done(tagged, _("已結案。"))


def own(call_id: str) -> None:
    """Refuse a call that is not one's own. Raises NotTheirs, NoSuchCall, ManagerGone."""
    refuse_others(factory(), house().pbx, call_id, **stamp())


def done(deed: Callable[[], object], said: str = "") -> Response:
    """Do what the page asks, or say why not; without ``said`` the deed tells what it did."""
    try:
        told = deed()
    except HotlineError as error:
        return refused(error)
    return jsonify(said=said or str(told or ""))


FIELDS: Final[Mapping[type[HotlineError], str]] = {
    Unknown: "extension",
    NumberMissing: "number",
    NumberNotDialled: "number",
    GivenRefused: "number",
    NoSuchCall: "call",
}
"""Fields of the desk's forms that errors are about which name none themselves."""


def _field_of(error: HotlineError) -> str:
    return FIELDS.get(type(error)) or str(getattr(error, "field", ""))


def refused(
    why: HotlineError | str, status: int = 422, field_of: Callable[[HotlineError], str] = _field_of
) -> Response:
    """Why the page's script is refused something: every fault, with the field that it is about."""
    if isinstance(why, str):
        return _refused([("", why)], status)
    return _refused([(field_of(one), in_words(one)) for one in why.together], status)


def refused_form(form: Form) -> Response:
    """The same of a form."""
    return _refused([(name or "", str(text)) for name, texts in form.errors.items() for text in texts])


def _refused(found: Sequence[tuple[str, str]], status: int = 422) -> Response:
    fault = either("", " ").join(text for _name, text in found)
    return make_response(jsonify(fault=fault, fields=dict(reversed(found))), status)
