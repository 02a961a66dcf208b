"""The form by which an agency is phoned at once: whom, found by name or number, and about what."""

from collections.abc import Sequence
from functools import partial

from wtforms import HiddenField

from calls.store import NoSuchCall
from control.outbound_calls import NobodyToRing
from hotline.directory.search import Hit
from hotline.directory.service import Unknown
from hotline.errors import faults
from hotline.outbound_calls.service import NothingToNotify, told_matter
from web.console.forms import StepForm, text_line
from web.console.gate import house, now
from web.console.language import _, _l


class NotifyForm(StepForm):
    """Whom and about what; of several who fit, one is chosen in the next sending."""

    STEP = "notify"
    BLAMED = {Unknown: "whom", NobodyToRing: "whom", NothingToNotify: "matter", NoSuchCall: "call"}
    whom = text_line(_l("通報誰"), hint=_l("機關、科室、人、業務或分機。"))
    sought = HiddenField()
    extension = HiddenField()
    matter = text_line(_l("通報的事由"), hint=_l("幾個字就好，請不要寫民眾的個人資料。"))
    call = HiddenField()
    offered: Sequence[Hit] = ()
    """Who fits what was typed, for whom several do."""

    def is_fit(self) -> bool:
        """Tell whether it says whom and what; with all that it lacks at once."""
        is_fit = super().is_fit()
        if self.is_submitted():
            self._seek()
            self.blame_for_all(faults(partial(told_matter, self.text("matter"))))
        return is_fit and not self.errors

    def _seek(self) -> None:
        """Find who is meant, unless they were chosen for the words as they stand."""
        typed = self.text("whom").strip()
        if typed == self.text("sought") and self.text("extension"):
            return
        found = house().atlas.index(house().city.city().at(now())).find(typed[:100])
        sure = [one for one in found if one.match.is_sure]
        self.sought.data, self.extension.data = typed, sure[0].extension if len(sure) == 1 else ""
        if len(sure) == 1:
            return
        self.offered = sure or found
        if not typed:
            self.blame("whom", _("請寫要通報誰。"))
        elif self.offered:
            self.blame("whom", _("符合或相近的有 %(count)d 個，請選一個。", count=len(self.offered)))
        else:
            self.blame("whom", _("找不到符合的人或分機。"))
