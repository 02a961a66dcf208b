"""What pages and API are handed: the parts of a process that they need, made elsewhere."""

from typing import Protocol

from administration.due_times import DueTimes
from administration.house import House as Administration
from administration.import_runs import Imports
from administration.overview import Lookout
from administration.uploads import Uploads
from control.captions import Captions
from control.house import House as Control
from control.live_state import LiveState
from hotline.directory.atlas import Atlas
from hotline.knowledge.search import Finder
from hotline.special_callers.listed import SpecialList
from hotline.worktime import Limit, Worktime
from ivr.books import Books
from ivr.bulletins import Bulletins
from ivr.catalogue import Catalogue
from ivr.prompts import Shelf
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
    def built_prompts(self) -> Shelf:
        """Prompts as they are built, whatever Asterisk has copied; nobody is told of one that is missing."""
        ...

    @property
    def captions(self) -> Captions: ...

    @property
    def finder(self) -> Finder: ...

    @property
    def imports(self) -> Imports: ...

    @property
    def live_state(self) -> LiveState: ...

    @property
    def lookout(self) -> Lookout: ...

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
