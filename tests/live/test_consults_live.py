"""An agent speaks with an officer first (*2, P5.1.1), while the caller hears music;
then all of the ways on.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from demo.officers import Officers, officers
from demo.phone import Answers, PhoneEventKind, Softphone
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.system import ALL_DAY, System, declare, running

pytestmark = [pytest.mark.live, pytest.mark.thorough]
PLAYED = "5112=answer:1:60,5301=answer:1:60,5401=busy,5402=busy,5403=busy,5201=answer:1:60,5311=answer:1:60"
Scene = tuple[str, str]
"""The extension, then what the agent does once the officer talks with the agent."""
ROUNDS: tuple[dict[str, Scene], ...] = (
    {"0914100001": ("5112", "*2"), "0914100002": ("5301", "*1"), "0914100003": ("5401", "")},
    {"0914100004": ("5201", "hangs up"), "0914100005": ("5311", "*3")},
)


@pytest.fixture(scope="module")
def office() -> Iterator[System]:
    """A hotline that is open all day, also on this one."""
    refuse_or_go_on()
    with running(transfer_neighbour_ring=3, **ALL_DAY) as one:
        declare(one, "open")
        yield one
        assert_clean(one)


@pytest.fixture(scope="module")
def played(office: System) -> dict[str, dict[str, int]]:
    """Every scene; how many phones are joined with the caller after the agent's key,
    and after the agent left.
    """
    found: dict[str, dict[str, int]] = {}
    with (
        Officers(office.settings.officers_contact, officers(PLAYED), office.scratch / "officers") as city,
        office.agents(agent_1=Answers(0.5), agent_2=Answers(0.5), agent_3=Answers(0.5)) as agents,
        ThreadPoolExecutor(8) as pool,
    ):
        for scenes in ROUNDS:
            calls = [pool.submit(office.call, "1,1", number, longest=120.0) for number in scenes]
            told = [
                pool.submit(consult, office, city, agents, number, *scene) for number, scene in scenes.items()
            ]
            found |= {number: one.result() for number, one in zip(scenes, told, strict=True)}
            for call in calls:
                call.result()
    return found


def consult(
    system: System, city: Officers, agents: dict[str, Softphone], number: str, extension: str, then: str
) -> dict[str, int]:
    """The agent who got this caller presses *2 and the extension, speaks with the officer, and goes on."""
    agent = system.until(lambda: who_has(agents, number), 90, f"{number} talks with an agent")
    officer = city.phones.get(extension)
    Event().wait(1.5)
    agent.press("*2")
    Event().wait(1.0)
    agent.press(f"{extension}#")
    if officer is None:
        system.until(lambda: extension in city.exchange.asked, 20, "it is rung")
    else:
        officer.wait_for(PhoneEventKind.ESTABLISHED, 30)
        system.until(lambda: with_caller(system, number) == set(), 20, "the caller hears music alone")
        Event().wait(5)  # who answers is told who calls
    if then.startswith("*"):
        agent.press(then)
    elif then:
        agent.hang_up()
    joined = {"*2": {"officers"}, "hangs up": {"officers"}, "*3": {"agent", "officers"}}.get(then, {"agent"})
    system.until(lambda: with_caller(system, number) == joined, 40, f"{number} talks with {joined}")
    before = len(with_caller(system, number))
    agent.hang_up()
    if "officers" not in joined:
        system.until(lambda: not is_up(system, number), 20, "the call is over")
        return {"joined": before, "left": 0}
    system.until(lambda: with_caller(system, number) == {"officers"}, 20, "the officer stays")
    Event().wait(2)
    assert officer is not None
    officer.hang_up()
    return {"joined": before, "left": 1}


def who_has(agents: dict[str, Softphone], number: str) -> Softphone | None:
    """The agent whose last call is this caller's, once it is answered."""
    for phone in agents.values():
        rang = [one for one in phone.events if one.what is PhoneEventKind.RINGING]
        answered = {one.call for one in phone.events if one.what is PhoneEventKind.ESTABLISHED}
        if rang and number[1:] in rang[-1].peer and rang[-1].call in answered:
            return phone
    return None


def lines(system: System) -> list[list[str]]:
    """Every channel: name, caller's number, bridge."""
    told = system.home.rx("core show channels concise").splitlines()
    return [
        [words[0], words[7], words[12]] for words in (line.split("!") for line in told) if len(words) > 12
    ]


def is_up(system: System, number: str) -> bool:
    return any(name.startswith("PJSIP/trunk") and number[1:] in who for name, who, _ in lines(system))


def with_caller(system: System, number: str) -> set[str]:
    """Whose phones are in the caller's bridge: ``agent``, ``officers``."""
    channels = lines(system)
    own = {
        bridge
        for name, who, bridge in channels
        if name.startswith("PJSIP/trunk") and number[1:] in who and bridge
    }
    phones = [name for name, _, bridge in channels if bridge in own and not name.startswith("PJSIP/trunk")]
    return {name.removeprefix("PJSIP/").partition("-")[0] for name in phones if name.startswith("PJSIP/")}


def talked(system: System, number: str, extension: str) -> float:
    """Seconds the officer talked with the caller, as the legs have it."""
    row = system.row(number)
    (leg,) = [leg for leg in system.legs(row.id) if leg.extension == extension]
    assert leg.outcome == "answered"
    return leg.talk_seconds or 0.0


@pytest.mark.parametrize(
    ("number", "extension", "joined"),
    [("0914100001", "5112", 1), ("0914100004", "5201", 1), ("0914100005", "5311", 2)],
    ids=["star_two", "hanging_up", "star_three"],
)
def test_P5_1_1_the_officer_is_joined_and_the_agent_leaves(
    played: dict[str, dict[str, int]], office: System, number: str, extension: str, joined: int
) -> None:
    """By *2 or by hanging up at once, by *3 after a talk of three;
    the leg counts the talk with the caller only.
    """
    assert played[number] == {"joined": joined, "left": 1}
    assert 1 < talked(office, number, extension) < 30
    assert office.row(number).outcome == "talked"
    assert {file.state for file in office.recordings(office.row(number).id)} == {"WHOLE"}


def test_P5_1_1_the_agent_goes_back_to_the_caller(played: dict[str, dict[str, int]], office: System) -> None:
    """*1: the officer was asked and never heard the caller."""
    assert played["0914100002"] == {"joined": 1, "left": 0}
    assert talked(office, "0914100002", "5301") == 0.0


def test_P5_1_1_nobody_to_speak_with_and_the_caller_is_still_there(
    played: dict[str, dict[str, int]], office: System
) -> None:
    """Busy, and so are the neighbours: each is stored, and the agent has the caller again by itself."""
    assert played["0914100003"] == {"joined": 1, "left": 0}
    row = office.row("0914100003")
    rung = [(leg.extension, leg.outcome) for leg in office.legs(row.id) if leg.extension]
    assert (
        ("5401", "busy") in rung
        and len(rung) > 1
        and {outcome for _, outcome in rung} <= {"busy", "unallocated"}
    )
