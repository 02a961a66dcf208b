"""A recorded call of a minute with its two files, as they are expected, checked and verified."""

import os
import wave
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.ledger.audit import audit_rows
from hotline.ledger.store import AuditRow
from recordings.service import Alarm, RecordedCall, Recordings, expect
from recordings.store import Recording
from recordings.vault import Folders
from recordings.verification import SoundVerification

BEGAN = taipei("2026-11-24T10:00:00")
ENDED = BEGAN + timedelta(seconds=60)
SOON = ENDED + timedelta(seconds=5)
NODE, CALL = "ntpc1", "ntpc1-1795572000.1"


@dataclass
class RecordingFiles:
    """One call with its two files."""

    factory: Sessions
    folder: Path
    alarms: list[Alarm] = field(default_factory=list)
    calls_are_known: bool = True

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.folders = Folders(self.folder, self.folder.parent / "messages", NODE)
        self.recordings = Recordings(
            self.factory, self.folders, self.alarms.append, lambda _: self.calls_are_known
        )
        self.verification = SoundVerification(self.factory, self.folders, self.alarms.append)

    def call(self, ended_at: datetime | None = ENDED, *, crashed: bool = False) -> None:
        with transaction(self.factory) as session:
            expect(session, RecordedCall(CALL, NODE, BEGAN, ended_at, crashed))

    def file(
        self, direction: str, seconds: float, written_at: datetime = ENDED, *, closed: bool = True
    ) -> Path:
        path = self.folder / f"{CALL}-{direction}.wav"
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(b"\x01\x02" * int(seconds * 8000))
        if not closed:
            raw = bytearray(path.read_bytes())
            raw[4:8] = raw[40:44] = bytes(4)
            path.write_bytes(raw)
        os.utime(path, (written_at.timestamp(),) * 2)
        return path

    def files(self, seconds: float = 60) -> None:
        for direction in ("caller", "agent"):
            self.file(direction, seconds)

    def rows(self) -> dict[str, Recording]:
        with transaction(self.factory) as session:
            return {row.direction: row for row in session.scalars(select(Recording))}

    def audit_rows(self, direction: str) -> list[AuditRow]:
        """What the audit log says of one file."""
        with transaction(self.factory) as session:
            return audit_rows(session, subject=f"recording:{CALL}/{direction}")

    def states(self) -> set[str]:
        return {row.state for row in self.rows().values()}
