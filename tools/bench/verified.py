"""Speed of ``hotline recordings verify``: files of long calls, read whole and compared with their
checksums.
"""

import os
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

import calls.store  # noqa: F401 - every table
import hotline.tables  # noqa: F401
from hotline import clock
from hotline.clock import taipei
from hotline.db import Base, Sessions, connect, sessions, transaction
from recordings.store import Recording, RecordingState
from recordings.vault import Folders
from recordings.verification import SoundVerification
from tools.bench.plan import BenchPlan
from tools.bench.report import BenchFigure, BenchPart, BenchTable, shown
from tools.faults import CannotMeasure

NODE: Final = "bench"
AT: Final = taipei("2026-11-24T10:00")
FILE: Final = 16 * 1000 * 3600
"""Bytes of one direction of an hour's talk."""
GB_A_MINUTE: Final = 1.0
WAIT: Final = timedelta(seconds=10)


def measure(plan: BenchPlan, scratch: Path) -> BenchPart:
    """Gigabytes a minute."""
    folders = Folders(scratch / "kept", scratch / "messages", NODE)
    folders.calls.mkdir()
    engine = connect(f"sqlite:///{scratch / 'kept.db'}", wait=WAIT)
    Base.metadata.create_all(engine)
    factory = sessions(engine)
    size = sum(_kept(factory, folders.calls, number) for number in range(plan.verified))
    began = clock.monotonic()
    faults = SoundVerification(factory, folders).verify(AT)
    seconds = clock.monotonic() - began
    engine.dispose()
    if faults:
        raise CannotMeasure(f"files that were just written are not whole: {faults[0]}")
    speed = size / 1e9 / seconds * 60
    rows = ((f"{plan.verified}", f"{size / 1e6:.0f}", shown(seconds), shown(speed)),)
    table = BenchTable("Verifying recordings", ("files", "MB", "s", "GB a minute"), rows)
    return BenchPart((table,), (BenchFigure("recordings verified", speed, "GB/min", at_least=GB_A_MINUTE),))


def _kept(factory: Sessions, folder: Path, number: int) -> int:
    """A file and its row; how many bytes."""
    call, direction = f"{NODE}-{number}.1", "caller"
    path = folder / f"{call}-{direction}.wav"
    content = os.urandom(1 << 20) * (FILE >> 20)
    path.write_bytes(content)
    about = {"call_id": call, "direction": direction, "node": NODE, "path": path.name}
    kept = {"state": RecordingState.WHOLE, "started_at": AT, "checked_at": AT}
    with transaction(factory) as session:
        session.add(Recording(**about, **kept, sha256=sha256(content).hexdigest()))
    return len(content)
