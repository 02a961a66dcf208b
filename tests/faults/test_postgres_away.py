"""PostgreSQL refuses, hangs, is cut behind a COMMIT, or ends every session: callers hear nothing of it.

One system over PostgreSQL, a proxy between.
The journal takes what the database cannot, and each fact is there once.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace

import psycopg
import pytest

from demo.phone import Answers
from demo.story import Story
from ops.wiring import workshop
from tests.chosen import is_plain
from tests.faults.citizens import (
    DOWN,
    MARGIN,
    PAUSE,
    Citizen,
    about_to_be_asked,
    citizens,
    dial_all,
    numbers,
    to_the_main_menu,
)
from tests.faults.proxy import Proxy
from tests.faults.waiting import await_replay, journalled
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.system import System, running
from tests.postgres import Postgres

pytestmark = pytest.mark.live
AT_ONCE = 6
REST = 5.0
"""Seconds for which a database that failed is left alone."""
STAYING, PROMISED = numbers("0975000", 3), "0975000003"


@dataclass(frozen=True)
class Played:
    """Silence by fault and number, a whole call, what waited in the journal at the end of each fault."""

    silences: dict[str, dict[str, float]]
    waited: dict[str, int]
    story: Story
    cut: int


@dataclass(frozen=True)
class Over:
    """The system, its proxy, and the way to the server past it."""

    system: System
    proxy: Proxy
    direct: str


@contextmanager
def terminated(over: Over) -> Iterator[None]:
    """As a restart: the server ends every session and takes new ones."""
    with psycopg.connect(over.direct, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND datname = current_database()"
        )
    yield


FAULTS: dict[str, Callable[[Over], AbstractContextManager[None]]] = {
    "refused": lambda over: over.proxy.refusing(),
    "hung": lambda over: over.proxy.hanging(),
    "cut_in_commit": lambda over: over.proxy.cutting(),
    "ended_by_the_server": terminated,
}


@pytest.fixture(scope="module")
def over(postgres: Postgres) -> Iterator[Over]:
    """The hotline as `make up` runs it, its database behind the proxy; we ourselves look past it."""
    refuse_or_go_on()
    with postgres.database() as direct:
        proxy = Proxy(postgres.port)
        url = direct.replace(f":{postgres.port}/", f":{proxy.port}/")
        with running(database_url=url) as system:
            house = workshop(system.settings.model_copy(update={"database_url": direct}), "tests")
            yield Over(replace(system, house=house), proxy, direct)
            assert_clean(system)
            house.engine.dispose()
        proxy.close()


@pytest.fixture(scope="module")
def played(over: Over, request: pytest.FixtureRequest) -> Played:
    """Three callers stay in the menu, one waits for nobody, two come in each fault; a whole call first.

    The plain run has the whole call.
    """
    system = over.system
    if is_plain(request):
        with system.agents(agent_1=Answers(0.2, 2.5)):
            return Played({}, {}, system.call("1,1"), 0)
    with ExitStack() as stack:
        staying = stack.enter_context(citizens(system, STAYING))
        (promised,) = stack.enter_context(citizens(system, [PROMISED]))
        menu = [*staying, promised]
        dial_all(system, menu)
        to_the_main_menu(system, menu)
        with system.agents(agent_1=Answers(0.2, 2.5)), ThreadPoolExecutor(1) as pool:
            call = pool.submit(system.call, "1,1")
            for _ in range(2):
                time.sleep(9.5)
                stay(menu)
            story = call.result()
        silences, waited = {}, {}
        for place, (name, fault) in enumerate(FAULTS.items(), 1):
            with citizens(system, numbers(f"0975{place:03d}", 2)) as came:
                about_to_be_asked(system, came)
                stay(menu)
                with fault(over):
                    if name == "cut_in_commit":
                        menu.remove(promised)
                        promised.press("0")
                    silences[name] = through(staying, came)
                    waited[name] = journalled(system)
            await_replay(system)
            time.sleep(REST)
            stay(menu)
        promised.press("#")  # nothing to say about the matter
        promised.await_end(40)
    return Played(silences, waited, story, over.proxy.cut)


def stay(menu: list[Citizen]) -> None:
    """The menu from its beginning, whatever passed meanwhile."""
    for one in menu:
        one.press("*")


def through(staying: list[Citizen], came: list[Citizen]) -> dict[str, float]:
    with ThreadPoolExecutor(5) as pool:
        first = pool.map(lambda one: one.first_silence(3.5), came)
        again = pool.map(lambda one: silence_after_key(one), staying)
        return dict(zip([one.number for one in (*came, *staying)], [*first, *again], strict=True))


def silence_after_key(one: Citizen) -> float:
    at = one.press("*")
    return one.silence(at, at + 3.5)


def test_a_live_call_over_postgres(played: Played) -> None:
    """An agent talked with the caller; record and both recordings are rows."""
    assert played.story.served and played.story.record is not None, played.story.as_text()
    assert played.story.record.outcome == "talked"
    assert {one.direction for one in played.story.recordings} == {"caller", "agent"}


@pytest.mark.parametrize("name", FAULTS)
def test_the_caller_waits_for_no_database(played: Played, name: str) -> None:
    """A second and the usual pause, at the first decision and at a later one."""
    assert max(played.silences[name].values()) <= DOWN + PAUSE + MARGIN, played.silences[name]


@pytest.mark.parametrize("name", ["refused", "hung"])
def test_the_journal_takes_the_facts(played: Played, name: str) -> None:
    """Three decisions at least were made meanwhile."""
    assert played.waited[name] >= 3


def test_a_commit_was_cut_off_from_its_answer(played: Played) -> None:
    """So that nobody knew whether the rows were there: the turns of the journal, or the promise."""
    assert played.cut >= 1


def test_nothing_is_lost_and_nothing_is_there_twice(played: Played, over: Over) -> None:
    """One row a call; every key once; the notice and the first menu of those who came."""
    presses = 3 + 3 * len(FAULTS)
    for number in STAYING:
        events = over.system.events(over.system.row(number).id)
        assert [event.kind for event in events].count("KeyPressed") == presses
        assert [event.kind for event in events].count("MenuHeard") == presses + 1
    for silences in played.silences.values():
        for number in set(silences) - set(STAYING):
            row = over.system.row(number)
            kinds = [event.kind for event in over.system.events(row.id)]
            asked = kinds.count("CallArrived")  # by a decision, where Asterisk was told nothing for long
            assert (row.turn, kinds.count("MenuHeard")) == (asked, 1) and asked <= 1
            assert "FailedOver" not in kinds


def test_a_promise_given_meanwhile_is_one_row(played: Played, over: Over) -> None:
    """Due four office hours after it was spoken, not after the replay."""
    assert played
    row = over.system.row(PROMISED)
    (promise,) = over.system.promises(row.id)
    (spoken,) = [e.at for e in over.system.events(row.id) if e.kind == "CallbackPromised"]
    assert (row.outcome, promise.registered_at) == ("promised", spoken)
    assert promise.due_at == over.system.house.callbacks.due(spoken)
