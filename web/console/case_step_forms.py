"""Forms of a case's page beside those of its moves: a telephone record, a cancelling."""

from typing import Any

from wtforms.validators import InputRequired, Length

from hotline.cases.guards import RepliedOutside
from hotline.cases.words import LONG, CancelGround
from web.console.date_fields import MomentField
from web.console.forms import StepForm, choice, text_area, text_line
from web.console.language import _, _l, names


class PhoneRecordForm(StepForm):
    """What was said to the petitioner on the telephone, and when."""

    STEP = "phone-record"
    BLAMED = {RepliedOutside: "called_at"}
    called_at = MomentField(_l("通話的時間"), [InputRequired(_l("請填寫通話的時間。"))])
    note = text_area(
        _l("談了什麼"),
        InputRequired(_l("請寫下談了什麼。")),
        Length(max=LONG, message=_l("最多 %(max)d 字")),
        hint=_l(
            "例如：已向陳情人說明路面修補完成。以書面回復的，記下發文日期和文號。完成的案件存下紀錄就結案。"
        ),
    )


class CancelCaseForm(StepForm):
    """Why whoever reported it takes it back, and how it was made sure who asks."""

    STEP = "cancel"
    ground = choice(_l("原因"), InputRequired(_l("請選擇原因。")))
    reason = text_line(
        _l("怎麼核對的"),
        InputRequired(_l("請寫下怎麼核對的。")),
        Length(max=200, message=_l("最多 %(max)d 字")),
    )

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.ground.choices = [("", _("（請選擇）")), *names(CancelGround).items()]
