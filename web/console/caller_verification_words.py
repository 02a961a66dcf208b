"""What is said of checks of who a petitioner is: states, what is touched, grounds, and what cannot be done."""

from collections.abc import Mapping

from hotline.outbound_calls.caller_verification import (
    NoMoreAttempts,
    NoNumberToVerify,
    NoSuchVerification,
    NothingChosen,
)
from hotline.outbound_calls.gate import Gate, GateNotNow, Ground, GroundUnproved, Touches
from web.console.language import _
from web.console.words import of


def gates() -> Mapping[str, tuple[str, str]]:
    """The states of P8.2, each with the colour of its tag."""
    return {
        Gate.NOT_NEEDED: (_("不需查證"), "grey"),
        Gate.PENDING: (_("待查證"), "yellow"),
        Gate.CONFIRMED: (_("已確認"), "green"),
        Gate.FAILED: (_("無法確認，不立案"), "red"),
    }


def touched() -> Mapping[str, str]:
    """What of a particular person the case touches."""
    return {
        Touches.PROPERTY: _("特定人的財產"),
        Touches.REPUTATION: _("特定人的名譽"),
        Touches.LIVELIHOOD: _("特定人的生計"),
        "": _("不涉及特定人"),
    }


def grounds() -> Mapping[str, str]:
    """Why it was decided so."""
    return {
        Ground.AFFIRMED: _("本人確認來電"),
        Ground.DENIED: _("接聽者表示沒有來電"),
        Ground.ANOTHER: _("由他人接聽，無法確認本人"),
        Ground.UNREACHED: _("回撥沒有接通"),
        Ground.NO_NUMBER: _("沒有可以回撥的號碼"),
        Ground.WITHDRAWN: _("民眾撤回"),
    }


@of(NoSuchVerification)
def _none(_error: NoSuchVerification) -> str:
    return _("沒有這一件查證。")


@of(NothingChosen)
def _nothing(_error: NothingChosen) -> str:
    return _("請選擇案件是否涉及特定人。")


@of(GateNotNow)
def _not_now(error: GateNotNow) -> str:
    return _("這件的狀態是「%(state)s」，不能再回撥或更改。", state=gates()[error.state][0])


@of(GroundUnproved)
def _unproved(error: GroundUnproved) -> str:
    return _("「%(ground)s」和回撥的紀錄不符；請先回撥，或選別的結果。", ground=grounds()[error.ground])


@of(NoMoreAttempts)
def _no_more(error: NoMoreAttempts) -> str:
    return _("已回撥 %(most)d 次，不能再撥；請記下結果。", most=error.most)


@of(NoNumberToVerify)
def _no_number(_error: NoNumberToVerify) -> str:
    return _("這通來電沒有可以回撥的號碼；請記為「沒有可以回撥的號碼」。")
