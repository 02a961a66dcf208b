"""Speed of ``hotline recordings verify``: sealed files of long calls, read whole and compared with their
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
from recordings.storage import FOLDER, FolderStorage, Storages
from recordings.store import Recording, RecordingState
from recordings.vault import Folders
from recordings.verification import SoundVerification
from tools.bench.plan import BenchPlan
from tools.bench.report import BenchFigure, BenchPart, BenchTable, shown
from tools.faults import CannotMeasure

NODE: Final = "bench"
MONTH: Final = "2026-11"
AT: Final = taipei("2026-11-24T10:00")
FILE: Final = 16 * 1000 * 3600
"""Bytes of one direction of an hour's talk."""
GB_A_MINUTE: Final = 1.0
WAIT: Final = timedelta(seconds=10)


def measure(plan: BenchPlan, scratch: Path) -> BenchPart:
    """Gigabytes a minute."""
    folders = Folders(scratch / "kept", scratch / "messages", NODE)
    sealed = scratch / "sealed"
    (sealed / MONTH).mkdir(parents=True)
    storages = Storages({FOLDER: FolderStorage(sealed)}, FOLDER, sealed / "drafts")
    engine = connect(f"sqlite:///{scratch / 'kept.db'}", wait=WAIT)
    Base.metadata.create_all(engine)
    factory = sessions(engine)
    size = sum(_kept(factory, sealed, number) for number in range(plan.verified))
    began = clock.monotonic()
    faults = SoundVerification(factory, folders, storages=storages).verify(AT)
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
    path = folder / MONTH / f"{call}-{direction}.sealed"
    content = os.urandom(1 << 20) * (FILE >> 20)
    path.write_bytes(content)
    about = {"call_id": call, "direction": direction, "node": NODE, "path": f"{path.stem}.wav"}
    whole = {"state": RecordingState.WHOLE, "started_at": AT, "checked_at": AT, "sha256": "0" * 64}
    kept = {"storage": FOLDER, "sealed_as": f"{MONTH}/{path.name}", "sealed_size": len(content)}
    with transaction(factory) as session:
        session.add(Recording(**about, **whole, **kept, sealed_sha256=sha256(content).hexdigest()))
    return len(content)
