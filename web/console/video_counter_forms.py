"""Forms about counters: what is said of one, its sign's photograph, a test of RDEC's, an incident."""

from dataclasses import replace

from wtforms import FileField, HiddenField
from wtforms.validators import InputRequired

from hotline.video.counter_rules import (
    LONGEST,
    LONGEST_NOTE,
    Counter,
    CounterDateAhead,
    CounterPhotoUndated,
    CounterResult,
    CounterSeconds,
    CounterState,
    MediaQuality,
)
from hotline.video.counter_tests import LONGEST_TESTER
from hotline.video.misuse import LONGEST as LONGEST_INCIDENT
from web.console.date_fields import DayField, MomentField
from web.console.forms import (
    Form,
    agency_choice,
    choice,
    fits,
    number_of,
    radios,
    reason_form,
    text_area,
    text_line,
)
from web.console.language import _l, names


class CounterForm(Form):
    """A counter; ``expected`` is the version that was shown."""

    agency = agency_choice(_l("機關"))
    state = radios(_l("狀態"), lambda: names(CounterState), CounterState.IN_USE)
    location = text_line(
        _l("地點"),
        fits(LONGEST["location"], needed=False),
        hint=_l("大樓、樓層、櫃檯，例如「市民廣場 1 樓 3 號櫃檯」。"),
    )
    equipment = text_line(
        _l("設備"),
        fits(LONGEST["equipment"], needed=False),
        hint=_l("電腦、攝影機、螢幕、耳機，例如「平板電腦，內建攝影機」。"),
    )
    program = text_line(
        _l("視訊程式"),
        fits(LONGEST["program"], needed=False),
        hint=_l("用哪一種瀏覽器或程式連線。"),
    )
    helper = text_line(
        _l("協助人員"),
        fits(LONGEST["helper"], needed=False),
        hint=_l("幫民眾連線、防止不當使用的人，寫姓名。"),
    )
    reason = text_line(_l("異動原因"), InputRequired(_l("請寫下異動原因，日後查得到")))
    expected = HiddenField()

    def says(self, before: Counter | None) -> Counter:
        """The counter as it was typed; its photograph is changed elsewhere."""
        location, equipment, program, helper = (self.text(name).strip() for name in LONGEST)
        state = CounterState(self.text("state"))
        typed = Counter(self.text("agency"), location, equipment, program, helper, state)
        return replace(typed, photo=before.photo, photo_on=before.photo_on) if before else typed


class SignPhotoForm(Form):
    """A photograph of a counter's sign, and when it was taken."""

    BLAMED = {CounterPhotoUndated: "photo_on", CounterDateAhead: "photo_on"}
    photo_on = DayField(_l("拍攝日期"))
    photo = FileField(_l("標示的照片"))


class DeviceForm(Form):
    """The mailbox of a counter, to which codes for its device's password go."""

    contact = text_line(_l("櫃檯的電子郵件"), InputRequired(_l("請填櫃檯的電子郵件")))


def _qualities() -> dict[str, str]:
    return dict(names(MediaQuality))


class CounterTestForm(Form):
    """An unannounced test by RDEC (P6.7)."""

    BLAMED = {CounterSeconds: "seconds", CounterDateAhead: "at"}
    at = MomentField(_l("測試時間"), [InputRequired(_l("請填測試的日期和時間"))])
    tester = text_line(_l("測試人員"), InputRequired(_l("請寫測試人員的姓名")), fits(LONGEST_TESTER))
    connected = radios(_l("接通了嗎"), lambda: {"yes": _l("已接通"), "no": _l("沒有接通")}, "yes")
    seconds = text_line(_l("幾秒接通"), hint=_l("從按下請求到看見對方；沒有接通就空白。"))
    picture = choice(_l("影像"))
    sound = choice(_l("聲音"))
    note = text_area(_l("備註"), fits(LONGEST_NOTE, needed=False), hint=_l("不要寫民眾的個人資料。"))

    def offer(self) -> None:
        """Offer the words of picture and sound."""
        for field in (self.picture, self.sound):
            field.choices = list(_qualities().items())

    def result(self) -> CounterResult:
        """What was found, as it was typed."""
        typed = self.text("seconds").strip()
        return CounterResult(
            self.text("connected") == "yes",
            number_of(typed) if typed.isdecimal() else None,
            MediaQuality(self.text("picture") or MediaQuality.NONE),
            MediaQuality(self.text("sound") or MediaQuality.NONE),
            self.text("note"),
        )


class IncidentForm(Form):
    """An incident of misuse (P6.5)."""

    BLAMED = {CounterDateAhead: "at"}
    counter = choice(_l("在哪裡"), checked=False)
    at = MomentField(_l("什麼時候"), [InputRequired(_l("請填發生的日期和時間"))])
    what = text_area(
        _l("發生什麼事"), fits(LONGEST_INCIDENT), hint=_l("例如「同仁用來談私事」；不要寫民眾的姓名、電話。")
    )


EndForm = reason_form(text_line(_l("停用的理由"), InputRequired(_l("請寫下停用的理由"))))
