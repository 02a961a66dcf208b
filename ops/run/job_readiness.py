"""Jobs that a machine runs and that give no sign of life."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from hotline.settings import Settings
from hotline.settings.addresses import MachineRole
from ops.jobs.scheduler import heartbeat

HEARTBEAT_SECONDS: Final = 20.0
NEEDED_JOBS: Final = ("event-log", "journal", "recordings")
WATCHED_JOBS: Final = (*NEEDED_JOBS, "video")
"""Those, and one without which calls are served all the same."""


def jobs_amiss(settings: Settings, at: datetime) -> Iterator[tuple[str, bool]]:
    """What is amiss, and whether calls are served all the same: the first run after a start brings in what
    was left before; later ones may be late.
    """
    for job in watched_jobs(settings):
        try:
            age = at.timestamp() - heartbeat(settings, job).stat().st_mtime
        except FileNotFoundError:
            yield f"jobs: {job} has not run yet", job not in NEEDED_JOBS
            continue
        if age > HEARTBEAT_SECONDS:
            yield f"jobs: no sign of life from {job} for {age:.0f} s", True


def watched_jobs(settings: Settings) -> Sequence[str]:
    """Jobs of this machine without which something is amiss."""
    needed = NEEDED_JOBS if settings.runs(MachineRole.NODE) else ("journal",)
    return (*needed, "video") if settings.runs(MachineRole.JOBS) else needed


def forget_heartbeats(settings: Settings) -> None:
    """Remove heartbeats at a start: old ones would call the journal replayed that is not."""
    for job in WATCHED_JOBS:
        heartbeat(settings, job).unlink(missing_ok=True)
