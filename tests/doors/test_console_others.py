"""Other agents' calls at the desk: a call's name can be worked out,
and opens nothing (design law 10, P4.12).
"""

from datetime import timedelta
from pathlib import Path

import pytest

from calls.store import CallEvent, CallRow, Leg
from control.attended_transfer import TalkPlace
from hotline.callbacks.find import of_number
from hotline.db import transaction
from hotline.outbound_calls.store import CallerVerification
from tests.doors.console import Console, Visitor, console

CALL, NUMBER = "ntpc1-1795600000.12", "+886912345678"
DEEDS = {
    f"/desk/call/{CALL}/put-through": {"extension": "5112", "why": "faq"},
    f"/desk/call/{CALL}/do": {"kind": "asked"},
    f"/desk/call/{CALL}/callback": {"matter": "路燈", "extension": "5112"},
    f"/desk/call/{CALL}/service": {"service": "P3.1", "topic": "word:other"},
    f"/desk/call/{CALL}/answered": {"answered": "yes"},
    "/verify/open": {"call": CALL, "touches": "property"},
}


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    """A citizen talks with agent-1."""
    made = console(tmp_path / "home")
    at = made.clock.at
    with transaction(made.house.factory) as session:
        session.add(CallRow(id=CALL, caller=NUMBER, started_at=at, turn=3, agent="agent-1", agent_at=at))
    return made


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> dict[str, TalkPlace]:
    """Where Asterisk sees each phone in the call."""
    seen: dict[str, TalkPlace] = {}
    monkeypatch.setattr(
        "control.call_ownership.look", lambda _factory, _pbx, _call, phone: seen.get(phone, TalkPlace.HUNTING)
    )
    return seen


def takes_over(pages: Console, phone: str) -> None:
    """The first agent's phone was lost, and another answered."""
    at = pages.clock.at
    with transaction(pages.house.factory) as session:
        session.add(Leg(channel=f"c-{phone}", call_id=CALL, phone=phone, started_at=at, answered_at=at))


def does(who: Visitor, path: str) -> tuple[int, str]:
    answer = who.post(path, DEEDS[path], page="/account", headers={"Accept": "application/json"})
    return answer.status_code, str((answer.json or {}).get("fault")) if answer.is_json else ""


@pytest.mark.usefixtures("places")
@pytest.mark.parametrize("path", DEEDS)
@pytest.mark.parametrize("login", ["agent-2", "admin-1"])
def test_nobody_acts_in_a_call_of_another(pages: Console, login: str, path: str) -> None:
    """A request made by hand changes nothing, and is told why."""
    status, fault = does(pages.signed_in(login), path)
    assert status == 422 and "不是您接的" in fault
    with transaction(pages.house.factory) as session:
        assert session.get_one(CallRow, CALL).service == ""
        assert not (of_number(session, NUMBER) or session.query(CallEvent).count())
        assert session.query(CallerVerification).count() == 0


@pytest.mark.usefixtures("places")
def test_P4_12_an_officer_learns_no_number_from_the_name_of_a_call(pages: Console) -> None:
    """A promise of one's own making would show it to whoever works on it."""
    status, fault = does(pages.signed_in("officer-5112"), f"/desk/call/{CALL}/callback")
    assert status == 422 and "不是您接的" in fault
    with transaction(pages.house.factory) as session:
        assert not of_number(session, NUMBER)


@pytest.mark.usefixtures("places")
def test_who_takes_a_call_over_has_it_as_whoever_was_first(pages: Console) -> None:
    """The number in full, the list of what is to be closed, and every deed."""
    second = pages.signed_in("agent-2")
    card, path = f"/desk/call/{CALL}", f"/desk/call/{CALL}/service"
    assert second.get(card).json["number"] == "0912***678"  # type: ignore[index]
    takes_over(pages, "agent-2")
    pages.clock.goes_on(timedelta(seconds=5))
    assert second.get(card).json["number"] == "0912345678"  # type: ignore[index]
    assert CALL in second.get("/desk").text
    assert does(second, path) == (200, "None")
    assert CALL not in second.get("/desk").text


def test_an_answer_that_is_not_on_record_yet_counts(pages: Console, places: dict[str, TalkPlace]) -> None:
    """Asterisk knows it a second before the record does; one who only rings is no answer."""
    second, path = pages.signed_in("agent-2"), f"/desk/call/{CALL}/callback"
    assert does(second, path)[0] == 422
    places["agent-2"] = TalkPlace.CALLER
    assert does(second, path)[0] == 200


@pytest.mark.usefixtures("places")
def test_who_leads_the_floor_closes_any_call(pages: Console) -> None:
    """A supervisor, also of an agent who has gone home."""
    assert does(pages.signed_in("supervisor-1"), f"/desk/call/{CALL}/service") == (200, "None")
