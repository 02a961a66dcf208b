"""The clock-driven work of this machine, by its roles: ``python -m ops.jobs``."""

import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from threading import Event

import structlog

from control import holds
from control.holds import Holds
from hotline import clock, metrics
from hotline.cluster.leases import BEAT, ClusterLease, LeaseLost
from hotline.db import is_away
from hotline.settings import Settings, load_settings
from hotline.settings.addresses import MachineRole
from ops import logs, wiring
from ops.jobs.journal_replay import Replay
from ops.jobs.of_cluster import cluster_jobs
from ops.jobs.of_machine import machine_jobs
from ops.jobs.of_node import node_jobs
from ops.jobs.of_sound import sound_jobs
from ops.jobs.scheduler import Job, Scheduler, heartbeat
from ops.wiring import House

log = structlog.get_logger()
LEASE = "jobs"
"""Name of the lease on the work that runs once."""


def jobs(house: House, lease: ClusterLease | None = None) -> Sequence[Job]:
    """Declare the jobs of this machine. Without a ``lease`` it is the only one over its database."""
    settings = house.settings
    replay = Replay(house.factory, settings.journal, house.callbacks, cases=house.cancelling, keys=house.keys)
    found = [*machine_jobs(house, replay)]
    if settings.runs(MachineRole.NODE):
        found += node_jobs(house, replay)
    elif settings.runs(MachineRole.JOBS):  # what Twilio recorded comes to this machine
        found += sound_jobs(house)
    if settings.runs(MachineRole.JOBS):
        found += under(lease, settings, replay) if lease else cluster_jobs(house, replay)
    return found


def under(lease: ClusterLease, settings: Settings, replay: Replay) -> Sequence[Job]:
    """Declare the jobs that run once in the cluster, each only while the lease is ours.

    Their house has sessions of its own, which are refused once another machine has the lease.
    """
    house = wiring.workshop(settings, "jobs-once")
    house.keys.load()
    lease.guard(house.factory)
    return (
        Job("lease", "of several machines one does what is done once", timedelta(seconds=BEAT),
            partial(keep, lease)),
        Job("house-once", "the house as it is now, for what is done once", timedelta(seconds=1), house.refresh),
        *(while_ours(lease, job) for job in cluster_jobs(house, replay)),
    )  # fmt: skip


def keep(lease: ClusterLease) -> None:
    """Keep the lease or look whether it is free; while the database is away nobody can take it."""
    try:
        lease.keep()
    except Exception as error:
        if not is_away(error):
            raise
        log.warning("lease.not_kept", why=type(error).__name__)
    metrics.lease_held.set(lease.is_held)


def while_ours(lease: ClusterLease, job: Job) -> Job:
    """The job as it is under a lease: while another machine has it, nothing is due here."""
    due = job.is_due
    return replace(
        job,
        run=partial(while_held, lease, job.run),
        is_due=(lambda session, at: lease.is_held and due(session, at)) if due else None,
    )


def while_held(lease: ClusterLease, run: Callable[[], object]) -> object:
    """Run a job if the lease is ours; what another machine has taken over meanwhile is theirs."""
    with suppress(LeaseLost):
        return run() if lease.is_held else None
    log.warning("job.taken_over")
    return None


def main() -> None:
    """Run the jobs until SIGTERM."""
    settings = load_settings()
    logs.configure_logging(settings, "jobs")
    house = wiring.workshop(settings, "jobs")
    house.keys.load()
    heartbeat(settings, "").parent.mkdir(parents=True, exist_ok=True)
    stopping = Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    signal.signal(signal.SIGINT, lambda *_: stopping.set())
    lease = lease_of(house)
    metrics.lease_held.set(settings.runs(MachineRole.JOBS) and lease is None)
    scheduler = Scheduler(jobs(house, lease), lambda job: heartbeat(settings, job).touch(), house.factory)
    scheduler.start()
    if settings.runs(MachineRole.NODE) and settings.recording_from == "person":
        holds.follow(settings, Holds(house.factory), stopping)
    log.info("jobs.running")
    stopping.wait()
    scheduler.stop()
    if lease:
        with suppress(Exception):  # the database may be away: it is then free after a while
            lease.give_back()
    log.info("jobs.stopped")


def lease_of(house: House) -> ClusterLease | None:
    """The lease on what runs once; none where the database is this machine's own."""
    if house.settings.database_file:
        return None
    return ClusterLease(house.factory, LEASE, house.settings.node, clock.monotonic)
