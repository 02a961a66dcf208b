"""Jobs of every machine to whose disk sound comes: a node, and one that fetches what Twilio recorded."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from hotline import clock
from ops.jobs.recordings import check_recordings, recordings_of
from ops.jobs.scheduler import Job
from ops.jobs.sealing import EVERY, SealingRuns
from ops.jobs.spoken_messages import Sweep
from ops.wiring import House


def sound_jobs(house: House, calls_are_known: Callable[[datetime], bool] = lambda _: True) -> Sequence[Job]:
    """Declare what brings sound from this disk to its promises and its storage.

    ``calls_are_known``: the event log is loaded so far that a call without an end is up.
    """
    settings = house.settings
    sweep = Sweep(house.factory, house.messages, settings.node, house.callbacks, settings.message_longest)
    kept, sealing = recordings_of(house, calls_are_known), SealingRuns(house)
    return (
        Job(
            "recordings",
            "every expected file is looked at",
            timedelta(seconds=5),
            lambda: check_recordings(kept, clock.now()),
        ),
        Job(
            "messages",
            "spoken messages come to their promises, also after a hang-up (§9.2)",
            timedelta(seconds=5),
            lambda: sweep.run(clock.now()),
        ),
        Job(
            "sealing",
            "kept sound is encrypted and brought to its storage (P4.12)",
            EVERY,
            lambda: sealing.run(clock.now()),
        ),
    )
