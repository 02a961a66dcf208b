"""What is said about promises: their states, what came of calls, what cannot be done and why."""

from collections.abc import Mapping

from calls.rings import OWN
from calls.store import Leg
from control.originate import NoPhone, NotPickedUp
from hotline.callbacks.given_numbers import Given, GivenRefused
from hotline.callbacks.outbound_lock import CitizenIsCalled, NotCallable
from hotline.callbacks.rules import HeldByAnother, NotNow, Outcome, ReasonMissing, State
from hotline.callbacks.service import (
    LONGEST_NAME,
    HasNumber,
    NameTooLong,
    NoSuchCallback,
    NumberMissing,
    NumberNotDialled,
)
from hotline.callbacks.work import ExtendedAlready, NotLater
from hotline.dialling import Refusal
from hotline.outbound_calls.quota import PersonalLimit
from transfer.outcome import DialOutcome
from web.console.language import _, moment
from web.console.talk_words import leg_outcomes
from web.console.words import of


def standing(state: str) -> str:
    """A state of §9.2."""
    return {
        State.OPEN: _("等待處理"),
        State.WORKING: _("處理中"),
        State.ATTEMPTED: _("打過、未接通"),
        State.CLOSED_UNREACHED: _("三次未接通而結案"),
        State.DONE: _("已結案"),
        State.CANCELLED: _("已取消"),
    }[State(state)]


def outcomes() -> Mapping[Outcome, str]:
    """What may come of a call to a citizen."""
    return {
        Outcome.REACHED: _("接通了"),
        Outcome.NO_ANSWER: _("沒有人接"),
        Outcome.BUSY: _("忙線"),
        Outcome.REFUSED: _("被拒接"),
        Outcome.UNREACHABLE: _("收不到訊號或暫停使用"),
        Outcome.WRONG_NUMBER: _("號碼不對"),
    }


def rung_phone(leg: Leg) -> str:
    """A phone that was rung to keep a promise, what came of it, for how long."""
    whose = f"{_('自己的電話')} {leg.extension or leg.phone}" if leg.kind == OWN else _("民眾")
    return _(
        "%(whose)s：%(outcome)s，響鈴 %(ring)s 秒，通話 %(talk)s 秒",
        whose=whose, outcome=leg_outcomes()[DialOutcome(leg.outcome)],
        ring=f"{leg.ring_seconds or 0:.1f}", talk=f"{leg.talk_seconds or 0:.1f}",
    )  # fmt: skip


@of(NoSuchCallback)
def _none(_error: NoSuchCallback) -> str:
    return _("沒有這一件待回電。")


@of(NotNow)
def _not_now(error: NotNow) -> str:
    return _("這件的狀態是「%(state)s」，不能再這樣處理。", state=standing(error.state))


@of(HeldByAnother)
def _held(error: HeldByAnother) -> str:
    return _("%(who)s 正在處理這件；請等對方放回，或請主管移交。", who=error.holder)


@of(ReasonMissing)
def _reason(_error: ReasonMissing) -> str:
    return _("請寫下理由或結果。")


@of(ExtendedAlready)
def _extended(_error: ExtendedAlready) -> str:
    return _("這件已經展延過一次，不能再展延（§9.2）。")


@of(NotLater)
def _not_later(error: NotLater) -> str:
    return _("新的時間要晚於 %(than)s。", than=moment(error.due_at))


@of(CitizenIsCalled)
def _is_called(error: CitizenIsCalled) -> str:
    return _("%(who)s 現在正在打給這位民眾；請等這通電話結束。", who=error.by)


@of(NotCallable)
def _not_callable(_error: NotCallable) -> str:
    return _("這件沒有可以撥打的號碼；請先聽留言並填入號碼，無從聯絡時請寫明理由取消。")


@of(NoPhone)
def _no_phone(_error: NoPhone) -> str:
    return _("您的帳號沒有登記電話，1999 無法先打給您；請到「人員與角色」登記分機。")


@of(NotPickedUp)
def _not_picked_up(_error: NotPickedUp) -> str:
    return _("您的電話沒有人接，所以沒有打給對方；請再試一次。")


@of(PersonalLimit)
def _personal_limit(error: PersonalLimit) -> str:
    return _(
        "系統今天已替您撥打 %(most)d 通電話，達到每人每天的上限；請洽督導，或明天再撥。", most=error.most
    )


@of(NumberMissing)
def _number_missing(_error: NumberMissing) -> str:
    return _("請填民眾可以接聽的電話，例如 0912345678 或 (02)2960-3456。")


@of(NumberNotDialled)
def _number_not_dialled(error: NumberNotDialled) -> str:
    match error.why:
        case Refusal.PREMIUM:
            return _(
                "%(number)s 是付費號碼，1999 不能撥打；請民眾提供一般的市話或手機。", number=error.number
            )
        case Refusal.ABROAD:
            return _("%(number)s 是國外號碼，1999 不能撥打；請民眾提供臺灣的電話。", number=error.number)
        case Refusal.SERVICE:
            return _("%(number)s 是服務專線，不是民眾的電話；請民眾提供市話或手機。", number=error.number)
    return _("%(number)s 不是完整的電話；請填市話（含區碼）或手機，例如 0912345678。", number=error.number)


@of(GivenRefused)
def _given_refused(error: GivenRefused) -> str:
    if error.why is Given.TOO_OFTEN:
        return _(
            "這位來電者今天已另留 %(most)d 個號碼，不能再留；請勾選「沒有可以回電的號碼」，交給專人處理。",
            most=error.most,
        )
    return _("這個號碼已有 %(most)d 件待回電；請民眾提供別的電話。", most=error.most)


@of(HasNumber)
def _has_number(_error: HasNumber) -> str:
    return _("這件已有可以撥打的號碼；要打到別的號碼，請另開一件。")


@of(NameTooLong)
def _name_too_long(_error: NameTooLong) -> str:
    return _("姓名最多 %(most)d 個字，請縮短。", most=LONGEST_NAME)
