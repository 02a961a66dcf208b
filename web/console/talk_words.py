"""What is said of a talk at the agents' desk: where it stands, what came of each phone that was rung."""

from collections.abc import Mapping

from ivr.legs import LegOutcome
from ops.consults import NotConferring, Place
from web.console.language import _
from web.console.words import of


def places() -> Mapping[Place, str]:
    """Whom the agent talks with."""
    return {
        Place.CALLER: _("您和來電者通話中。"),
        Place.RINGING: _("正在響鈴；來電者聽著音樂等候。"),
        Place.OFFICER: _("您和承辦人通話中；來電者聽著音樂等候。"),
        Place.THREE: _("三方通話中。"),
        Place.THROUGH: _("已接通，來電者和承辦人通話中。"),
        Place.HUNTING: _("您已離開；來電者等待接通中。"),
        Place.OVER: _("通話已結束。"),
    }


def leg_outcomes() -> Mapping[LegOutcome, str]:
    """What came of ringing a phone."""
    return {
        LegOutcome.RINGING: _("響鈴中"),
        LegOutcome.ANSWERED: _("已接聽"),
        LegOutcome.BUSY: _("忙線"),
        LegOutcome.NO_ANSWER: _("沒有人接"),
        LegOutcome.UNREACHABLE: _("無法接通"),
        LegOutcome.REFUSED: _("被拒接"),
        LegOutcome.CANCELLED: _("已取消"),
        LegOutcome.FAILED: _("撥打失敗"),
    }


def transfer_words() -> dict[str, str]:
    """What the desk says by itself while a caller is put through."""
    return {
        "notReached": _("沒有接通，來電者回到您這裡；可以登記回電。"),
        "withCaller": _("您回到來電者這裡。"),
        "asked": _("原本要找的人"),
        "answered": _("接聽的人"),
    }


@of(NotConferring)
def _not_conferring(_error: NotConferring) -> str:
    return _("現在沒有先和承辦人通話；來電者在您這裡。")
