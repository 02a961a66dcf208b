"""The watch over recordings, wired: its alarms become a metric and a line in the log."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from hotline import metrics
from hotline.twilio_rest import twilio_of
from ops.wiring import House
from recordings.remote import RemoteFetch
from recordings.service import Alarm, Recordings
from recordings.vault import Folders
from recordings.verification import SoundFault, SoundVerification

log = structlog.get_logger()


@dataclass(frozen=True)
class Vault:
    """Recordings and their verification, for jobs and commands."""

    recordings: Recordings
    verification: SoundVerification

    def check(self, at: datetime) -> None:
        """Look at what is expected; tell how much is bad."""
        self.recordings.check(at)
        metrics.recordings_bad.set(self.recordings.bad())

    def verify(self, at: datetime) -> list[SoundFault]:
        """Compare every file with its checksum."""
        return self.verification.verify(at)


def vault(house: House, calls_are_known: Callable[[datetime], bool] = lambda _: True) -> Vault:
    """``calls_are_known``: the event log is loaded so far that a call without an end is up."""
    settings = house.settings
    folders = Folders(settings.recordings, settings.messages, settings.node)
    return Vault(
        Recordings(house.factory, folders, _raise, calls_are_known, within=settings.recording_alarm),
        SoundVerification(house.factory, folders, _raise),
    )


def fetching(house: House) -> RemoteFetch:
    """Fetching of sound that Twilio recorded."""
    settings = house.settings
    folders = Folders(settings.recordings, settings.messages, settings.node)
    return RemoteFetch(house.factory, folders, twilio_of(settings), _raise)


def _raise(alarm: Alarm) -> None:
    metrics.recording_alarms.labels(alarm.state).inc()
    log.error("recording.bad", call=alarm.call_id, file=alarm.path, state=alarm.state, why=alarm.reason)
