"""What is said about news: whether it matters now, how old it is, what cannot be done and why."""

from datetime import datetime

from administration.bulletins import NotRecorded
from hotline.news.linked import IsOver, NoNews
from hotline.news.rules import Backwards, NotSoMany, Standing
from web.console.language import _, _n
from web.console.words import of

KINDS = {
    Standing.PLANNED: "blue",
    Standing.CURRENT: "green",
    Standing.OVER: "grey",
    Standing.WITHDRAWN: "grey",
}
"""The colour beside the word."""


def standing_name(state: Standing) -> str:
    """Whether news matters now."""
    return {
        Standing.PLANNED: _("還沒開始"),
        Standing.CURRENT: _("進行中"),
        Standing.OVER: _("已結束"),
        Standing.WITHDRAWN: _("已撤下"),
    }[state]


def age(posted_at: datetime, at: datetime) -> str:
    """How old news is (P4.7): agents see at a glance whether it is fresh."""
    passed = max(0, int((at - posted_at).total_seconds()))
    if passed < 60:
        return _("剛剛")
    if passed < 3600:
        return _n("%(num)d 分鐘前", "%(num)d 分鐘前", passed // 60)
    if passed < 86400:
        return _n("%(num)d 小時前", "%(num)d 小時前", passed // 3600)
    return _n("%(num)d 天前", "%(num)d 天前", passed // 86400)


@of(NoNews)
def _none(error: NoNews) -> str:
    return _("沒有這一則（%(number)d）。", number=error.number)


@of(IsOver)
def _over(_error: IsOver) -> str:
    return _("這一則先前已經結束了。")


@of(Backwards)
def _backwards(_error: Backwards) -> str:
    return _("結束要晚於開始；請改晚一點。")


@of(NotSoMany)
def _not_so_many(error: NotSoMany) -> str:
    return _("預估來電要在 1 到 %(most)d 通之間。", most=error.most)


@of(NotRecorded)
def _not_recorded(error: NotRecorded) -> str:
    return _("沒有錄好的語音公告「%(name)s」。", name=error.name)
