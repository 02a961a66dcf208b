"""What administrators' acts are handed: the parts of a process that they need, made elsewhere."""

from typing import Protocol

from hotline.callbacks.service import Callbacks
from hotline.db import Sessions
from hotline.worktime import Limit
from ivr.bulletins import Bulletins
from ivr.catalogue import Catalogue


class House(Protocol):
    """The parts of a process that administrators' acts use."""

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
