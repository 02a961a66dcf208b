"""Parts of whoever makes reports."""

from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final

from calls.in_time import InTime
from hotline import clock
from ops.parts.base import BaseParts

if TYPE_CHECKING:
    from reporting.office_reports import Yardstick
    from reporting.packs.service import Packs

PRODUCT: Final = "ntpc-hotline"


class ReportParts(BaseParts):
    """Parts that count; imported here, for processes that answer calls count nothing."""

    @cached_property
    def packs(self) -> "Packs":
        from reporting.packs.service import Packs

        return Packs(self.factory, lambda: self.yardstick, release(), clock.monotonic)

    @property
    def yardstick(self) -> "Yardstick":
        """What offices are measured by in a month, as it is set now."""
        from reporting.office_reports import Yardstick

        settings = self.settings
        in_time = InTime(settings.ring_period, settings.ring_most)
        return Yardstick(self.worktime, in_time, settings.change_notice_days)


def release() -> str:
    """The version of the program that runs; empty where it is not installed."""
    try:
        return version(PRODUCT)
    except PackageNotFoundError:
        return ""
