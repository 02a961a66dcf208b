"""A supervisor at a talk, with real phones:
who hears whom is measured, each voice being a tone of its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from calls import monitor
from calls.monitor import AttemptOutcome
from control.monitor import (
    AlreadyRings,
    Mode,
    MonitorStart,
    NoTalk,
    SupervisorAtTalk,
    listeners,
    patience,
    supervise,
)
from control.passwords import secret
from demo.phone import Answers, Busy, PhoneEventKind, Softphone
from demo.sound import SAMPLES_A_SECOND, read_wav, write_wav
from hotline import clock
from hotline.db import transaction
from hotline.ledger.audit import audit_rows
from hotline.staff.service import NotPermitted
from tests.live.system import DESKS, System
from tests.live.talks import BOSS, Talk, talks

pytestmark = pytest.mark.live
CITIZEN, AGENT, SUPERVISOR = TONES = 500, 900, 1500
"""Hertz: their voices."""
HEARD, SILENT = -35.0, -55.0
"""Decibels under full scale of a voice that is heard, and of one that is not."""


def loudness(phone: Softphone) -> dict[int, float]:
    """How loud each voice was in the phone's ear within the last second, in decibels under full scale."""
    sound = read_wav(phone.heard)[-SAMPLES_A_SECOND:].astype(float) / 32768
    if len(sound) < SAMPLES_A_SECOND:
        return dict.fromkeys(TONES, -99.0)
    heard = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) * 4 / len(sound)
    return {tone: float(20 * np.log10(heard[tone - 2 : tone + 3].max() + 1e-5)) for tone in TONES}


def hears(phone: Softphone, *voices: int) -> bool:
    """Exactly these of the three."""
    found = loudness(phone)
    return all(found[one] > HEARD if one in voices else found[one] < SILENT for one in TONES)


@contextmanager
def in_talk(system: System, number: str = "0981000001") -> Iterator[tuple[Talk, Softphone]]:
    """A citizen with an agent, each of whom hums, and a supervisor's phone that is busy and hums."""
    second = np.arange(30 * SAMPLES_A_SECOND) / SAMPLES_A_SECOND
    hums = {tone: system.scratch / f"hum-{tone}.wav" for tone in TONES}
    for tone, path in hums.items():
        write_wav(path, (6000 * np.sin(2 * np.pi * tone * second)).astype(np.int16))
    with (
        Softphone(
            BOSS,
            home=system.scratch / "boss",
            address=DESKS,
            password=secret(system.settings, BOSS),
            registrar=system.sip,
            behaves=Busy(),
            voice=hums[SUPERVISOR],
        ) as boss,
        talks(system, [number]) as (talk,),
    ):
        boss.register()
        talk.caller.say(hums[CITIZEN])
        talk.agent.say(hums[AGENT])
        system.until(lambda: hears(talk.caller, AGENT), 15, "they talk")
        yield talk, boss
        talk.caller.hang_up()


def came(system: System, begun: MonitorStart) -> AttemptOutcome:
    """What became of a deed, as boards show it."""
    with transaction(system.house.factory) as session:
        told = monitor.attempts(session, clock.now(), patience(system.house.pbx))
    return next(one.came for one in told if one.token == begun.attempt.token)


@pytest.mark.promise("A supervisor listens, whispers and joins")
def test_a_supervisor_listens_whispers_and_joins(system: System) -> None:
    """A busy phone brings nobody; then it rings once, each mode lets hear who should, and nobody else;
    all of it is on record.
    """
    house, agent = system.house, "agent-1"

    def goes(mode: Mode) -> MonitorStart:
        return supervise(house.factory, house.pbx, agent, mode, by=BOSS, at=clock.now())

    with in_talk(system) as (talk, boss):
        caller = talk.caller
        vain = goes(Mode.LISTEN)
        system.until(
            lambda: came(system, vain) is AttemptOutcome.BUSY, 10, "the board tells that the phone was busy"
        )
        boss.behaves = Answers(3.0)
        begun = goes(Mode.LISTEN)
        call_id = begun.attempt.call_id
        assert begun.rings and came(system, begun) is AttemptOutcome.RINGING, "it waits for no telephone"
        boss.wait_for(PhoneEventKind.RINGING, 5)
        with pytest.raises(AlreadyRings):
            goes(Mode.JOIN)
        boss.wait_for(PhoneEventKind.ESTABLISHED, 8)
        system.until(lambda: hears(boss, CITIZEN, AGENT), 8, "the supervisor hears both")
        assert hears(caller, AGENT) and hears(talk.agent, CITIZEN)
        whispers = goes(Mode.WHISPER)
        assert (whispers.attempt.call_id, whispers.rings) == (call_id, False)
        system.until(lambda: hears(talk.agent, CITIZEN, SUPERVISOR), 8, "the agent hears the whisper")
        assert hears(caller, AGENT), loudness(caller)
        goes(Mode.JOIN)
        system.until(lambda: hears(caller, AGENT, SUPERVISOR), 8, "the citizen hears the supervisor")
        system.until(lambda: hears(talk.agent, CITIZEN, SUPERVISOR), 8, "and so does the agent")
        assert listeners(house.pbx) == [SupervisorAtTalk(BOSS, agent, Mode.JOIN)]
        boss.hang_up()
        system.until(lambda: not listeners(house.pbx), 5, "nobody listens")
        system.until(lambda: hears(caller, AGENT) and hears(talk.agent, CITIZEN), 8, "they talk on")
    events = system.events(call_id)
    (missed,) = (one.detail for one in events if one.kind == monitor.MISSED)
    assert missed == {"by": BOSS, "mode": Mode.LISTEN, "agent": agent, "why": AttemptOutcome.BUSY}
    told = [one.detail for one in events if one.kind == monitor.SUPERVISED]
    assert told == [{"by": BOSS, "mode": mode, "agent": agent} for mode in Mode]
    with transaction(house.factory) as session:
        found = audit_rows(session, subject=f"call:{call_id}")
    assert [(one.by, one.action) for one in found] == [(BOSS, "call.listen")] * 4, (
        "tried in vain, then three modes"
    )
    assert {one.after["mode"] for one in found if one.after} == set(Mode)
    assert call_id == talk.call_id and [one.what for one in boss.events].count(PhoneEventKind.RINGING) == 2


def test_nobody_listens_who_may_not_or_where_no_caller_talks(system: System) -> None:
    """Agents and administrators do not; without a talk nothing rings."""
    house = system.house
    for login in ("agent-2", "admin-1"):
        with pytest.raises(NotPermitted):
            supervise(house.factory, house.pbx, "agent-1", Mode.LISTEN, by=login, at=clock.now())
    with pytest.raises(NoTalk):
        supervise(house.factory, house.pbx, "agent-1", Mode.LISTEN, by=BOSS, at=clock.now())
