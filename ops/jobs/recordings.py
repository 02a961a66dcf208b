"""The watch over recordings, wired: its alarms become a metric and a line in the log."""

from collections.abc import Callable
from datetime import datetime

import structlog

from hotline import metrics
from hotline.twilio_rest import twilio_of
from ops.wiring import House
from recordings.remote import RemoteFetch
from recordings.service import Alarm, Recordings
from recordings.verification import SoundFault, SoundVerification

log = structlog.get_logger()


def recordings_of(house: House, calls_are_known: Callable[[datetime], bool] = lambda _: True) -> Recordings:
    """``calls_are_known``: the event log is loaded so far that a call without an end is up."""
    within = house.settings.recording_alarm
    return Recordings(house.factory, house.folders, _raise, calls_are_known, within=within)


def check_recordings(recordings: Recordings, at: datetime) -> None:
    """Look at what is expected; tell how much is bad."""
    recordings.check(at)
    metrics.recordings_bad.set(recordings.bad())


def verify_recordings(house: House, at: datetime) -> list[SoundFault]:
    """Compare every kept file, plain or sealed, with its checksum."""
    return SoundVerification(house.factory, house.folders, _raise, house.storages).verify(at)


def fetching(house: House) -> RemoteFetch:
    """Fetching of sound that Twilio recorded."""
    return RemoteFetch(house.factory, house.folders, twilio_of(house.settings), _raise)


def _raise(alarm: Alarm) -> None:
    metrics.recording_alarms.labels(alarm.state).inc()
    log.error("recording.bad", call=alarm.call_id, file=alarm.path, state=alarm.state, why=alarm.reason)
