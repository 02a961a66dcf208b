"""Sentences of the self-test: what was found, and what a helper does about it."""

from collections.abc import Iterator
from dataclasses import dataclass

from hotline.video.counter_rules import Measured, MediaQuality
from web.console.language import _


@dataclass(frozen=True, slots=True)
class Advice:
    """A sentence, and whether all is well with what it is about."""

    is_good: bool
    text: str


def advice(found: Measured) -> Iterator[Advice]:
    """What was found, one thing a sentence."""
    if found.seconds < 0:
        yield Advice(
            False,
            _("影像接不通：網路擋住了視訊。請換一個網路再測，或請資訊人員開放視訊用的連線。"),
        )
        return
    way = _("經由市府的視訊中繼") if found.is_by_turn else _("直接連線")
    yield Advice(True, _("%(seconds)s 秒接通（%(way)s）。", seconds=f"{found.seconds:.1f}", way=way))
    match found.picture:
        case MediaQuality.GOOD:
            yield Advice(
                True,
                _("影像順暢，每秒 %(fps)d 張，每秒傳 %(kbps)d 千位元。", fps=found.fps, kbps=found.kbps),
            )
        case MediaQuality.POOR:
            yield Advice(
                False,
                _(
                    "影像不順，每秒只有 %(fps)d 張（每秒傳 %(kbps)d 千位元），看手語會吃力。請關掉其他程式、改用有線網路或靠近無線基地台，再測一次。",
                    fps=found.fps,
                    kbps=found.kbps,
                ),
            )
        case MediaQuality.NONE:
            yield Advice(False, _("接通了，但看不到影像。請看攝影機有沒有被蓋住，再測一次。"))
    match found.sound:
        case MediaQuality.GOOD:
            yield Advice(True, _("麥克風有聲音。"))
        case MediaQuality.POOR:
            yield Advice(False, _("麥克風沒有聽到聲音。測試時請說幾句話；手語視訊不用聲音也可以。"))
        case MediaQuality.NONE:
            yield Advice(True, _("沒有麥克風；手語視訊不用聲音也可以。"))


def test_words() -> dict[str, object]:
    """What the page's script says by itself."""
    return {
        "camera": _("正在打開攝影機和麥克風，請按「允許」…"),
        "connecting": _("正在接通…"),
        "measuring": _("正在量影像和聲音，約 6 秒；請在鏡頭前動一動，說幾句話…"),
        "done": _("測試完成。"),
        "failed": _("測試沒有完成，請重新整理再試一次。"),
        "good": _("沒問題"),
        "bad": _("要處理"),
        "cameras": {
            "refused": _("瀏覽器沒有允許使用攝影機：按網址旁邊的圖示，允許攝影機和麥克風，再測一次。"),
            "absent": _("找不到攝影機：請看線有沒有插好，再測一次。"),
            "busy": _("攝影機被別的程式用著：關掉其他視訊程式，再測一次。"),
            "unable": _("這個瀏覽器不能用視訊：請改用新版的瀏覽器。"),
        },
    }
