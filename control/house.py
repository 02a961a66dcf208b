"""Interface of a process to acts in live calls: the parts that they need, made elsewhere."""

from datetime import datetime
from typing import Protocol

from hotline.callbacks.service import Callbacks
from hotline.db import Sessions
from hotline.directory.snapshot import Snapshot
from hotline.settings import Settings
from ivr.limits import Rules
from ivr.prompts import Shelf
from transfer.ladder import HuntRules


class House(Protocol):
    """The parts of a process that acts in calls use."""

    @property
    def settings(self) -> Settings: ...

    @property
    def factory(self) -> Sessions: ...

    @property
    def callbacks(self) -> Callbacks: ...

    @property
    def city(self) -> Snapshot: ...

    @property
    def hunt_rules(self) -> HuntRules: ...

    @property
    def limit_rules(self) -> Rules: ...

    @property
    def shelf(self) -> Shelf: ...

    def is_open(self, at: datetime) -> bool: ...
