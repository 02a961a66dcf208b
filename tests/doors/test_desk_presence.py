"""State of the phones of a ladder: by our own calls, by a health check, by what Asterisk is told."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

import control.desk_presence
from calls.store import CallRow, Leg
from control.ami import AMI, ManagerGone, Message
from control.desk_presence import DeskState, desk_states, devices
from control.pbx import Pbx
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.settings import Settings
from hotline.tickets import faults
from hotline.tickets.faults import HealthFinding
from hotline.tickets.rules import FaultKind
from transfer.ladder import Rung, RungKind

NOW = taipei("2026-11-24T10:00")
RING = timedelta(seconds=15)
DESK, BESIDE, MOBILE = (
    Rung(RungKind.DESK, "5112", RING),
    Rung(RungKind.NEIGHBOUR, "5113", RING),
    Rung(RungKind.DUTY, "duty-1", RING, number="0912000111"),
)


class Asterisk:
    """Answers for each device; one that it was not told of is unknown to it."""

    def __init__(self, devices: Mapping[str, str]) -> None:
        self._devices = devices

    def ask(self, action: str, **fields: Any) -> list[Message]:
        assert action == "Getvar"
        device = fields["Variable"].removeprefix("DEVICE_STATE(").removesuffix(")")
        return [{"Response": "Success", "Value": self._devices.get(device, "UNKNOWN")}]


def told(**known: str) -> Mapping[str, DeskState]:
    lines = {"PJSIP/officers": "NOT_INUSE", "PJSIP/trunk": "NOT_INUSE"}
    named = {
        name.replace("_", "/", 1) if "PJSIP" in name else f"Custom:{name[1:]}": one
        for name, one in known.items()
    }
    return devices(cast(AMI, Asterisk(lines | named)), (DESK, BESIDE, MOBILE))


@pytest.mark.parametrize(
    ("device", "state"),
    [
        ("NOT_INUSE", DeskState.FREE),
        ("INUSE", DeskState.BUSY),
        ("RINGING", DeskState.BUSY),
        ("ONHOLD", DeskState.BUSY),
        ("UNAVAILABLE", DeskState.UNREACHABLE),
        ("INVALID", DeskState.UNKNOWN),
        ("UNKNOWN", DeskState.UNKNOWN),
    ],
)
def test_what_the_exchange_tells_of_a_phone_is_its_state(device: str, state: DeskState) -> None:
    """Of that phone alone; of an outside number nobody tells anything."""
    assert told(_5112=device) == {"5112": state, "5113": DeskState.UNKNOWN}


def test_behind_a_dead_line_nobody_is_reached() -> None:
    """Whatever was told of a phone before; the other line goes on."""
    assert told(_5112="NOT_INUSE", PJSIP_officers="UNAVAILABLE") == {
        "5112": DeskState.UNREACHABLE,
        "5113": DeskState.UNREACHABLE,
    }
    assert told(PJSIP_trunk="UNAVAILABLE")["duty-1"] is DeskState.UNREACHABLE


def test_behind_a_dead_trunk_the_second_reaches_them() -> None:
    """Until that is dead, too."""
    for second, state in (("NOT_INUSE", None), ("UNAVAILABLE", DeskState.UNREACHABLE)):
        known = {"PJSIP_trunk": "UNAVAILABLE", "PJSIP_trunk-second": second}
        assert told(**known).get("duty-1") is state


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def rings(factory: Sessions, extension: str, **more: Any) -> None:
    leg = {"call_id": f"c-{extension}", "phone": "officers", "kind": "desk", "extension": extension}
    with transaction(factory) as session:
        session.add(CallRow(id=f"c-{extension}", caller="anonymous"))
        session.flush()
        session.add(Leg(channel=f"{extension}-1", **leg, started_at=NOW - timedelta(minutes=2), **more))


def test_a_phone_that_our_own_call_rings_or_talks_with_is_busy(
    factory: Sessions, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until its leg has ended; a leg of yesterday whose end was never told says nothing."""
    monkeypatch.setattr(control.desk_presence, "asked", lambda *_given: {"5112": DeskState.FREE})
    rings(factory, "5112")
    rings(factory, "5113", ended_at=NOW)
    assert desk_states(factory, Pbx(lambda: settings), (DESK, BESIDE), NOW) == {
        "5112": DeskState.BUSY,
        "5113": DeskState.UNKNOWN,
    }
    assert desk_states(factory, Pbx(lambda: settings), (DESK,), NOW + timedelta(hours=9)) == {
        "5112": DeskState.FREE
    }


def test_P11_a_phone_that_a_health_check_found_dead_is_unreachable_until_it_works(
    factory: Sessions, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while Asterisk cannot be asked: then nothing more is known."""

    def away(*_given: object, **_more: object) -> None:
        raise ManagerGone("down")

    monkeypatch.setattr(AMI, "of", away)
    ill = {"desk:5112": HealthFinding(FaultKind.INTERNET, "分機5112連續兩次無法連線", "epb")}
    with transaction(factory) as session:
        faults.find(session, ill, frozenset(ill), NOW)
    unreachable = {"5112": DeskState.UNREACHABLE, "5113": DeskState.UNKNOWN}
    assert desk_states(factory, Pbx(lambda: settings), (DESK, BESIDE), NOW) == unreachable
    with transaction(factory) as session:
        faults.find(session, {}, frozenset(ill), NOW + timedelta(minutes=1))
    assert desk_states(factory, Pbx(lambda: settings), (DESK,), NOW)["5112"] is DeskState.UNKNOWN
