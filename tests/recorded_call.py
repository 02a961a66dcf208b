"""A recorded call for tests: its rows, and two files that hold a tone each."""

import wave
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from calls.store import CallRow, Leg, add_event
from hotline.db import Sessions, transaction
from recordings import vault
from recordings.policy import BOTH_WAYS, Direction, file_name
from recordings.store import Recording, RecordingState
from recordings.vault import Folders

RATE = 8000
TONES = {Direction.CALLER: 440, Direction.AGENT: 880, Direction.MESSAGE: 660}
"""Hertz of what each file holds."""
CALLER = "+886955123456"


def recorded(
    factory: Sessions,
    folders: Folders,
    call_id: str,
    at: datetime,
    seconds: float = 20.0,
    agent: str = "agent-1",
) -> None:
    """A call of an agent that was recorded from its beginning, and put through in its middle."""
    middle = at + timedelta(seconds=seconds / 2)
    with transaction(factory) as session:
        call = CallRow(id=call_id, caller=CALLER, started_at=at, ended_at=at + timedelta(seconds=seconds))
        call.agent, call.agent_at, call.outcome = agent, at, "talked"
        session.add(call)
        session.flush()
        leg = Leg(channel=f"{call_id}-leg", call_id=call_id, phone=agent, kind="agent", started_at=at)
        leg.answered_at, leg.outcome = at, "answered"
        session.add(leg)
        put = {"asked": "5112", "by": agent, "urgent": False, "reason": "faq"}
        add_event(session, f"{call_id}:1", call_id, middle, "TransferBegun", put)
    for direction in BOTH_WAYS:
        keep(factory, folders, call_id, direction, at, seconds)


def keep(
    factory: Sessions, folders: Folders, call_id: str, direction: Direction, at: datetime, seconds: float
) -> Path:
    """One file of a call, with its row."""
    path = folders.of(direction) / file_name(call_id, direction)
    tone(path, TONES[direction], seconds)
    row = Recording(call_id=call_id, direction=direction, node=folders.node, path=path.name, started_at=at)
    row.state, row.seconds, row.sha256 = RecordingState.WHOLE, seconds, vault.sha256(path)
    row.ended_at = row.checked_at = at + timedelta(seconds=seconds)
    row.size = path.stat().st_size
    with transaction(factory) as session:
        session.add(row)
    return path


def tone(path: Path, hertz: int, seconds: float) -> None:
    """A wav file that holds a tone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    places = np.arange(round(seconds * RATE)) / RATE
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((8000 * np.sin(2 * np.pi * hertz * places) + 1).astype("<i2").tobytes())
