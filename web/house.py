"""What pages and API are handed: the parts of a process that they need, made elsewhere."""

from typing import Protocol

from administration.house import House as Administration
from administration.uploads import Uploads
from control.house import House as Control
from hotline.directory.atlas import Atlas
from hotline.runtime_settings.snapshot import Tuned
from hotline.settings import Settings
from hotline.special_callers.listed import SpecialList
from hotline.worktime import Worktime
from ivr.books import Books
from recordings.messages import Messages


class House(Control, Administration, Protocol):
    """The parts of a process that pages and API use."""

    @property
    def base(self) -> Settings:
        """The settings as they were at the start."""
        ...

    @property
    def atlas(self) -> Atlas: ...

    @property
    def books(self) -> Books: ...

    @property
    def messages(self) -> Messages: ...

    @property
    def special_list(self) -> SpecialList: ...

    @property
    def tuned(self) -> Tuned: ...

    @property
    def uploads(self) -> Uploads: ...

    @property
    def worktime(self) -> Worktime: ...
