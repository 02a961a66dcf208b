"""The telephone call of a session in words, for both its sides: who rings, what is recorded (§14)."""

from typing import Any

from sqlalchemy.orm import Session

from calls.store import CallRow
from hotline.callbacks.rules import Outcome
from hotline.outbound_calls import service
from hotline.outbound_calls.rules import OutboundState, Target
from hotline.outbound_calls.store import PlacedCall
from hotline.video import relay
from hotline.video.line import UnknownVideoSession
from hotline.video.relay import RecordingAnswer
from hotline.video.rules import Side
from hotline.video.store import VideoSession
from recordings import gaps
from web.console.gate import now, read_session
from web.console.language import _, term
from web.console.talk_words import outcomes


def told(number: int, side: Side) -> dict[str, Any]:
    """The latest call of a session, and what is asked and said of recording, as a side's page shows it."""
    with read_session() as session:
        row = session.get(VideoSession, number)
        if row is None:
            raise UnknownVideoSession(number)
        if not (row.call_id or row.recording):
            return {}
        call = next(iter(reversed(relay.relays(session, number))), None) if row.call_id else None
        return {"relay": _told(session, row, call, side)}


def _told(session: Session, row: VideoSession, call: PlacedCall | None, side: Side) -> dict[str, Any]:
    is_up = call is not None and relay.is_up(call, now())
    return {
        "says": _says(session, call, side) if call else "",
        "rungs": _rungs(session, call) if call else [],
        "recording": _recording(session, row, call, side)
        if side is Side.INTERPRETER or not _asks(row)
        else "",
        "asks": side is Side.CITIZEN and _asks(row),
        "mayRefuse": side is Side.CITIZEN and row.recording == RecordingAnswer.AGREED,
        "isUp": is_up,
        "isTalked": is_up and call is not None and call.state == OutboundState.ANSWERED,
        "nobody": call is not None and call.state == OutboundState.UNREACHED,
        "extension": call.extension if call else "",
    }


def _asks(row: VideoSession) -> bool:
    return row.recording == RecordingAnswer.ASKED


def _who(target: Target) -> str:
    return " ".join(filter(None, (term(target.kind, "rung-phone"), target.number, target.name)))


def _targets(call: PlacedCall) -> list[Target]:
    return [Target(**one) for one in call.targets]


def _says(session: Session, call: PlacedCall, side: Side) -> str:
    """How the call stands: whose phone rings, who answered, that nobody did."""
    targets, tried = _targets(call), len(service.rings(session, call))
    who = call.who_answered
    match OutboundState(call.state):
        case OutboundState.CALLING if tried < len(targets):
            return _("正在撥給%(who)s。", who=_who(targets[tried]))
        case OutboundState.CALLING:
            return _("正在撥號。")
        case OutboundState.UNREACHED:
            return (
                _("電話都沒有人接。") if side is Side.CITIZEN else _("電話都沒有人接；可以登記請承辦人回覆。")
            )
        case OutboundState.BROKEN_OFF:
            return _("電話沒有打通，請再撥一次。") if side is Side.INTERPRETER else _("電話沒有打通。")
        case _ if call.ended_at is not None or who is None:
            return _("電話結束了。")
        case _:
            return _("已接通%(who)s。", who=_who(who))


def _rungs(session: Session, call: PlacedCall) -> list[str]:
    """The phones that were rung in vain, in order, each with what came of it."""
    targets, words = _targets(call), outcomes()
    return [
        _(
            "%(who)s：%(outcome)s",
            who=_who(targets[one.place - 1]),
            outcome=words.get(Outcome(one.outcome), _("沒有撥出")),
        )
        for one in service.rings(session, call)
        if one.outcome != Outcome.REACHED and one.place <= len(targets)
    ]


def _recording(session: Session, row: VideoSession, call: PlacedCall | None, side: Side) -> str:
    """Whether the telephone side is recorded, and why not."""
    kept = session.get(CallRow, call.own_call) if call else None
    is_stopped = kept is not None and gaps.is_stopped(session, kept.id)
    if kept and kept.recorded_at and kept.ended_at is None and not is_stopped:
        return _("電話正在錄音；民眾已同意，接電話的人也聽過通知。")
    match RecordingAnswer(row.recording):
        case RecordingAnswer.REFUSED if side is Side.CITIZEN:
            return _("您不同意錄音，這次的電話都不錄音。")
        case RecordingAnswer.REFUSED:
            return _("民眾不同意錄音，這次的電話都不錄音。")
        case RecordingAnswer.AGREED:
            return _("已同意錄音；接電話的人聽過通知以後才開始錄。")
        case RecordingAnswer.ASKED:
            return _("民眾還沒有回答能不能錄音；沒有同意就不錄。")
        case RecordingAnswer.UNASKED:
            return ""
