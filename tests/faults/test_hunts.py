"""The AGI processes go while phones ring: a hunt goes on by the other one, or breaks off and leads to a
person. And the officers' exchange goes: it costs nobody a second (resilience row 12).

Each act is one call. All are brought to their place while all is well; then it breaks, and each goes on.
"""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from threading import Event

import pytest
from sqlalchemy import select

from calls.store import CelEvent
from demo.exchange import Refuses
from demo.phone import Answers, PhoneEventKind, Softphone
from hotline.db import transaction
from tests.faults.citizens import BOTH_HUNG, DOWN, HUNG, MARGIN, PAUSE
from tests.faults.stand_ins import accepting_only, halted, port_of
from tests.faults.test_no_process import both_stopped
from tests.live.acts import KNOWS, PUT_THROUGH, WITH_AGENT, assert_kept, begins, closed, is_rung, softphone
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.real_line import RealLine
from tests.live.system import ALL_DAY, System, declare, running
from tests.live.theatre import Theatre
from tests.live.warm import AGENTS_NUMBER, bridge_of

pytestmark = [pytest.mark.live, pytest.mark.thorough]
Act = Callable[[RealLine, float], Iterator[None]]
"""Goes on after its ``yield`` in what is broken; so many seconds at most are silent by it."""
Break = Callable[[Theatre], AbstractContextManager[None]]
Scene = tuple[str, str]
"""What breaks, and the act."""
CAME_BACK = 1_500_000_000
"""Whoever came back from a transfer is in the queue with a higher priority than any newcomer."""


def the_desk_is_busy(line: RealLine, silence: float) -> Iterator[None]:
    """The hunt breaks off: in front of every newcomer, until an agent answers; the desk is on record."""
    begins(line, PUT_THROUGH)
    is_rung(line, "5112")
    yield
    line.theatre.inside.decide("5112", Refuses(486), line.number, 10)
    hears_words(line, silence)
    line.board.until(lambda: line.runs("Queue"), 20, f"{line.name}: the caller waits")
    assert priority(line) > CAME_BACK
    line.agent_takes()
    row, (leg,) = closed(line)
    assert (leg.asked, leg.outcome, row.outcome) == ("5112", "busy", "talked")
    assert line.theatre.inside.called_by(line.number) == ["5112"]
    assert_kept(line, row)


def the_officer_answers(line: RealLine, silence: float) -> Iterator[None]:
    """The talk needs no decision; after it nobody knows that it was the end,
    so the caller is with us still.
    """
    officer = softphone(line, "5112", Answers(6.0))
    begins(line, PUT_THROUGH)
    officer.wait_for(PhoneEventKind.RINGING, 20)
    yield
    officer.wait_for(PhoneEventKind.ESTABLISHED, 20)
    line.until_joined()
    Event().wait(1)
    officer.hang_up()
    hears_words(line, silence)
    line.board.until(lambda: line.runs("Queue"), 20, f"{line.name}: the caller waits")
    row, (leg,) = closed(line)
    assert (leg.outcome, row.outcome) == ("answered", "talked")
    assert (leg.talk_seconds or 0) > 0.5 and row.end_reason == "caller_hung_up"


def the_caller_hangs_up(line: RealLine, silence: float) -> Iterator[None]:
    """While the desk rings: it stops, and the call is closed."""
    assert silence
    begins(line, PUT_THROUGH)
    is_rung(line, "5112")
    yield
    row, (leg,) = closed(line)
    assert (leg.outcome, row.end_reason) == ("cancelled", "caller_hung_up")


def the_caller_hangs_up_in_a_decision(line: RealLine, silence: float) -> Iterator[None]:
    """The desk was busy, and nobody decides what follows."""
    assert silence
    begins(line, PUT_THROUGH)
    is_rung(line, "5112")
    yield
    line.theatre.inside.decide("5112", Refuses(486), line.number, 10)
    line.board.until(lambda: not line.runs("Dial"), 5, f"{line.name}: the ring is over")
    row, (leg,) = closed(line)
    assert (leg.outcome, row.end_reason) == ("busy", "caller_hung_up")


def the_agent_puts_the_caller_through(line: RealLine, silence: float) -> Iterator[None]:
    """Nobody says whom to ring: the caller keeps the place in the queue, and another agent answers."""
    agent = with_agent(line)
    yield
    agent.press("##5112#")
    agent.wait_for(PhoneEventKind.CLOSED, 10)
    hears_words(line, silence)
    assert line.agent_takes() is not agent
    row, legs = closed(line)
    assert row.outcome == "talked" and not legs
    assert line.theatre.inside.called_by(line.number) == []
    assert_kept(line, row)


def the_agent_asks_an_officer_first(line: RealLine, silence: float) -> Iterator[None]:
    """``*2``: nobody says whom to ring, and the agent has the caller again."""
    agent = with_agent(line)
    yield
    agent.press("*25112#")
    line.system.until(lambda: is_asked(line), 10, f"{line.name}: whom to ring is asked")
    line.board.until(lambda: together(line, agent), silence + MARGIN, f"{line.name}: the agent is back")
    assert line.theatre.inside.called_by(AGENTS_NUMBER) == []
    row, legs = closed(line)
    assert row.outcome == "talked" and not legs
    assert_kept(line, row)


def one_hangs_and_then_the_other(line: RealLine, silence: float) -> Iterator[None]:
    """Each is asked while the other hangs: the desk and both neighbours ring as ever, within four seconds."""
    assert silence
    begins(line, PUT_THROUGH)
    is_rung(line, "5112")
    yield
    for which, phone, following in ((1, "5112", "5111"), (2, "5111", "5113")):
        with hung(line.system, which):
            line.theatre.inside.decide(phone, Refuses(486), line.number, 10)
            line.board.until(lambda: line.runs("Playback"), HUNG + MARGIN, f"{line.name}: V-06 after {phone}")
            is_rung(line, following)
    row, legs = closed(line)
    assert [leg.extension for leg in legs] == ["5112", "5111", "5113"]
    assert [leg.outcome for leg in legs[:2]] == ["busy", "busy"] and row.end_reason == "caller_hung_up"


def the_exchange_is_dead(line: RealLine, silence: float) -> Iterator[None]:
    """It is asked every few seconds whether it lives:
    all three phones cost no time, and the caller waits in front.
    """
    assert silence == 0
    yield
    begins(line, KNOWS.format("5112"))
    line.board.until(lambda: line.runs("Queue"), 40, f"{line.name}: nobody is reached")
    assert priority(line) > CAME_BACK
    row, legs = closed(line)
    assert [(leg.extension, leg.outcome, leg.ring_seconds) for leg in legs] == [
        ("5112", "noroute", 0.0),
        ("5111", "noroute", 0.0),
        ("5113", "noroute", 0.0),
    ]
    assert all(leg.ended_at and (leg.ended_at - leg.started_at).total_seconds() < 0.5 for leg in legs)
    assert row.end_reason == "caller_hung_up"


ACTS: tuple[Act, ...] = (
    the_desk_is_busy,
    the_officer_answers,
    the_caller_hangs_up,
    the_caller_hangs_up_in_a_decision,
    the_agent_puts_the_caller_through,
    the_agent_asks_an_officer_first,
)
BREAKS: dict[str, tuple[Break, float, tuple[Act, ...]]] = {
    "hung": (lambda theatre: both_stopped(theatre.system), BOTH_HUNG, ACTS),
    "down": (lambda theatre: halted(theatre.system, 1, 2), DOWN + PAUSE, ACTS),
    "one": (lambda theatre: nullcontext(), HUNG, (one_hangs_and_then_the_other,)),
    "exchange": (lambda theatre: exchange_gone(theatre), 0.0, (the_exchange_is_dead,)),
}
SCENES = [(broken, act.__name__) for broken, (_, _, acts) in BREAKS.items() for act in acts]
NUMBERS = {scene: f"0976{place:06d}" for place, scene in enumerate(SCENES, 1)}


@contextmanager
def hung(system: System, which: int) -> Iterator[None]:
    """Something on this process's port accepts and never answers."""
    with halted(system, which), accepting_only(port_of(system, which)):
        yield


@contextmanager
def exchange_gone(theatre: Theatre) -> Iterator[None]:
    """For good, and Asterisk knows it."""
    theatre.inside.__exit__()
    theatre.system.until(lambda: not theatre.exchange_lives(), 15, "the exchange is given up")
    yield


def with_agent(line: RealLine) -> Softphone:
    """In talk with an agent, who takes no other caller meanwhile."""
    begins(line, WITH_AGENT)
    agent = line.agent_takes()
    line.holds(agent)
    return agent


def is_asked(line: RealLine) -> bool:
    """Whether the agent's own call to an officer has begun."""
    query = select(CelEvent.offset).where(CelEvent.linked_id == line.call_id, CelEvent.kind == "CONSULT")
    with transaction(line.system.house.factory) as session:
        return session.scalar(query.limit(1)) is not None


def together(line: RealLine, agent: Softphone) -> bool:
    """Whether caller and agent hear each other."""
    return bool(line.line.get("BridgeID")) and bridge_of(line, agent) == line.line["BridgeID"]


def hears_words(line: RealLine, within: float) -> None:
    """The caller hears something again."""
    line.board.until(
        lambda: line.runs("Playback", "Queue"), within + MARGIN, f"{line.name}: words, or the queue"
    )


def priority(line: RealLine) -> int:
    """The caller's own in the queue."""
    shown = line.system.home.rx("queue show agents-zh-TW")
    found = re.search(rf"{line.line['Channel']} \(wait: [^,]+, prio: (\d+)\)", shown)
    assert found, shown
    return int(found[1])


@pytest.fixture(scope="module")
def acted() -> Iterator[dict[Scene, BaseException | None]]:
    """One break after the other; all acts of a break side by side.

    Phones ring long enough for a process to be started again meanwhile.
    """
    refuse_or_go_on()
    patient = {"transfer_ring": 60, "transfer_neighbour_ring": 60, "transfer_hunt": 300}
    with running(2 * len(ACTS), queue_ring=20, **ALL_DAY, **patient) as system:
        with Theatre(system) as theatre:
            declare(system, "open")
            outcome = {scene: fault for broken in BREAKS for scene, fault in perform(theatre, broken).items()}
        assert_clean(system)
    yield outcome


def perform(theatre: Theatre, broken: str) -> dict[Scene, BaseException | None]:
    """What went wrong in each act: before it breaks, and then."""
    breaks, silence, acts = BREAKS[broken]
    with ExitStack() as stack, ThreadPoolExecutor(len(acts)) as pool:
        going: dict[Scene, Iterator[None]] = {}
        for act in acts:
            scene = (broken, act.__name__)
            line = stack.enter_context(RealLine(theatre, " ".join(scene), NUMBERS[scene]))
            going[scene] = act(line, silence)
        outcome = step(pool, going)
        with breaks(theatre):
            well = {scene: act for scene, act in going.items() if outcome[scene] is None}
            return outcome | step(pool, well)


def step(pool: ThreadPoolExecutor, going: dict[Scene, Iterator[None]]) -> dict[Scene, BaseException | None]:
    """Every act up to its ``yield``, or to its end."""
    done = {scene: pool.submit(next, act, None) for scene, act in going.items()}
    return {scene: one.exception() for scene, one in done.items()}


@pytest.mark.parametrize("scene", SCENES, ids=" ".join)
def test_a_hunt_without_decisions(acted: dict[Scene, BaseException | None], scene: Scene) -> None:
    """As the act's docstring says."""
    if fault := acted[scene]:
        raise fault
