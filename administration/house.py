"""Interface of a process to the use cases of administrators: the parts that they need, made elsewhere."""

from typing import Protocol

from hotline.callbacks.service import Callbacks
from hotline.db import Sessions
from hotline.runtime_settings.snapshot import RuntimeSettings
from hotline.settings import Settings
from hotline.worktime import Limit
from ivr.books import Books
from ivr.bulletins import Bulletins
from ivr.catalogue import Catalogue


class House(Protocol):
    """The parts of a process that administrators' acts use."""

    @property
    def base(self) -> Settings:
        """The settings as they were at the start."""
        ...

    @property
    def tuned(self) -> RuntimeSettings: ...

    @property
    def books(self) -> Books: ...

    @property
    def factory(self) -> Sessions: ...

    @property
    def callbacks(self) -> Callbacks: ...

    @property
    def bulletins(self) -> Bulletins: ...

    @property
    def catalogue(self) -> Catalogue: ...

    @property
    def reply_limit(self) -> Limit: ...
