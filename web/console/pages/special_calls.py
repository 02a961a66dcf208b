"""Difficult calls at the desk: what is said, how often it was, how long is left,
and whether the call may be ended.

The rules decide (``ivr.limits``, P7.1 and P7.3); here stands what an agent sees of them and presses.
"""

from datetime import datetime
from typing import Final

from flask import Response, jsonify
from sqlalchemy.orm import Session

from calls.dispositions import call_row
from calls.special_calls import EMERGENCIES, CallStanding, SpecialStep, standing
from calls.store import CallRow
from control.supervisors import Helpers
from hotline.clock import TAIPEI
from hotline.numbers import EMERGENCY
from hotline.permissions import Action
from ivr.limits import Ending, Review, Special, State, may_end, may_hang_up, special_deadline
from ivr.numerals import Language
from web.console.call_words import joins
from web.console.forms import text_of
from web.console.gate import Pages, house, now, read_session, stamp
from web.console.language import _
from web.console.pages.agent_desk import done, refused
from web.console.talk_words import called

pages = Pages("special_calls")
DEEDS: Final = frozenset(("guided", "failed", "topic", "no_topic", "asked", *EMERGENCIES))
WATCHED: Final = Review | Special | Ending
"""While a call is one of these, the page looks every second."""


@pages.read("/desk/call/<call_id>/guidance", Action.CALL_ANSWER)
def guidance(call_id: str) -> Response:
    """State of a call by the rules. Raises NoSuchCall."""
    at = now()
    with read_session() as session:
        row = call_row(session, call_id)
        seen = standing(session, house().limit_rules, row, at)
        says = _says(session, seen, at)
    return jsonify(_told(row, seen.state, at) | {"says": says})


def _told(row: CallRow, state: State, at: datetime) -> dict[str, object]:
    due = special_deadline(house().limit_rules, state).at if isinstance(state, Special) else None
    language = Language(row.wanted) if row.wanted in set(Language) else Language.MANDARIN
    text = house().catalogue.text
    return {
        "given": len(state.history.guidances),
        "left": max(0.0, (due - at).total_seconds()) if due else None,
        "guide": text("V-15", language),
        "closing": text("V-16", language),
        "language": language,
        "listed": bool(house().special_list.entry(row.caller, at)),
        "watched": isinstance(state, WATCHED),
        "mayEnd": may_end(state),
        "mayHangUp": may_hang_up(state),
    }


def _says(session: Session, seen: CallStanding, at: datetime) -> str:
    match seen.state:
        case Review():
            return _("已請主管判斷。主管決定之前不能結束通話；來電者說出事由，就按「有具體事由了」。")
        case Special() as special:
            return f"{_by_whom(session, seen.judged, at)} {_what_now(special)}"
        case Ending():
            return _("正在播放結語，通話即將結束。")
        case other if other.history.emergency:
            return _("緊急：這通電話不再有任何時限。")
    if seen.judged and seen.judged.kind == "refused":
        who = called(session, seen.judged.who, at)
        return _("%(who)s 沒有授權：%(why)s。照常服務，不能以引導結束。", who=who, why=seen.judged.reason)
    return _("一般通話，沒有時限。")


def _by_whom(session: Session, judged: SpecialStep | None, at: datetime) -> str:
    if judged is None or judged.kind == "no_topic":
        return _("特殊名單上的來電者，沒有具體事由。")
    return _("%(who)s 已授權：%(why)s。", who=called(session, judged.who, at), why=judged.reason)


def _what_now(state: Special) -> str:
    needed = house().limit_rules.guidances
    if may_end(state):
        return _("引導已滿，沒有回應事由就可以結束通話。")
    left = max(1, needed - len(state.history.guidances))
    by = f"{special_deadline(house().limit_rules, state).at.astimezone(TAIPEI):%H:%M:%S}"
    return _("再引導 %(left)d 次仍沒有事由，就可以結束；最晚 %(by)s 由系統結束。", left=left, by=by)


@pages.change("/desk/call/<call_id>/do", Action.CALL_GUIDE)
def deed(call_id: str) -> Response:
    """Perform guidance, the end after the last, a topic, supervisor's help or emergency (P7.1, P7.3)."""
    kind = text_of("kind")
    if kind not in DEEDS:
        return refused(_("沒有這個動作。"))

    def acted() -> str:
        taken = house().special_steps.act(kind, call_id, **stamp(), reason=text_of("reason"))
        if kind in EMERGENCY:
            return joins(kind)
        return rung(taken.helpers) if taken.helpers else _("已記錄。")

    return done(acted)


def rung(helpers: Helpers) -> str:
    """Sentence that says who is rung in an emergency or to judge a call, and who if nobody answers."""
    there, duty = "、".join(helpers.supervisors), "、".join(helpers.duty)
    if there and duty:
        return _("正在響 %(there)s；沒有人接就改響值日人員 %(duty)s。", there=there, duty=duty)
    if there:
        return _("正在響 %(there)s。", there=there)
    if duty:
        return _("沒有主管在線上，正在響值日人員 %(duty)s。", duty=duty)
    return _("沒有主管在線上，也沒有值日人員可以響；看板會顯示這通電話。")
