"""A caller held in a talk hears music: that time is a gap of the recording, if its end was heard (P4.12)."""

from datetime import timedelta

import pytest

from calls.carrier_handoff import BEGAN
from calls.store import CallRow, add_event
from control.holds import Holds
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from recordings import gaps
from recordings.gaps import GapReason, SoundGap

pytestmark = pytest.mark.dialects

NOON = taipei("2026-11-24T12:00")
CALL, PHONE = "ntpc1-1795572000.1", "ntpc1-1795572020.2"
BACK = NOON + timedelta(seconds=20)


@pytest.fixture
def holds(factory: Sessions) -> Holds:
    """A call that is recorded, and one that is not."""
    with transaction(factory) as session:
        session.add_all((CallRow(id=CALL, recorded_at=NOON), CallRow(id="ntpc1-2.1")))
    return Holds(factory)


def told(factory: Sessions, call_id: str = CALL) -> list[SoundGap]:
    with transaction(factory) as session:
        return gaps.of_call(session, call_id)


def event(kind: str, phone: str = PHONE, call_id: str = CALL) -> dict[str, str]:
    return {"Event": kind, "Uniqueid": phone, "Linkedid": call_id}


def test_P4_12_a_hold_is_a_gap_from_its_beginning_to_its_end(holds: Holds, factory: Sessions) -> None:
    """Nothing is told before the agent is back; an end of no hold is none."""
    holds.hear(event("Unhold"), NOON)
    holds.hear(event("Hold"), NOON)
    assert told(factory) == []
    holds.hear(event("Unhold"), BACK)
    holds.hear(event("Unhold"), BACK + timedelta(seconds=1))
    assert told(factory) == [SoundGap(NOON, BACK, GapReason.HOLD)]


def test_P4_12_what_is_not_known_for_certain_stays_in_the_recording(holds: Holds, factory: Sessions) -> None:
    """The connection was lost meanwhile, or it is the caller's own telephone that holds."""
    holds.hear(event("Hold"), NOON)
    holds.lose()
    holds.hear(event("Unhold"), BACK)
    for kind, at in (("Hold", NOON), ("Unhold", BACK)):
        holds.hear(event(kind, CALL), at)
    assert told(factory) == []


def test_P4_12_who_leaves_without_returning_ends_the_hold(holds: Holds, factory: Sessions) -> None:
    """By hanging up, or by putting the caller through; once, and not where nobody was held."""
    holds.hear(event("BridgeLeave", "ntpc1-1795572020.9"), NOON)
    holds.hear(event("Hold"), NOON)
    for at in (BACK, BACK + timedelta(seconds=1)):
        holds.hear(event("BridgeLeave"), at)
    assert told(factory) == [SoundGap(NOON, BACK, GapReason.HOLD)]


@pytest.mark.parametrize(
    ("kind", "kept"), [("RecordingAwaited", [SoundGap(NOON, BACK, GapReason.HELD)]), ("RecordingBegun", [])]
)
def test_P4_12_a_hold_of_a_carriers_call_is_not_fetched_where_its_talks_alone_are(
    holds: Holds, factory: Sessions, kind: str, kept: list[SoundGap]
) -> None:
    """Asterisk knows the visit, and not the call; where all of it is kept, its music is too."""
    carried, visit = "CA" + "7" * 32, "ntpc1-5.1"
    with transaction(factory) as session:
        session.add(CallRow(id=carried, line="twilio"))
        add_event(session, f"began:{visit}", carried, NOON, BEGAN, {"channel": visit})
        add_event(session, f"{carried}:1", carried, NOON, kind, {})
    holds.hear(event("Hold", PHONE, visit), NOON)
    holds.hear(event("Unhold", PHONE, visit), BACK)
    assert told(factory, carried) == kept


def test_of_a_call_that_is_not_recorded_nothing_is_kept(holds: Holds, factory: Sessions) -> None:
    """Nor of one that nobody knows."""
    for call_id in ("ntpc1-2.1", "ntpc1-3.1"):
        holds.hear(event("Hold", PHONE, call_id), NOON)
        holds.hear(event("Unhold", PHONE, call_id), BACK)
        assert told(factory, call_id) == []
