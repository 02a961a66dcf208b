"""Caller verification: who a petitioner is, checked by a call back before a case about somebody is filed (P8.2).

The number is that of the citizen's own call: no field of these pages takes one. What the citizen told of
somebody is forgotten when the check fails.
"""

from datetime import timedelta
from functools import partial
from typing import Final

from flask import Response, url_for

from calls.caller_history import petitioner
from hotline.errors import HotlineError, existing, faults, refuse
from hotline.outbound_calls import caller_verification
from hotline.outbound_calls.gate import Ground, Touches, VerificationState
from hotline.outbound_calls.store import CallerVerification
from hotline.permissions import Action
from web.console.answers import lead_to, render
from web.console.forms import text_of
from web.console.gate import Pages, house, now, read_session, stamp, write_session
from web.console.language import _, _l, either, in_words, names
from web.console.menu import TODAY
from web.console.pages.agent_desk import own, refused
from web.console.pages.outbound_calls import COLOURS as PLACED_COLOURS
from web.console.pages.outbound_calls import by_script, lead_desk_to
from web.console.paging import page_of

pages = Pages("caller_verification")
pages.in_menu(TODAY, _l("身分查證"), "listed", Action.CALL_VERIFY, place=6)
LATELY = timedelta(days=30)
NOBODY = "nobody"
COLOURS: Final = {
    VerificationState.NOT_NEEDED: "grey",
    VerificationState.PENDING: "yellow",
    VerificationState.CONFIRMED: "green",
    VerificationState.FAILED: "red",
}
"""The colour beside the word of a state."""


@pages.read("/verify", Action.CALL_VERIFY)
def listed() -> Response:
    """List of what is to be decided, then what was within a month."""
    with read_session() as session:
        rows = caller_verification.opened_since(session, now() - LATELY)
    return render("caller_verification/listed.html", page=page_of(rows), colours=COLOURS)


@pages.change("/verify/open", Action.CALL_VERIFY)
def open_one() -> Response:
    """Say whether the case of a call touches a particular person; asked at the desk."""
    try:
        number = _opened()
    except HotlineError as error:
        said = either("", " ").join(in_words(one) for one in error.together)
        return refused(error) if by_script() else lead_to("caller_verification.listed", said)
    said = _("已記下；涉及他人時，請先回撥查證再立案。")
    return lead_desk_to(url_for("caller_verification.one", number=number), said)


def _opened() -> int:
    touches, call_id = text_of("touches"), text_of("call")
    what = Touches(touches) if touches in set(Touches) else None
    is_said = what is not None or touches == NOBODY
    refuse([*faults(partial(_own, call_id)), *([] if is_said else [caller_verification.NothingChosen()])])
    with write_session() as session:
        who = petitioner(session, call_id)
        return caller_verification.open_gate(session, who, what, text_of("matter"), **stamp()).id


def _own(call_id: str) -> None:
    if not call_id:
        raise caller_verification.CallNotChosen
    own(call_id)


@pages.read("/verify/<int:number>", Action.CALL_VERIFY)
def one(number: int, fault: str = "") -> Response:
    """State of a check, the calls back, and the decision."""
    with read_session() as session:
        row = existing(
            session.get(CallerVerification, number), caller_verification.NoSuchVerification(number)
        )
        calls = caller_verification.calls_of(session, number)
        left = max(0, house().settings.verify_attempts - caller_verification.attempts(session, calls))
        return render(
            "caller_verification/one.html",
            422 if fault else 200,
            row=row,
            calls=calls,
            left=left,
            colours=COLOURS,
            grounds=names(Ground),
            placed_colours=PLACED_COLOURS,
            fault=fault,
            VerificationState=VerificationState,
        )


@pages.change("/verify/<int:number>/call", Action.CALL_VERIFY)
def call(number: int) -> Response:
    """One's own phone rings; answered, the citizen's."""
    try:
        house().placing.verify(number, **stamp())
    except HotlineError as error:
        return one(number, in_words(error))
    return lead_to("caller_verification.one", _("您的電話已接起，正在撥給民眾。"), number=number)


@pages.change("/verify/<int:number>/decide", Action.CALL_VERIFY)
def decide(number: int) -> Response:
    """The agent's word, with its ground."""
    chosen = text_of("ground")
    if chosen not in set(Ground):
        return one(number, _("請選擇查證的結果。"))
    try:
        with write_session() as session:
            caller_verification.decide(session, number, Ground(chosen), house().settings.dialling, **stamp())
    except HotlineError as error:
        return one(number, in_words(error))
    return lead_to("caller_verification.one", _("已記下查證的結果。"), number=number)
