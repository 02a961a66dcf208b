"""Two machines behind the edge, one of them broken in every way: the other goes on, new calls come to it
at once, who was cut off is told so, and each promise is there once.
"""

from collections.abc import Iterator, Mapping, Sequence
from signal import SIGKILL

import pytest

from calls.store import CallRow
from hotline.cluster.nodes import SIGNS, SILENT, drain, resume
from tests.clusters import NODES, PHONES, TRUNK, Cluster, Machine, agent, apart, cluster, is_free
from tests.edges import CARRIER
from tests.faults.citizens import Citizen, citizens, dial_all, numbers
from tests.faults.stand_ins import halted
from tests.live.conftest import refuse_or_go_on
from tests.live.test_drained_node_live import command_node
from tests.live.test_edge_live import SOON, invite
from tests.live.test_ends_live import is_bridged
from tests.postgres import Postgres

pytestmark = pytest.mark.live
LEASE = 8.0
"""Seconds within which another machine does what is done once."""
Callers = Mapping[str, Sequence[str]]
"""Numbers by the machine that the edge takes their calls to."""


@pytest.fixture(scope="module")
def both(postgres: Postgres) -> Iterator[Cluster]:
    """Two machines and the edge."""
    refuse_or_go_on()
    with cluster(postgres) as one:
        yield one


@pytest.fixture(scope="module")
def callers(both: Cluster) -> Callers:
    """Callers by the machine to which the edge brings them, each time the same while it lives."""
    both.await_calls()
    tried, rows = numbers("0987000", 10), both.rows
    with citizens(rows, tried) as called:
        dial_all(rows, called)
        found = {number: rows.up(number).node for number in tried}
    by_node = {name: [number for number in tried if found[number] == name] for name in NODES}
    assert all(len(some) >= 3 for some in by_node.values()), by_node
    rows.until(lambda: not any(map(rows.open_rows, tried)), 20, "they have hung up")
    return by_node


def in_main_menu(both: Cluster, *called: Citizen) -> None:
    """They have dialled, chosen Mandarin and heard the notice: from now on a key is heard."""
    for one in called:
        both.rows.until(
            lambda one=one: not both.rows.open_rows(one.number), 20, f"no other call of {one.number}"
        )
        one.dial(both.rows)
    for one in called:
        at = both.machine(both.rows.up(one.number).node).system
        at.until(lambda one=one, at=at: at.runs(one.number, "Read"), 30, f"{one.number} is in a menu")
        one.press("1")
    for one in called:
        both.rows.until(
            lambda one=one: "NoticeHeard" in both.rows.heard(one.number), 30, f"{one.number} heard it"
        )


def is_promised(both: Cluster, at: Machine, one: Citizen) -> CallRow:
    """They ask for a person, nobody is there, and they are promised a callback.

    Each scene has a number of its own: a second promise to one would join the first.
    """
    call = both.rows.up(one.number)
    one.press("0")
    both.rows.until(lambda: at.has_promised(call, both.rows.house.keys), 30, "a callback is promised")
    return call


def waits_in_line(both: Cluster, one: Citizen) -> None:
    """They ask for a person, and all who are there talk."""
    one.press("0")
    both.rows.until(lambda: "Queued" in both.rows.heard(one.number), 20, f"{one.number} waits")


def hears_on(both: Cluster, one: Citizen) -> None:
    """A key is answered by the next menu."""
    before = both.rows.menus(one.number)
    one.press("*")
    both.rows.until(lambda: both.rows.menus(one.number) > before, 15, "the menu goes on")


def is_taken(to: Machine, number: str) -> None:
    """A new call comes to this machine within two seconds."""
    answer, seconds = invite(CARRIER, TRUNK, number)
    assert answer.startswith("SIP/2.0 200 ") and NODES[to.name] in answer, answer
    assert seconds <= SOON


def jobs_go_on(both: Cluster, at: Machine) -> None:
    """After they hung, they leave signs of life again."""
    both.rows.until(lambda: both.silence(at) < SIGNS.total_seconds(), 20, f"jobs of {at.name} go on")


def is_talking(at: Machine, phone: str) -> bool:
    """Whether a machine knows that this telephone talks, at whichever machine."""
    told = at.system.home.rx("queue show agents-zh-TW").splitlines()
    return any(phone in line and ("(Busy)" in line or "(In use)" in line) for line in told)


def latest(both: Cluster, call: CallRow) -> CallRow:
    """The row as it is now."""
    with both.rows.house.factory() as session:
        return session.get_one(CallRow, call.id)


def test_an_asterisk_that_dies_cuts_off_its_own_callers_alone(both: Cluster, callers: Callers) -> None:
    """And they are told so when they call again, wherever that call comes to."""
    here, there = both.pair()
    gone, new, _ = callers[here.name][:3]
    with citizens(both.rows, [gone, callers[there.name][0]]) as (cut, stays):
        in_main_menu(both, cut, stays)
        call = both.rows.up(gone)
        here.kill("asterisk")
        is_taken(there, new)
        hears_on(both, stays)
        cut.vanish()
        both.rows.until(lambda: latest(both, call).end_reason == "system", 40, "its call is closed")
    with citizens(both.rows, [gone]) as (again,):
        again.dial(both.rows)
        both.rows.until(lambda: both.rows.facts(gone, "CutOffTold"), 20, "who was cut off is told")
    both.rows.until(lambda: here.system.ready()[0] == 200, 40, "all is as before")


def test_without_decisions_callers_of_a_machine_come_to_a_person(both: Cluster, callers: Callers) -> None:
    """The menus of the other machine go on."""
    here, there = both.pair()
    with (
        agent(both),
        citizens(both.rows, [callers[here.name][0], callers[there.name][0]]) as (one, stays),
    ):
        in_main_menu(both, one, stays)
        with halted(here.system, 1, 2):
            one.press("2")
            hears_on(both, stays)
            both.rows.until(lambda: both.rows.up(one.number).agent_at, 40, "a person answers")
    both.rows.until(lambda: here.system.ready()[0] == 200, 40, "all is as before")


def test_a_machine_that_dies_takes_its_own_calls_alone_and_no_promise(
    both: Cluster, callers: Callers
) -> None:
    """It held the lease, and another has it; who waited in line there stands first, and keeps nobody waiting
    who came later; what it promised is kept once, also when it is back.
    """
    here, there = both.pair()
    promised, waited, new = callers[here.name][:3]
    talks, waits = callers[there.name][:2]
    with citizens(both.rows, [promised]) as (one,):
        in_main_menu(both, one)
        given = is_promised(both, here, one)
    with agent(both):
        with citizens(both.rows, [talks, waited, waits]) as called:
            in_main_menu(both, *called)
            called[0].press("0")
            both.rows.until(lambda: is_bridged(there.system, talks), 30, "one talks")
            for one in called[1:]:
                waits_in_line(both, one)
            call = both.rows.up(waited)
            here.dies()
            is_taken(there, new)
            both.rows.until(lambda: both.holder == there.name, LEASE, "the other does what is done once")
            assert is_bridged(there.system, talks)
            called[0].hang_up()
            both.rows.until(lambda: is_bridged(there.system, waits), 30, "who waits elsewhere is answered")
            called[1].vanish()
            silent = SILENT.total_seconds() + 2
            both.rows.until(lambda: both.silence(here) > silent, 30, "it is taken for gone")
            with citizens(both.rows, [waited]) as (again,):
                again.dial(both.rows)
                told = both.rows.until(lambda: both.rows.facts(waited, "CutOffTold"), 20, "it is told")
                assert [one.detail["front"] for one in told] == [True]
            assert is_bridged(there.system, waits)
        here.comes_back()
    both.rows.until(lambda: latest(both, call).end_reason == "system", 30, "its calls are closed")
    assert len(both.rows.promises(given.id)) == 1


def test_a_drained_machine_keeps_its_calls_and_is_given_no_new_ones(both: Cluster, callers: Callers) -> None:
    """Until it is resumed; what is drained holds the lease."""
    here, there = both.pair()
    one, new, later = callers[here.name][:3]
    with citizens(both.rows, [one]) as (stays,):
        in_main_menu(both, stays)
        command_node(here.system, drain)
        both.rows.until(lambda: "the node is drained" in here.system.ready()[1], 10, "it is drained")
        is_taken(there, new)
        hears_on(both, stays)
        command_node(here.system, resume)
        both.rows.until(
            lambda: NODES[here.name] in invite(CARRIER, TRUNK, later)[0], 20, "its calls come again"
        )
        hears_on(both, stays)


def test_an_edge_that_does_not_reach_a_machine_takes_calls_to_another(
    both: Cluster, callers: Callers
) -> None:
    """Callers in its menus hear on, for sound goes past the edge; once reached, it is given calls again."""
    here, there = both.pair()
    one, new, later = callers[here.name][:3]
    with citizens(both.rows, [one, callers[there.name][0]]) as (stays, elsewhere):
        in_main_menu(both, stays, elsewhere)
        with apart((TRUNK, PHONES), NODES[here.name]):
            is_taken(there, new)
            hears_on(both, stays)
            hears_on(both, elsewhere)
        both.rows.until(
            lambda: NODES[here.name] in invite(CARRIER, TRUNK, later)[0], 20, "its calls come again"
        )


def test_an_edge_that_dies_takes_no_call_with_it(both: Cluster, callers: Callers) -> None:
    """Sound and keys go past it; started again, it takes new calls at once."""
    here, there = both.pair()
    (one, new, _), (other, *_) = callers[here.name][:3], callers[there.name]
    with citizens(both.rows, [one, other]) as called:
        in_main_menu(both, *called)
        both.edge.stop(SIGKILL)
        for stays in called:
            hears_on(both, stays)
        both.edge.start()
        both.rows.until(lambda: "200" in invite(CARRIER, TRUNK, new)[0], 10, "it takes calls again")
        for stays in called:
            hears_on(both, stays)
            stays.hang_up()
        both.rows.until(
            lambda: not both.rows.open_rows(one) + both.rows.open_rows(other), 20, "their calls are closed"
        )


def test_what_is_done_once_goes_on_elsewhere_while_jobs_hang(both: Cluster, callers: Callers) -> None:
    """They have it no more when they go on; a promise needs no jobs, and who is given one meanwhile has it
    once.
    """
    here, there = both.pair()
    with citizens(both.rows, [callers[here.name][1]]) as (one,):
        in_main_menu(both, one)
        with here.hanging("jobs"):
            call = is_promised(both, here, one)
            both.rows.until(lambda: both.holder == there.name, 2 * LEASE, "the other does what is done once")
        jobs_go_on(both, here)
    both.rows.until(lambda: latest(both, call).end_reason, 30, "its call is closed")
    assert (both.holder, len(both.rows.promises(call.id))) == (there.name, 1)


@pytest.mark.parametrize("first", [0, 1], ids=["there", "elsewhere"])
def test_who_waits_is_answered_while_jobs_of_a_machine_hang(
    both: Cluster, callers: Callers, first: int
) -> None:
    """At both machines, also where agents were held back for who came first to the other."""
    here, there = both.pair()
    order = (here, there) if first == 0 else (there, here)
    talks = callers[there.name][2]
    waiting = {callers[at.name][0]: at for at in order}
    with agent(both), citizens(both.rows, [talks, *waiting]) as (one, *others):
        in_main_menu(both, one, *others)
        one.press("0")
        both.rows.until(lambda: is_bridged(there.system, talks), 30, "one talks")
        for waits in others:
            waits_in_line(both, waits)
        with here.hanging("jobs"):
            one.hang_up()
            while others:
                answered = both.rows.until(
                    lambda: [one for one in others if is_bridged(waiting[one.number].system, one.number)],
                    30,
                    "who waits is answered",
                )
                for one in answered:
                    one.hang_up()
                    others.remove(one)
    jobs_go_on(both, here)


def test_a_promise_of_a_machine_without_the_database_is_kept_though_it_dies(
    both: Cluster, callers: Callers
) -> None:
    """Its menus go on, and the promise lies in its journal until it is back: then it is there, once."""
    here, there = both.pair()
    with citizens(both.rows, [callers[here.name][2], callers[there.name][0]]) as (one, stays):
        in_main_menu(both, one, stays)
        with here.proxy.hanging():
            call = is_promised(both, here, one)
            hears_on(both, stays)
            both.rows.until(lambda: both.holder == there.name, LEASE, "the other does what is done once")
            assert both.rows.promises(call.id) == []
            here.dies()
            one.vanish()
    here.comes_back()
    both.rows.until(lambda: both.rows.promises(call.id), 30, "the promise is kept")
    both.rows.until(lambda: latest(both, call).end_reason, 30, "its call is closed")
    assert len(both.rows.promises(call.id)) == 1


def test_who_talked_at_a_machine_that_died_is_rung_by_the_others(both: Cluster, callers: Callers) -> None:
    """While it stays away, though it never told of the talk's end. Back, it knows who talks elsewhere."""
    here, there = both.pair()
    talks, waits = callers[here.name][0], callers[there.name][0]
    with agent(both) as phone, citizens(both.rows, [talks, waits]) as (cut, one):
        in_main_menu(both, cut, one)
        cut.press("0")
        both.rows.until(lambda: is_bridged(here.system, talks), 30, "one talks")
        both.rows.until(lambda: is_talking(there, phone.user), 10, "the other machine was told")
        waits_in_line(both, one)
        here.dies()
        cut.vanish()
        phone.hang_up()
        both.rows.until(lambda: is_bridged(there.system, waits), 30, "who waits elsewhere is answered")
        here.comes_back()
        both.rows.until(lambda: is_talking(here, phone.user), 30, "it knows who talks elsewhere")
        one.hang_up()
        both.rows.until(lambda: is_free(here, phone.user), 30, "it can ring the telephone again")
