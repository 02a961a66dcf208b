"""What is said about news: whether it matters now, and how old it is."""

from datetime import datetime

from hotline.news.rules import NewsStatus
from web.console.language import _, _n

KINDS = {
    NewsStatus.PLANNED: "blue",
    NewsStatus.CURRENT: "green",
    NewsStatus.OVER: "grey",
    NewsStatus.WITHDRAWN: "grey",
}
"""The colour beside the word."""


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
