"""What is said of calls that 1999 places: for what, how they stand, whose phones rang, and what cannot be done."""

from collections.abc import Mapping

from control.outbound_calls import NobodyToRing
from hotline.callbacks.rules import Outcome
from hotline.outbound_calls.rules import NobodyNamed, PlacedNotNow, Purpose, State
from hotline.outbound_calls.service import NoSuchPlaced, NothingToNotify
from web.console.callback_words import outcomes
from web.console.language import _
from web.console.words import of


def purposes() -> Mapping[str, str]:
    """What a call is for."""
    return {Purpose.NOTIFY: _("通報"), Purpose.VERIFY: _("身分查證")}


def standing(state: str) -> tuple[str, str]:
    """A state, and the colour of its tag."""
    return {
        State.CALLING: (_("撥打中"), "blue"),
        State.ANSWERED: (_("已接通"), "yellow"),
        State.NOTIFIED: (_("已通報"), "green"),
        State.UNREACHED: (_("都沒有接通"), "red"),
        State.BROKEN_OFF: (_("中斷"), "grey"),
    }[State(state)]


def kinds() -> Mapping[str, str]:
    """Whose phone it is."""
    return {
        "desk": _("承辦分機"), "neighbour": _("鄰座"), "forward": _("跟隨"), "duty": _("值日人員"),
        "alternative": _("替代或緊急聯絡電話"), "emergency": _("緊急聯絡電話"), "citizen": _("民眾"),
    }  # fmt: skip


def rings() -> Mapping[Outcome, str]:
    """What came of ringing a phone."""
    return {**outcomes(), Outcome.NOT_PLACED: _("沒有撥出")}


@of(NoSuchPlaced)
def _none(_error: NoSuchPlaced) -> str:
    return _("沒有這一通電話的紀錄。")


@of(NothingToNotify)
def _nothing(_error: NothingToNotify) -> str:
    return _("請寫下通報的事由。")


@of(NobodyNamed)
def _nobody_named(_error: NobodyNamed) -> str:
    return _("請寫下受理通報人員的姓名（P5.3）。")


@of(PlacedNotNow)
def _not_now(error: PlacedNotNow) -> str:
    return _("這通電話的狀態是「%(state)s」，不能記受理人員。", state=standing(error.state)[0])


@of(NobodyToRing)
def _nobody(error: NobodyToRing) -> str:
    return _("分機 %(extension)s 現在沒有可以撥打的電話。", extension=error.extension)
