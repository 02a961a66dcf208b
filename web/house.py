"""What pages and API are handed: the parts of a process that they need, made elsewhere."""

from typing import Protocol

from administration.house import House as Administration
from administration.uploads import Uploads
from control.house import House as Control
from hotline.directory.atlas import Atlas
from hotline.special_callers.listed import SpecialList
from hotline.worktime import Worktime
from recordings.messages import Messages


class House(Control, Administration, Protocol):
    """The parts of a process that pages and API use."""

    @property
    def atlas(self) -> Atlas: ...

    @property
    def messages(self) -> Messages: ...

    @property
    def special_list(self) -> SpecialList: ...

    @property
    def uploads(self) -> Uploads: ...

    @property
    def worktime(self) -> Worktime: ...
