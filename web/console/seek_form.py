"""Forms on which a person, a section or an extension is found by name: typed, then chosen of those who fit.

A script finds them while one types. Without one the form is sent: who fits alone is taken, of several one is
chosen in the next sending.
"""

from collections.abc import Sequence
from typing import ClassVar

from wtforms import HiddenField

from hotline.directory.search import Hit
from web.console.forms import Form
from web.console.gate import house, now
from web.console.language import _

LONGEST_SOUGHT = 100


class SeekForm(Form):
    """What was typed (``SEEKS`` is its field), for which words somebody was chosen, and who."""

    SEEKS: ClassVar[str]
    sought = HiddenField()
    extension = HiddenField()
    offered: Sequence[Hit] = ()
    """Who fits what was typed, for whom several do."""

    def seek(self) -> None:
        """Find who is meant, unless they were chosen for the words as they stand."""
        typed = self.text(self.SEEKS).strip()
        if typed == self.text("sought") and self.text("extension"):
            return
        found = house().atlas.index(house().city.city().at(now())).find(typed[:LONGEST_SOUGHT])
        sure = [one for one in found if one.match.is_sure]
        exact = [one for one in sure if one.extension == typed] or sure
        meant = exact[0].extension if len(exact) == 1 else ""
        self.sought.data, self.extension.data = typed, meant
        if meant:
            return
        self.offered = sure or found
        if self.offered:
            self.blame(self.SEEKS, _("符合或相近的有 %(count)d 個，請選一個。", count=len(self.offered)))
        else:
            self.blame(self.SEEKS, _("找不到符合的人或分機。"))
