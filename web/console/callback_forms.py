"""Forms of a promise's page: one for each step that takes words."""

from collections.abc import Iterable
from typing import Any

from wtforms.validators import InputRequired

from hotline.callbacks.rules import ReasonMissing
from hotline.callbacks.store import Callback
from hotline.callbacks.wishes import NumberMissing, NumberNotDialled
from hotline.callbacks.work import NotLater, wrong_extension
from hotline.errors import HotlineError
from hotline.staff.service import UnknownStaff
from web.console.date_fields import MomentField
from web.console.forms import StepForm, choice, text_line
from web.console.gate import now
from web.console.language import _, _l
from web.console.name_choices import named
from web.console.talk_words import outcomes


class CallbackMatterForm(StepForm):
    """The matter of a promise that was made by key."""

    STEP = "matter"
    matter = text_line(
        _l("事由"), InputRequired(_l("請寫下事由")), hint=_l("例如：中正路路燈不亮，想知道何時修好。")
    )


class GivenNumberForm(StepForm):
    """The number of a citizen who was heard or found."""

    STEP = "number"
    BLAMED = {NumberMissing: "citizen", NumberNotDialled: "citizen"}
    citizen = text_line(
        _l("民眾可以接聽的電話"),
        InputRequired(_l("請填電話號碼")),
        hint=_l("臺灣的市話（含區碼）或手機，例如 0912345678。"),
    )


class ToldForm(StepForm):
    """What the citizen was told."""

    STEP = "close"
    BLAMED = {ReasonMissing: "result"}
    result = text_line(_l("答覆的內容"), InputRequired(_l("請寫下告訴民眾的內容")))


class AttemptForm(StepForm):
    """A call to the citizen from another phone, and what came of it."""

    STEP = "attempt"
    outcome = choice(_l("結果"), InputRequired(_l("請選擇結果。")))
    note = text_line(_l("備註"))

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.outcome.choices = [("", _("（請選擇）")), *outcomes().items()]


class ExtensionForm(StepForm):
    """A later time, and why none before it would do."""

    STEP = "extend"
    BLAMED = {NotLater: "until", ReasonMissing: "reason"}
    row: Callback
    until = MomentField(
        _l("新的時間"), [InputRequired(_l("請填寫新的時間。"))], description=_l("統計仍以原時限計算。")
    )
    reason = text_line(_l("為什麼不能更早"), InputRequired(_l("請寫下理由")))

    def faults(self) -> Iterable[HotlineError]:
        """All that speaks against the extension (§9.2)."""
        return wrong_extension(self.row, self.until.data, self.text("reason"), now())


class HandOverForm(StepForm):
    """The next owner of a promise, and why."""

    STEP = "hand-over"
    BLAMED = {UnknownStaff: "to", ReasonMissing: "reason"}
    to = named(_l("移交給誰"), InputRequired(_l("請選擇移交給誰")))
    reason = text_line(_l("移交的理由"), InputRequired(_l("請寫下理由")))


class CancelCallbackForm(StepForm):
    """Why a promise needs no keeping."""

    STEP = "cancel"
    BLAMED = {ReasonMissing: "reason"}
    reason = text_line(_l("取消的理由"), InputRequired(_l("請寫下理由")))


FORMS = (
    CallbackMatterForm,
    GivenNumberForm,
    ToldForm,
    AttemptForm,
    ExtensionForm,
    HandOverForm,
    CancelCallbackForm,
)
"""In the order of the page."""
