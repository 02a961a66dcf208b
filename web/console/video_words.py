"""Sentences of the sign-language service: the service at an instant, a session as each side sees it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hotline.clock import TAIPEI
from hotline.video.rules import (
    NOTICE,
    Estimate,
    EstimateGround,
    SessionState,
    Side,
    VideoEnd,
    VideoRules,
)
from hotline.video.views import ServiceStatus, SessionView
from hotline.worktime.explain import CHINESE, ENGLISH
from web.console.language import _, _n, day, either

TOLD_FOR: Final = timedelta(minutes=1)
"""So long an extension is announced."""


@dataclass(frozen=True, slots=True)
class ServiceWords:
    """The service at an instant, in words."""

    is_open: bool
    says: str
    online: int
    busy: int
    waiting: int
    wait: str
    hours: str


def standing(status: ServiceStatus, rules: VideoRules, at: datetime) -> ServiceWords:
    """Whether it is open and why not, who is there, and what who comes now would wait."""
    if status.is_open:
        says = _("到 %(time)s。", time=clock(status.closes_at))
    else:
        says = _closed(status, rules, at)
    spans = (span.split("-") for span in status.hours.split(", "))
    hours = _("、").join(_("%(begins)s 到 %(ends)s", begins=begins, ends=ends) for begins, ends in spans)
    return ServiceWords(
        status.is_open, says, status.online, status.busy, status.waiting, wait_words(status.wait), hours
    )


def _closed(status: ServiceStatus, rules: VideoRules, at: datetime) -> str:
    today = at.astimezone(TAIPEI).date()
    why = rules.worktime.calendar.reason(today, either(CHINESE, ENGLISH))
    opens = status.opens_at.astimezone(TAIPEI)
    then = clock(opens) if opens.date() == today else f"{day(opens)} {clock(opens)}"
    again = _("%(then)s 再開放。", then=then)
    return _("今天休息（%(why)s），%(again)s", why=why, again=again) if why else again


def clock(at: datetime | None) -> str:
    """The hour and minute of an instant."""
    return f"{at.astimezone(TAIPEI):%H:%M}" if at else ""


def wait_words(wait: Estimate) -> str:
    """What a wait will be at most, and why; or why nobody can know."""
    match wait.ground:
        case EstimateGround.FREE:
            return _("有翻譯員空著，馬上可以接通。")
        case EstimateGround.BLOCKS:
            minutes = -(-(wait.seconds or 0) // 60)
            return _n(
                "最久約 %(num)d 分鐘（前面每一位都用滿時間來算）。",
                "最久約 %(num)d 分鐘（前面每一位都用滿時間來算）。",
                minutes,
            )
        case EstimateGround.NOBODY:
            return _("現在沒有翻譯員上線，不知道要等多久；可以先排隊。")
        case EstimateGround.CLOSING:
            return _("依現在的人數，休息時間以前可能輪不到。")


def head_words(view: SessionView) -> str:
    """How a session stands, in few words."""
    is_citizen = view.side is Side.CITIZEN
    match view.state:
        case SessionState.WAITING:
            return _("等候中，您是第 %(place)d 位", place=view.place)
        case SessionState.ACTIVE:
            return _("已接通手語翻譯員") if is_citizen else _("服務中")
        case SessionState.ENDED | SessionState.LEFT:
            return _("服務結束了") if view.state is SessionState.ENDED else _("排隊結束了")


def says_words(view: SessionView) -> str:
    """What whoever looks should know of it now."""
    if view.end is not None:
        told = _ends_of_citizen() if view.side is Side.CITIZEN else _ends_of_interpreter()
        return told[view.end]
    if view.wait is not None:
        return wait_words(view.wait)
    if view.other_lost is not None:
        return _("對方的連線斷了，%(seconds)d 秒內回來就接著用。", seconds=view.other_lost)
    return _("已經延長過。") if view.extensions else ""


def notice_words(view: SessionView, rules: VideoRules) -> str:
    """What is announced to both sides: that the time ends soon, that it was extended; empty for nothing."""
    left = timedelta(seconds=view.seconds_left or 0)
    if view.state is not SessionState.ACTIVE:
        return ""
    if view.is_near_end and view.extensions < rules.extensions:
        return _(
            "時間剩不到 %(left)d 分鐘。到時有人在等就結束，沒有人等就延長 %(more)d 分鐘。",
            left=minutes(NOTICE),
            more=minutes(rules.extension),
        )
    if view.is_near_end:
        return _("時間剩不到 %(left)d 分鐘，到時就結束。", left=minutes(NOTICE))
    if view.extensions and left > rules.extension - TOLD_FOR:
        return _("沒有人在等，延長 %(more)d 分鐘。", more=minutes(rules.extension))
    return ""


def minutes(length: timedelta) -> int:
    """Whole minutes of a length."""
    return int(length.total_seconds()) // 60


def _ends_of_citizen() -> dict[VideoEnd, str]:
    return {
        VideoEnd.TIME: _("時間到了，謝謝您使用手語視訊服務。"),
        VideoEnd.INTERPRETER: _("翻譯員結束了服務，謝謝您。"),
        VideoEnd.CITIZEN: _("您離開了。"),
        VideoEnd.CITIZEN_LOST: _("您的連線斷了太久；請重新排隊。"),
        VideoEnd.INTERPRETER_LOST: _("翻譯員的連線斷了太久，很抱歉；請重新排隊。"),
        VideoEnd.CLOSED: _("休息時間到了，很抱歉今天這一段沒有輪到您。"),
        VideoEnd.ACCOUNT: _("您的帳號停用了；如有疑問，請到機關的臨櫃視訊點，或以市政信箱詢問。"),
        VideoEnd.SYSTEM: _("系統中斷太久，很抱歉；請重新排隊。"),
    }


def _ends_of_interpreter() -> dict[VideoEnd, str]:
    return {
        VideoEnd.TIME: _("時間到了。請記下主題。"),
        VideoEnd.INTERPRETER: _("您結束了服務。"),
        VideoEnd.CITIZEN: _("民眾離開了。請記下主題。"),
        VideoEnd.CITIZEN_LOST: _("民眾的連線斷了太久。請記下主題。"),
        VideoEnd.INTERPRETER_LOST: _("您的連線斷了太久，服務已結束。請記下主題。"),
        VideoEnd.CLOSED: _("休息時間到了。"),
        VideoEnd.ACCOUNT: _("民眾的帳號停用了。請記下主題。"),
        VideoEnd.SYSTEM: _("系統中斷太久，服務已結束。請記下主題。"),
    }


def room_words() -> dict[str, object]:
    """What the room's script says by itself: what no server can tell it."""
    return {
        "away": _("連不上 1999，正在重新連線。很快連上的話，服務會接著進行；請不要關掉這一頁。"),
        "signedOut": _("您已經登出；請重新登入，沒有結束的服務會接著用。"),
        "gone": _("找不到這次服務，可能已經結束。"),
        "elsewhere": _("這次服務已經在這個瀏覽器的另一頁開著。"),
        "taken": _("這次服務改在另一頁繼續了。"),
        "notSent": _("沒有送出，請再試一次。"),
        "me": _("您："),
        "them": _("對方："),
        "photoAlt": _("對方拍的照片，按一下看原來的大小"),
        "photoSent": _("照片給對方看了。"),
        "noPhoto": _("拍不到照片，請再試一次。"),
        "camera": _("攝影機"),
        "cameras": {
            "refused": _(
                "瀏覽器沒有允許使用攝影機。可以打字；要用攝影機，請按網址旁邊的圖示允許，再按「攝影機」。"
            ),
            "absent": _("找不到攝影機；可以打字，或接上攝影機後再按「攝影機」。"),
            "busy": _("攝影機被別的程式用著；可以打字，或關掉那個程式後再按「攝影機」。"),
            "unable": _("這個瀏覽器不能用視訊；可以打字，或改用新版的瀏覽器。"),
        },
        "noMicrophone": _("沒有麥克風，或瀏覽器沒有允許使用；影像和打字照常。"),
        "pictures": {
            "waiting": _("等對方的影像…"),
            "connecting": _("正在接通影像…"),
            "lost": _("影像斷了，正在重新接通；可以先打字。"),
        },
        "faults": {
            "noPath": _("影像接不通，可能是網路擋住了；正在再試，可以先打字。"),
            "cameraEnded": _("攝影機停了；可以打字，或再按「攝影機」。"),
            "unsent": _("影像的訊息送不出去，正在再試；可以先打字。"),
        },
    }
