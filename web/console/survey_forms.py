"""The questions about a closed case as a form: a petitioner's own, or of who calls the petitioner (P10.3)."""

from wtforms import HiddenField
from wtforms.validators import InputRequired

from hotline.survey.mailing import LONGEST, CaseAnswer
from hotline.survey.service import COLUMNS
from hotline.survey.store import SurveyRow
from web.console.forms import Form, button, fits, number_of, radios, text_area, tick_box
from web.console.language import _, _l


def _levels() -> dict[str, str]:
    return {
        "5": _("非常滿意"),
        "4": _("滿意"),
        "3": _("普通"),
        "2": _("不滿意"),
        "1": _("非常不滿意"),
    }


class SurveyAnswerForm(Form):
    """The questions about a closed case; those that are not asked are taken out."""

    code = HiddenField()
    first = radios(
        _l("整體來說，您滿意這次的服務嗎？"), _levels, "", InputRequired(_l("請選一項：整體來說滿不滿意"))
    )
    second = radios(_l("您滿意我們的說明嗎？"), _levels, "", InputRequired(_l("請選一項：說明滿不滿意")))
    third = radios(
        _l("您滿意處理所花的時間嗎？"), _levels, "", InputRequired(_l("請選一項：處理的時間滿不滿意"))
    )
    untrue = tick_box(_l("這件案件其實沒有辦好（市府可能會複查）"))
    words = text_area(_l("還想告訴我們的（可以不填）"), fits(LONGEST, needed=False))
    submit = button(_l("送出"))

    def ask(self, row: SurveyRow) -> None:
        """Take the questions out that are not asked."""
        for name in COLUMNS[row.questions :]:
            if name in self:
                delattr(self, name)

    def said(self) -> CaseAnswer:
        """What was answered."""
        scores = [number_of(self.text(name)) or None for name in COLUMNS if name in self]
        return CaseAnswer(scores, self.text("words"), bool(self.untrue.data))
