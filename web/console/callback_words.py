"""Words for promises: what came of calls, and of each phone that was rung."""

from collections.abc import Mapping

from calls.rings import OWN
from calls.store import Leg
from hotline.callbacks.rules import Outcome
from transfer.outcome import DialOutcome
from web.console.language import _
from web.console.talk_words import leg_outcomes


def outcomes() -> Mapping[Outcome, str]:
    """Names of what may come of a call to a citizen."""
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
        whose=whose,
        outcome=leg_outcomes()[DialOutcome(leg.outcome)],
        ring=f"{leg.ring_seconds or 0:.1f}",
        talk=f"{leg.talk_seconds or 0:.1f}",
    )
