"""Forms of moves, made of the tables: what a row needs its form asks for, and what its guards may want."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from govuk_frontend_wtf.wtforms_widgets import GovCheckboxesInput, GovSelect, GovTextInput
from wtforms import Field, HiddenField, IntegerField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from hotline.cases.guards import (
    DaysOutside,
    DoneOutside,
    LateReasonMissing,
    NoEvidence,
    NotAGround,
    PreventionMissing,
    RepliedOutside,
    Standing,
    UntilPassed,
    is_late,
    wrong,
)
from hotline.cases.moving import NoSuchAgency
from hotline.cases.rules import Move, Row
from hotline.cases.store import Case
from hotline.cases.words import LONG, SHORT, CaseWords, LateGround, NoActionGround, ReplyWay
from hotline.errors import HotlineError
from hotline.staff.rules import Staff
from web.console import agencies
from web.console.date_fields import MomentField
from web.console.forms import Form, text_area, text_line
from web.console.language import _, _l, capital, name, names

VERSION: Final = "version"
_PLAIN: Final = frozenset((Move.SIGN, Move.ACCEPT, Move.START, Move.CLOSE, Move.CONFIRM_JOINT))
"""Moves that ask for nothing: a button each."""


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What the form of a move is made from."""

    row: Case
    standing: Standing
    member: Staff
    at: datetime
    asked_days: int = 0
    """Of the request for stage 2 that waits."""

    @property
    def is_late(self) -> bool:
        """Tell whether finishing it now is late."""
        return self.row.overdue_at is not None or is_late(self.standing, self.at)


class CaseMoveForm(Form):
    """A form that is made of a row of the tables, and told all that the row's guards refuse."""

    step: Row
    facts: CaseFacts

    def says(self) -> CaseWords:
        """What is filled in."""
        said = {one.name: _meant(one) for one in self if one.name in _OF_WORDS}
        return CaseWords(**said)

    def faults(self) -> Iterable[HotlineError]:
        """All that speaks against the move; of one that asks for nothing, whoever performs it is told."""
        if self.step.move in _PLAIN:
            return ()
        return wrong(self.step, self.facts.standing, self.says(), self.facts.at)

    def field_of(self, error: HotlineError) -> str:
        """Name of the field that what a move lacks is about."""
        named = (super().field_of(error), *_BLAMED.get(type(error), ()))
        return next((one for one in named if one and one in self), "")


@dataclass(frozen=True, slots=True)
class MoveForm:
    """A move that is offered: its words, its form, and whether the form was sent with faults."""

    step: Row
    form: CaseMoveForm

    @property
    def move(self) -> Move:
        """The move."""
        return self.step.move

    @property
    def is_plain(self) -> bool:
        """Tell whether a button is all of it."""
        return self.move in _PLAIN

    @property
    def title(self) -> str:
        """What the move is called."""
        return capital(name(self.move))

    @property
    def fields(self) -> list[Field]:
        """The fields that are filled in."""
        return [one for one in self.form if one.name != VERSION]


def form_of(step: Row, facts: CaseFacts, *, is_sent: bool = False) -> MoveForm:
    """The form of a move of a case; as it was sent, or with what is likely filled in."""
    made = {one: _FIELDS[one](step.move, facts, one in step.needs) for one in _asked(step, facts)}
    kind: Callable[..., CaseMoveForm] = type("OneMoveForm", (CaseMoveForm,), {VERSION: HiddenField(), **made})
    likely = {VERSION: facts.row.version, **_likely(step.move, facts)}
    form = kind(data=likely) if is_sent else kind(formdata=None, data=likely)
    form.step, form.facts = step, facts
    for one in form:
        one.id = f"{step.move}-{one.name}"
    return MoveForm(step, form)


_BLAMED: Final[Mapping[type[HotlineError], tuple[str, ...]]] = {
    NoSuchAgency: ("agency", "agencies"),
    NotAGround: ("ground", "late_ground", "channel"),
    DaysOutside: ("days",),
    UntilPassed: ("until",),
    DoneOutside: ("done_at",),
    RepliedOutside: ("replied_at",),
    NoEvidence: ("no_photo",),
    LateReasonMissing: ("late_ground", "late_reason"),
    PreventionMissing: ("prevention",),
}
"""The fields that what guards refuse is about."""


def _asked(step: Row, facts: CaseFacts) -> Iterable[str]:
    """Fields by name: what the row needs, in the order of the form, and what may be wanted now."""
    wanted = {one for one in step.needs if one in _FIELDS} | set(_BESIDES.get(step.move, ()))
    if step.move in (Move.COMPLETE, Move.UNFOUNDED) and facts.is_late:
        wanted |= {"late_ground", "late_reason"}
    if step.move is Move.COMPLETE:
        wanted |= set() if facts.standing.photos else {"no_photo"}
        wanted |= {"prevention"} if facts.standing.recurs else set()
    if step.move is Move.CONFIRM_JOINT:
        wanted = set()
    return [one for one in _FIELDS if one in wanted]


_BESIDES: Final[Mapping[Move, tuple[str, ...]]] = {
    Move.ASSIGN: ("reason",),
    Move.INVOLVE: ("reason",),
    Move.NO_ACTION: ("reason",),
    Move.TRACK: (),
    Move.APPROVE_STAGE2: ("reason",),
    Move.GRANT_BEYOND: ("reason",),
}
"""What may be said besides."""


def _likely(move: Move, facts: CaseFacts) -> dict[str, Any]:
    row, me = facts.row, facts.member
    match move:
        case Move.REPLY:
            way = row.reply_way if row.reply_way != ReplyWay.NONE else ""
            said = {"officer": me.name, "officer_phone": me.phone, "replied_at": facts.at, "channel": way}
            return said | ({"result": row.result} if row.result else {})
        case Move.COMPLETE | Move.UNFOUNDED:
            return {
                "done_at": facts.at,
                "doer": me.name,
                "late_ground": row.late_ground,
                "late_reason": row.late_reason,
            }
        case Move.APPROVE_STAGE2:
            return {"days": facts.asked_days or None}
        case Move.CONVERT:
            return {"agency": row.agency}
        case Move.ASK_BEYOND:
            return {"ground": row.late_ground, "analysis": row.late_analysis}
        case _:
            return {}


def _meant(field: Field) -> Any:
    match field.data:
        case str():
            return field.data.replace("\r\n", "\n")
        case list():
            return tuple(field.data)
        case None:
            return 0 if field.name == "days" else None if field.name in _MOMENTS else ""
        case _:
            return field.data


_OF_WORDS: Final = frozenset(one.name for one in fields(CaseWords))
_MOMENTS: Final = frozenset(("until", "replied_at", "done_at", "by_phone_at"))
Makes = Callable[[Move, CaseFacts, bool], Field]


def _needed(is_needed: bool, most: int) -> list[Any]:
    asked = InputRequired(_l("請填寫這一格。")) if is_needed else Optional()
    return [asked, Length(max=most, message=_l("最多 %(max)d 字"))]


def _area(label: Any, hint: Any = "", most: int = LONG) -> Makes:
    return lambda _move, _facts, is_needed: text_area(label, *_needed(is_needed, most), hint=hint)


def _line(label: Any, hint: Any = "", most: int = 64) -> Makes:
    return lambda _move, _facts, is_needed: text_line(label, *_needed(is_needed, most), hint=hint)


def _moment(label: Any, hint: Any = "") -> Makes:
    def made(_move: Move, _facts: CaseFacts, is_needed: bool) -> Field:
        checks = [InputRequired(_l("請填寫時間。"))] if is_needed else [Optional()]
        return MomentField(label, checks, description=hint)

    return made


def _of(label: Any, kind: type[StrEnum], without: frozenset[str] = frozenset()) -> Makes:
    """One of a closed list, which is chosen and not left at the first."""

    def made(_move: Move, _facts: CaseFacts, is_needed: bool) -> Field:
        checks = [InputRequired(_l("請選擇一項。"))] if is_needed else []
        known = {word: text for word, text in names(kind).items() if word not in without}
        return SelectField(
            label, checks, choices=lambda: [("", _("請選擇")), *known.items()], widget=GovSelect()
        )

    return made


def _ground(move: Move, facts: CaseFacts, is_needed: bool) -> Field:
    kind = NoActionGround if move is Move.NO_ACTION else LateGround
    return _of(_l("依據") if move is Move.NO_ACTION else _l("未能如期完成的原因"), kind)(
        move, facts, is_needed
    )


def _agency(_move: Move, facts: CaseFacts, is_needed: bool) -> Field:
    checks = [InputRequired(_l("請選擇機關"))] if is_needed else []
    return SelectField(
        _l("機關"), checks, choices=lambda: [("", _("請選擇")), *agencies.names().items()], widget=GovSelect()
    )


def _agencies(_move: Move, facts: CaseFacts, _is_needed: bool) -> Field:
    others = [(code, text) for code, text in agencies.names().items() if code != facts.row.agency]
    checks = [InputRequired(_l("請至少選一個機關"))]
    return SelectMultipleField(_l("會辦機關"), checks, choices=lambda: others, widget=GovCheckboxesInput())


def _days(move: Move, facts: CaseFacts, is_needed: bool) -> Field:
    most = facts.standing.stage2_days
    hint = _("這一類最多 %(most)d 天。", most=most)
    message = _("請填 1 到 %(most)d。", most=most)
    checks = [InputRequired(message) if is_needed else Optional(), NumberRange(1, max(1, most), message)]
    return IntegerField(_l("第二階段的天數"), checks, widget=GovTextInput(), description=hint)


def _reason(move: Move, facts: CaseFacts, is_needed: bool) -> Field:
    return _area(_l("理由") if is_needed else _l("理由（可不填）"))(move, facts, is_needed)


def _result(move: Move, facts: CaseFacts, is_needed: bool) -> Field:
    hint = {
        Move.UNFOUNDED: _l("查了什麼、為什麼認定沒有違規或缺失。民眾查詢時會看到。"),
        Move.NO_ACTION: _l("為什麼不予處理。民眾查詢時會看到。"),
        Move.ACCEPT_REVIEW: _l("檢討報告的結論。"),
    }
    return _area(_l("處理結果"), hint.get(move, _l("做了什麼。民眾查詢時會看到，請勿寫個人資料。")))(
        move, facts, is_needed
    )


_FIELDS: Final[Mapping[str, Makes]] = {
    "agency": _agency,
    "agencies": _agencies,
    "authority": _line(_l("市府以外的主管機關"), _l("例如：交通部公路局")),
    "letter": _line(_l("公文文號")),
    "ground": _ground,
    "days": _days,
    "until": _moment(_l("准許到什麼時候")),
    "result": _result,
    "done_at": _moment(_l("完成的時間"), _l("立案之後、現在以前。")),
    "doer": _line(_l("由誰完成"), _l("人員或廠商的名稱")),
    "no_photo": _area(_l("沒有照片的理由"), _l("這一案還沒有照片；請先在下面上傳，或在這裡說明。"), SHORT),
    "channel": _of(_l("以什麼方式答覆"), ReplyWay, frozenset((ReplyWay.NONE,))),
    "replied_at": _moment(_l("答覆的時間")),
    "officer": _line(_l("承辦人姓名")),
    "officer_phone": _line(_l("承辦人電話"), most=32),
    "note": _area(_l("進度"), _l("目前做到哪裡，預計如何處理。")),
    "late_ground": _of(_l("未能如期完成的原因"), LateGround),
    "late_reason": _area(_l("逾期的說明")),
    "prevention": _area(_l("預防再發生的作法"), _l("同一地點、同一類別在 90 天內再次發生。")),
    "analysis": _area(_l("逾期分析")),
    "reason": _reason,
}
"""Fields of ``Words`` in the order in which a form has them."""
