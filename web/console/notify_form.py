"""The form by which an agency is phoned at once: whom, found by name or number, and about what."""

from functools import partial
from typing import Any, ClassVar

from wtforms import HiddenField

from calls.store import NoSuchCall
from control.outbound_calls import NobodyToRing
from hotline.directory.service import Unknown
from hotline.errors import faults
from hotline.outbound_calls.service import NothingToNotify, told_matter
from web.console.forms import StepForm, text_line
from web.console.language import _l
from web.console.seek_form import SeekForm


class WhomForm(SeekForm, StepForm):
    """Whom to notify."""

    STEP, SEEKS = "notify", "whom"
    UNNAMED: ClassVar[Any] = _l("請寫要通報誰。")
    BLAMED = {Unknown: "whom", NobodyToRing: "whom", NothingToNotify: "matter", NoSuchCall: "call"}
    whom = text_line(_l("通報誰"), hint=_l("機關、科室、人、業務或分機。"))

    def is_fit(self) -> bool:
        """Tell whether it says whom."""
        is_fit = super().is_fit()
        if self.is_submitted():
            if self.text("whom").strip() or self.text("extension"):
                self.seek()
            else:
                self.blame("whom", str(self.UNNAMED))
        return is_fit and not self.errors


class NotifyForm(WhomForm):
    """Whom to notify, and about what."""

    matter = text_line(_l("通報的事由"), hint=_l("幾個字就好，請不要寫民眾的個人資料。"))
    call = HiddenField()

    def is_fit(self) -> bool:
        """Tell whether it says whom and what; with all that it lacks at once."""
        is_fit = super().is_fit()
        if self.is_submitted():
            self.blame_for_all(faults(partial(told_matter, self.text("matter"))))
        return is_fit and not self.errors
