"""Explanations of queue figures (reporting/queue_metrics.py), alike on the board and for past days."""

from reporting.queue_metrics import SOON_ENOUGH
from web.console.language import _

Counted = tuple[tuple[str, str], ...]
"""A figure's name, and how it is counted."""


def soon() -> int:
    """Seconds within which an answer counts for the service level."""
    return int(SOON_ENOUGH.total_seconds())


def level_counted() -> str:
    """The service level."""
    return _("%(soon)d 秒內接聽 ÷（已接＋已登記回電＋放棄）；從進入佇列算到接聽", soon=soon())


def queue_counted() -> Counted:
    """Calls, and what they came to."""
    return (
        (_("來電"), _("民眾打來、在這段時間開始的每一通，也算只聽選單的；不含 1999 撥出的電話")),
        (_("進入佇列"), _("要找話務人員而開始等候的來電")),
        (_("已接"), _("進入佇列後，有話務人員接聽的")),
        (_("已登記回電"), _("進入佇列後沒有人接，通話以登記回電結束的；也算在「已登記回電」裡")),
        (_("放棄"), _("進入佇列後，沒有人接也沒有登記回電就結束的")),
        (_("服務水準"), level_counted()),
    )


def menu_counted() -> Counted:
    """Calls that never joined the queue."""
    return (
        (_("聽完資訊"), _("沒有進入佇列，而把一段資訊聽到最後的（例如手語視訊時間、緊急公告）")),
        (_("選單中離開"), _("在說明、選單或轉接響鈴中結束，沒有交談、沒有登記回電，也沒有聽完資訊的")),
    )


def wait_counted() -> tuple[str, str]:
    """The time until the answer."""
    return _("等候"), _("只算已接的來電：在佇列裡等過的時間，重新排隊的合計")
