"""What is said about tickets: their states, what they are about, whose a fault is, what cannot be done and why."""

from hotline.permissions import Role
from hotline.tickets.faults import NoFault
from hotline.tickets.rules import About, FaultKind, NotNow, State
from hotline.tickets.service import NoSubject, NoTicket
from web.console.language import _
from web.console.words import of

KINDS = {State.OPEN: "red", State.ANSWERED: "blue", State.CLOSED: "grey"}
"""The colour beside the word."""


def state_name(state: str) -> str:
    """How a ticket stands."""
    return {State.OPEN: _("待處理"), State.ANSWERED: _("已答覆"), State.CLOSED: _("已結案")}[State(state)]


def state_kind(state: str) -> str:
    """Its colour."""
    return KINDS[State(state)]


def about_name(about: str) -> str:
    """What went wrong."""
    return {About.CASE: _("案件"), About.NOTICE: _("通知")}[About(about)]


def fault_name(kind: str) -> str:
    """Which of the two telephone systems fails."""
    return {FaultKind.SWITCHBOARD: _("市府大樓總機"), FaultKind.INTERNET: _("網路電話")}[FaultKind(kind)]


def queue_name(queue: str) -> str:
    """Who mends it (P11)."""
    return {
        Role.SECRETARIAT: _("秘書處行政園區管理科"),
        Role.INFORMATION_CENTRE: _("資訊中心資通管理科"),
    }[Role(queue)]


@of(NoTicket)
def _no_ticket(error: NoTicket) -> str:
    return _("沒有第 %(number)d 號問題單。", number=error.number)


@of(NoFault)
def _no_fault(error: NoFault) -> str:
    return _("沒有第 %(number)d 號故障單。", number=error.number)


@of(NoSubject)
def _no_subject(error: NoSubject) -> str:
    if error.about is About.NOTICE:
        return _("沒有第「%(subject)s」號通知；請填通知的編號。", subject=error.subject)
    return _("「%(subject)s」不像案號；案號只有數字和英文字母。", subject=error.subject)


@of(NotNow)
def _not_now(error: NotNow) -> str:
    return _("這一號的狀態是「%(state)s」，不能再這樣處理。", state=state_name(error.state))
