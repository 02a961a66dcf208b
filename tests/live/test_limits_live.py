"""Calls that must end (P7.1, P7.3), with real phones and a cap of 24 seconds: never sooner or later than a second.

Also resilience row 15: in talk, in a guidance, after a transfer, back in the queue, and while a decision runs.
"""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from sqlalchemy import select

from hotline import clock
from hotline.auditlog.service import deeds
from hotline.db import transaction
from hotline.special.service import approve, propose
from hotline.special.store import SpecialCall, SpecialEvent
from ivr.store import CallRow, CelEvent
from ops.cli import main
from ops.hearing import Catalogue, recognise
from ops.officers import Officers
from ops.passwords import secret
from ops.phone import Answers, Busy, Phone, What
from ops.sound import SAMPLES_A_SECOND, read_wav, write_wav
from ops.trials import this_hotline
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.system import DESKS, System, running

pytestmark = pytest.mark.live
CAP, WARNING, ANSWER = 24.0, 6.0, 3.0
BOSS = "supervisor-1"


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """Short limits, offices that are open."""
    refuse_or_go_on()
    limits = {"special_cap": CAP, "special_spoken_warning": WARNING, "special_answer": ANSWER}
    with running(office_opens="00:00", office_closes="23:59:59", queue_slice=4, **limits) as one:
        if not one.house.is_open(clock.now()):
            today = clock.now().astimezone(clock.TAIPEI).date().isoformat()
            commanded(one, "calendar", "open", today, "--by", "admin-1", "--reason", "a trial")
        yield one
        assert_clean(one)


def commanded(system: System, *words: str) -> str:
    """A command of the ``hotline`` program; what it says."""
    done = CliRunner().invoke(main, list(words), env={"HOTLINE_HOME": str(system.settings.home)})
    assert done.exit_code == 0, done.output
    return done.output


class Talk:
    """A citizen in talk with an agent, from the agent's answer on."""

    def __init__(self, system: System, number: str, caller: Phone, agent: Phone) -> None:
        self.system, self.number, self.caller, self.agent = system, number, caller, agent
        self.call_id = str(system.until(self._id, 10, "the call has a row"))

    def _id(self) -> str | None:
        with transaction(self.system.house.factory) as session:
            return session.scalar(select(CallRow.id).where(CallRow.caller == f"+886{self.number[1:]}"))

    def does(self, verb: str, by: str = BOSS) -> str:
        """``hotline call VERB``."""
        return commanded(self.system, "call", verb, self.call_id, "--by", by, "--reason", "a trial")

    def since_answer(self) -> float:
        """Seconds since the agent lifted the receiver."""
        return clock.monotonic() - self.answered_at

    def wait_until(self, second: float) -> None:
        """Sleep until so many seconds after the agent's answer."""
        time.sleep(max(0.0, second - self.since_answer()))

    answered_at: float

    def ended(self) -> tuple[float, str]:
        """Seconds from the agent's answer to the end by rule, and its reason, both from the event log."""
        self.caller.wait_for(What.CLOSED, 60)
        return self.row_of_end()

    def row_of_end(self) -> tuple[float, str]:
        """The same, of a call that is over."""
        row = self.system.row(self.number)
        with transaction(self.system.house.factory) as session:
            query = select(CelEvent).where(CelEvent.linked_id == row.id, CelEvent.kind == "END")
            (end,) = session.scalars(query)
            assert row.agent_at
            return (end.at - row.agent_at).total_seconds(), row.end_reason

    def heard(self) -> dict[str, float]:
        """Prompts in the caller's ear with the second after the agent's answer."""
        prompts = Catalogue.load(this_hotline(self.system.house, self.system.scratch).prompts)
        row = self.system.row(self.number)
        assert row.agent_at and row.answered_at
        waited = (row.agent_at - row.answered_at).total_seconds()
        return {one.name: one.at - waited for one in recognise(read_wav(self.caller.heard), prompts)}

    def states(self) -> list[tuple[str, str, str]]:
        """The steps on record: what, from, to."""
        with transaction(self.system.house.factory) as session:
            query = select(SpecialEvent).where(SpecialEvent.call_id == self.call_id).order_by(SpecialEvent.at)
            return [(one.kind, one.from_state, one.to_state) for one in session.scalars(query)]

    def stands(self) -> SpecialCall:
        with transaction(self.system.house.factory) as session:
            return session.get_one(SpecialCall, self.call_id)


@contextmanager
def talk(system: System, number: str, agent: Phone) -> Iterator[Talk]:
    """A call to the agent who is free."""
    with system.caller(number) as caller:
        caller.dial(f"sip:1999@{system.sip}")
        caller.wait_for(What.ESTABLISHED, 10)
        time.sleep(9.5)
        caller.press("0")
        answered = agent.wait_for(What.ESTABLISHED, 30)
        one = Talk(system, number, caller, agent)
        one.answered_at = answered.at
        yield one


def test_P7_1_a_special_call_ends_at_its_cap_and_an_ordinary_one_goes_on(system: System) -> None:
    """Authorised in talk: V-20, then V-16 at the cap ±1 s; who was not flagged talks on; all is on record."""
    with ExitStack() as stack:
        one = stack.enter_context(system.agents(agent_1=Answers(0.2)))
        ordinary = stack.enter_context(talk(system, "0971000001", one["agent-1"]))
        two = stack.enter_context(system.agents(agent_2=Answers(0.2)))
        flagged = stack.enter_context(talk(system, "0971000002", two["agent-2"]))
        assert "it ends at" in flagged.does("authorise")
        assert flagged.stands().state == "SPECIAL"
        after, why = flagged.ended()
        ordinary.wait_until(CAP + 12)
        assert ordinary.caller.talking
        ordinary.caller.hang_up()
    assert abs(after - CAP) <= 1.0 and why == "cap"
    heard = flagged.heard()
    assert abs(heard["zh-TW/V-20"] - (CAP - WARNING)) <= 1.5 and abs(heard["zh-TW/V-16"] - CAP) <= 1.0
    assert {one.state for one in system.recordings(flagged.call_id)} <= {"EXPECTED", "WHOLE"}
    assert len(system.recordings(flagged.call_id)) == 2
    assert flagged.states() == [("authorised", "NORMAL", "SPECIAL")]
    assert (flagged.stands().state, flagged.stands().ended_by) == ("ENDED", "cap")
    with transaction(system.house.factory) as session:
        (deed,) = deeds(session, subject=f"call:{flagged.call_id}")
        assert (deed.by, deed.action, deed.reason) == (BOSS, "call.authorise", "a trial")
    assert system.row("0971000001").end_reason == "caller_hung_up"


def test_P7_3_a_listed_caller_is_ended_by_three_guidances_without_a_server(system: System) -> None:
    """Approved entry, key *34, key *31 three times with both processes stopped: V-15 thrice, then V-16."""
    number = "0971000003"
    with transaction(system.house.factory) as session:
        entry = propose(session, [number], "abuse", ["test-1.1"], by=BOSS, at=clock.now())
        approve(session, entry, level="市長", document="1", by="approver-1", at=clock.now())
    time.sleep(2.5)  # the processes look at the list every second
    with system.agents(agent_1=Answers(0.2)) as agents:
        with talk(system, number, agents["agent-1"]) as one, stopped(system):
            one.wait_until(3.2)  # the agent hears two words before the talk
            one.agent.press("*34")
            for second in (4.6, 8.9, 13.2):
                one.wait_until(second)
                one.agent.press("*31")
            one.caller.wait_for(What.CLOSED, 30)
            closed_after = one.since_answer()
        after, why = one.row_of_end()
    assert why == "3_guidances" and 13.2 + 3.3 + ANSWER <= after <= CAP - 0.1 and closed_after < CAP + 7
    assert [kind for kind, *_ in one.states()] == ["no_topic", "guided", "guided", "guided"]
    assert one.stands().guidances == 3
    heard = list(one.heard())
    assert "zh-TW/V-15" in heard and "zh-TW/V-16" in heard
    prompts = Catalogue.load(this_hotline(system.house, system.scratch).prompts)
    whispered = [found.name for found in recognise(read_wav(one.agent.recordings[0]), prompts)]
    assert whispered[:2] == ["zh-TW/agent.listed", "zh-TW/agent.zh-TW"]


@contextmanager
def stopped(system: System) -> Iterator[None]:
    """Both AGI processes accept and never answer."""
    pids = [system.supervisor.pid(f"agi-{which}") for which in (1, 2)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def test_P7_1_authorised_after_the_cap_ends_at_once(system: System) -> None:
    """Two seconds late: V-16 now."""
    with system.agents(agent_1=Answers(0.2)) as agents, talk(system, "0971000004", agents["agent-1"]) as one:
        one.wait_until(CAP + 2)
        asked = one.since_answer()
        assert "ends now" in one.does("authorise")
        after, why = one.ended()
    assert why == "cap" and asked <= after <= asked + 3.0


def test_P7_1_lifted_and_flagged_again_keeps_its_clock(system: System) -> None:
    """A topic by key, then authorised once more: the end is where it was."""
    with system.agents(agent_1=Answers(0.2)) as agents, talk(system, "0971000005", agents["agent-1"]) as one:
        one.does("authorise")
        one.wait_until(6)
        one.agent.press("*33")
        one.wait_until(9)
        assert one.stands().state == "NORMAL"
        one.does("authorise")
        # And a guidance said just before the cap does not delay it.
        one.wait_until(CAP - 2.2)
        one.agent.press("*31")
        after, why = one.ended()
    assert abs(after - CAP) <= 1.0 and why == "cap"
    assert [kind for kind, *_ in one.states()] == ["authorised", "topic", "authorised", "guided"]


def test_an_emergency_lifts_the_cap_and_brings_the_supervisor(system: System) -> None:
    """By key: a supervisor's phone rings, all three hear each other, and nothing ends the call."""
    prompts = system.settings.prompts / "zh-TW"
    with system.agents(agent_1=Answers(0.2)) as agents:
        boss = Phone(
            BOSS, home=system.scratch / "boss", address=DESKS, password=secret(system.settings, BOSS),
            registrar=system.sip, behaves=Answers(0.2), voice=again_and_again(prompts / "V-12.again.wav", system),
        )  # fmt: skip
        with boss, talk(system, "0971000006", agents["agent-1"]) as one:
            boss.register()
            one.does("authorise")
            one.agent.press("*39")
            boss.wait_for(What.ESTABLISHED, 10)
            one.wait_until(CAP + 3)
            assert one.caller.talking and boss.talking
            one.caller.hang_up()
            boss.wait_for(What.CLOSED, 10)
    assert system.row("0971000006").end_reason == "caller_hung_up"
    assert one.stands().emergency
    sound = Catalogue.load({"said": prompts / "V-12.again.wav"})
    for phone in (one.caller, one.agent):
        assert [found.name for found in recognise(read_wav(phone.recordings[0]), sound)], phone.user


def again_and_again(wav: Path, system: System) -> Path:
    """The words and a pause, five times, for who hears only a part of it."""
    words, path = read_wav(wav), system.scratch / "boss.wav"
    write_wav(path, *[words, np.zeros(SAMPLES_A_SECOND, np.int16)] * 5)
    return path


@contextmanager
def officers(system: System, **phones: Answers) -> Iterator[Officers]:
    """Those extensions answer; all others of the exchange are busy."""
    told = {extension.removeprefix("x"): does for extension, does in phones.items()}
    busy = {extension: Busy() for extension in ("5111", "5112", "5113", "5114", "5115", "5116")}
    with Officers(system.settings.officers_contact, {**busy, **told}, system.scratch / "officers") as one:
        yield one


def reachable(system: System) -> bool:
    return "Avail" in "".join(
        line for line in system.home.rx("pjsip show contacts").splitlines() if "officers" in line
    )


def test_P7_1_the_cap_is_kept_through_a_transfer(system: System) -> None:
    """Put through to an officer who talks on: the end comes at the cap from the first agent's answer."""
    with officers(system, x5112=Answers(0.2)), system.agents(agent_1=Answers(0.2)) as agents:
        system.until(lambda: reachable(system), 15, "the exchange is reachable")
        with talk(system, "0971000007", agents["agent-1"]) as one:
            one.does("authorise")
            one.wait_until(4)
            one.agent.press("##5112#")
            after, why = one.ended()
    assert abs(after - CAP) <= 1.0 and why == "cap"
    assert any(leg.phone == "officers" and leg.talk_seconds for leg in system.legs(one.call_id))
    assert {"zh-TW/V-20", "zh-TW/V-16"} <= set(one.heard())


def test_P7_1_the_cap_holds_back_in_the_queue(system: System) -> None:
    """The officer and the neighbours are busy, so is the agent by then: the caller waits, and is ended there."""
    with officers(system), system.agents(agent_1=Answers(0.2)) as agents:
        system.until(lambda: reachable(system), 15, "the exchange is reachable")
        with talk(system, "0971000008", agents["agent-1"]) as one:
            one.does("authorise")
            one.wait_until(3)
            one.agent.behaves = Busy()
            one.agent.press("##5112#")
            after, why = one.ended()
    assert abs(after - CAP) <= 1.0 and why == "cap"
    left = [event.kind for event in system.events(one.call_id)]
    assert left.count("QueueEntered") >= 2, left


def test_P7_1_the_cap_holds_while_a_decision_runs(system: System) -> None:
    """Both processes are stopped when the cap comes in the middle of a decision: it is not taken for a late decision."""
    with system.agents(agent_1=Answers(0.2)) as agents, talk(system, "0971000009", agents["agent-1"]) as one:
        one.does("authorise")
        one.wait_until(CAP - 3.6)
        with stopped(system):
            one.agent.press("##5112#")  # the decision begins about two seconds before the cap
            one.caller.wait_for(What.CLOSED, 40)
        after, why = one.row_of_end()
    assert abs(after - CAP) <= 1.0 and why == "cap"
    kinds = [event.kind for event in system.events(one.call_id)]
    assert "FailedOver" not in kinds, kinds
