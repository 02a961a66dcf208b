"""What pages and API are handed: the parts of a process that they need, made elsewhere."""

from typing import Protocol

from administration.due_times import DueTimes
from administration.house import House as Administration
from administration.uploads import Uploads
from control.house import House as Control
from hotline.directory.atlas import Atlas
from hotline.special_callers.listed import SpecialList
from hotline.worktime import Limit, Worktime
from ivr.books import Books
from ivr.bulletins import Bulletins
from ivr.catalogue import Catalogue
from recordings.messages import Messages


class House(Control, Administration, Protocol):
    """The parts of a process that pages and API use."""

    @property
    def atlas(self) -> Atlas: ...

    @property
    def bulletins(self) -> Bulletins: ...

    @property
    def catalogue(self) -> Catalogue: ...

    @property
    def due_times(self) -> DueTimes: ...

    @property
    def reply_limit(self) -> Limit: ...

    @property
    def books(self) -> Books: ...

    @property
    def messages(self) -> Messages: ...

    @property
    def special_list(self) -> SpecialList: ...

    @property
    def uploads(self) -> Uploads: ...

    @property
    def worktime(self) -> Worktime: ...
