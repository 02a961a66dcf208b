"""What is said about the book: how an entry stands, what makes it hard to read aloud, what cannot be done and why."""

from hotline.knowledge.requests import IsReplied, NoRequest
from hotline.knowledge.reviews import NothingToReview
from hotline.knowledge.rules import Channel, Hindrance, NotYet, RequestState, Review
from hotline.knowledge.service import ChangedMeanwhile, UnknownBusiness, UnknownEntry
from hotline.knowledge.store import FaqRequest
from hotline.texts import Unfit
from web.console.language import _, moment
from web.console.words import of

KINDS = {Review.DONE: "green", Review.DUE: "yellow", Review.LATE: "red"}
"""The colour beside the word."""


def review_name(state: Review) -> str:
    """How an entry stands in the month's review (P4.4)."""
    return {Review.DONE: _("本月已檢視"), Review.DUE: _("本月未檢視"), Review.LATE: _("逾月未檢視")}[state]


def request_name(row: FaqRequest) -> tuple[str, str]:
    """How a request stands, with the colour beside the word (P4.5)."""
    if row.state == RequestState.REPLIED:
        return (_("逾期回覆"), "orange") if row.late_at else (_("已回覆"), "green")
    return (_("逾期未回覆"), "red") if row.late_at else (_("待回覆"), "blue")


def channel_name(channel: str) -> str:
    """How the call centre asked."""
    return {Channel.PHONE: _("打電話"), Channel.EMAIL: _("電子郵件")}[Channel(channel)]


def hindrance_name(one: Hindrance) -> str:
    """What somebody who reads it aloud stumbles over."""
    return {
        Hindrance.LINK: _("有網址或信箱，唸不出來；請改成民眾聽得懂的說法。"),
        Hindrance.LIST: _("有條列；請改成一句接一句的說法。"),
        Hindrance.BRACKETS: _("括號裡的字聽不出來；請改寫成句子。"),
        Hindrance.LONG_SENTENCE: _("有一句太長，一口氣唸不完；請斷句。"),
    }[one]


@of(Unfit)
def _unfit(error: Unfit) -> str:
    return {
        "empty": _("請填寫這一欄。"),
        "control": _("這一欄有看不見的控制字元，請重新輸入。"),
        "long": _("最多 %(most)d 個字，請縮短。", most=error.most),
    }[error.why]


@of(NotYet)
def _not_yet(_error: NotYet) -> str:
    return _("這個時間還沒到；請填實際來電或來信的時間。")


@of(UnknownEntry)
def _unknown_entry(error: UnknownEntry) -> str:
    return _("問答集現在沒有第 %(number)s 則。", number=error.number)


@of(UnknownBusiness)
def _unknown_business(error: UnknownBusiness) -> str:
    return _("目錄裡現在沒有業務「%(business)s」。", business=error.business)


@of(NothingToReview)
def _nothing(_error: NothingToReview) -> str:
    return _("沒有可以檢視的問答。")


@of(ChangedMeanwhile)
def _changed(error: ChangedMeanwhile) -> str:
    return _(
        "您編輯的時候，%(who)s 在 %(when)s 改過這一則。您寫的還在下面；請對照現在的內容，補上後再儲存。",
        who=error.by, when=moment(error.at),
    )  # fmt: skip


@of(NoRequest)
def _no_request(error: NoRequest) -> str:
    return _("沒有第 %(number)d 號徵詢。", number=error.number)


@of(IsReplied)
def _is_replied(error: IsReplied) -> str:
    return _("%(who)s 已經回覆過了；內容要改，請修改問答。", who=error.by)
