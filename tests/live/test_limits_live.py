"""Calls that must end (P7.1, P7.3), with real phones and a cap of 36 seconds:
never sooner or later than a second.

Also resilience row 15: in talk, in a guidance, after a transfer, after a return, back in the queue, and while
a decision runs. All scenes of an act are played at one time, each by a citizen and an agent of its own.
"""

from collections.abc import Iterator
from contextlib import ExitStack

import numpy as np
import pytest

from demo.hearing import PromptSounds, recognise
from demo.phone import Answers
from demo.sound import SAMPLES_A_SECOND, read_wav
from hotline import clock
from hotline.db import transaction
from hotline.ledger.audit import audit_rows
from hotline.special_callers.service import approve, propose
from recordings.gaps import place
from tests.chosen import is_plain
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.limit_acts import (
    AGENTS,
    ANSWER,
    CAP,
    FIRST,
    LISTED,
    PROPOSED,
    SECOND,
    WARNING,
    officers,
    reachable,
    scene,
    supervisor,
)
from tests.live.system import ALL_DAY, System, declare, running
from tests.live.talks import BOSS, Talk, more_agents, played, stopped, talks

pytestmark = pytest.mark.live
AT_ONCE = AGENTS
PLAIN = ("guided_out",)


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """Short limits, offices that are open, ten agents, two entries of the special list."""
    refuse_or_go_on()
    limits = {"special_cap": CAP, "special_spoken_warning": WARNING, "special_answer": ANSWER}
    with running(queue_slice=4, **ALL_DAY, **limits) as one:
        declare(one, "open")
        with transaction(one.house.factory) as session:
            at = clock.now()
            entry = propose(session, [LISTED], "abuse", ["test-1.1"], by=BOSS, at=at)
            approve(session, entry, level="市長", document="府研話字第1號", by="approver-1", at=at)
            propose(session, [PROPOSED], "abuse", ["test-1.2"], by=BOSS, at=at)
        more_agents(one, AGENTS)
        yield one
        assert_clean(one)


@pytest.fixture(scope="module")
def first_act(system: System, request: pytest.FixtureRequest) -> dict[str, Talk]:
    """All of them at one time; in the plain run those of its promises."""
    scenes = {name: FIRST[name] for name in PLAIN if name in FIRST} if is_plain(request) else FIRST
    if not scenes:
        return {}
    numbers = {name: f"09710000{number:02}" for number, name in enumerate(scenes, 1)}
    if "proposed" in numbers:
        numbers["proposed"] = PROPOSED
    with supervisor(system) as boss, officers(system, x5112=Answers(0.2)):
        system.until(lambda: reachable(system), 20, "the exchange is reachable")
        boss.register()
        with talks(system, list(numbers.values())) as found:
            for talk in found:
                talk.boss = boss
            by_number = {talk.number: talk for talk in found}
            return played([by_number[numbers[name]] for name in scenes], scenes)


def test_P7_1_an_ordinary_call_is_never_capped(first_act: dict[str, Talk]) -> None:
    """It goes on longer than the cap and ends when the caller hangs up; nothing of §15 is on record."""
    talk = scene(first_act, "ordinary")
    assert talk.notes["talks on"] and talk.row.end_reason == "caller_hung_up"
    assert talk.special is None and talk.steps() == []
    assert not {"V-15", "V-16", "V-20"} & set(talk.heard())


def test_P7_1_a_special_call_ends_at_its_cap(first_act: dict[str, Talk]) -> None:
    """V-20 before it, V-16 at the cap ±1 s; who, when and why are on record, and the recording is kept."""
    talk = scene(first_act, "flagged")
    assert "it ends at" in talk.said["authorise"] and talk.notes["state"] == "SPECIAL"
    after, why = talk.ended()
    assert abs(after - CAP) <= 1.0 and why == "cap"
    heard = talk.heard()
    assert abs(heard["V-20"] - (CAP - WARNING)) <= 1.5 and abs(heard["V-16"] - CAP) <= 1.5
    assert talk.steps() == [("authorised", BOSS, "NORMAL", "SPECIAL")]
    talk.wait_for_state("ENDED")
    assert talk.special and talk.special.ended_by == "cap"
    with transaction(talk.system.house.factory) as session:
        (deed,) = audit_rows(session, subject=f"call:{talk.call_id}")
    assert (deed.by, deed.action, deed.reason) == (BOSS, "call.authorise", "a trial")
    assert deed.before == {"state": "NORMAL"} and deed.after == {"state": "SPECIAL", "did": "authorised"}
    kept = talk.system.recordings(talk.call_id)
    assert len(kept) == 2 and {one.state for one in kept} <= {"EXPECTED", "WHOLE"}
    assert all((talk.system.settings.recordings / one.path).exists() for one in kept)


def test_P7_1_authorised_after_the_cap_ends_at_once(first_act: dict[str, Talk]) -> None:
    """Two seconds late: V-16 now, and no V-20 into it."""
    talk = scene(first_act, "late")
    assert "ends now" in talk.said["authorise"]
    after, why = talk.ended()
    asked = talk.notes["asked at"]
    assert isinstance(asked, float) and why == "cap" and asked - 1 <= after <= asked + 5.0
    assert "V-16" in talk.heard() and "V-20" not in talk.heard()


def test_P7_1_lifted_and_flagged_again_keeps_its_clock(first_act: dict[str, Talk]) -> None:
    """The end is where it was; a guidance that is being said then does not delay it."""
    talk = scene(first_act, "lifted")
    after, why = talk.ended()
    assert abs(after - CAP) <= 1.0 and why == "cap"
    assert [(kind, before, then) for kind, _, before, then in talk.steps()] == [
        ("authorised", "NORMAL", "SPECIAL"),
        ("topic", "SPECIAL", "NORMAL"),
        ("authorised", "NORMAL", "SPECIAL"),
        ("guided", "SPECIAL", "SPECIAL"),
    ]
    assert talk.special and talk.special.guidances == 1


def test_P7_1_the_cap_is_kept_through_a_transfer(first_act: dict[str, Talk]) -> None:
    """In talk with an officer the caller is warned and ended as with the agent."""
    talk = scene(first_act, "put_through")
    after, why = talk.ended()
    assert abs(after - CAP) <= 1.0 and why == "cap"
    assert any(leg.phone == "officers" and leg.talk_seconds for leg in talk.system.legs(talk.call_id))
    heard = talk.heard()
    assert abs(heard["V-20"] - (CAP - WARNING)) <= 1.5 and "V-16" in heard


@pytest.mark.parametrize("name", ["put_through", "returned"])
def test_P9_whoever_speaks_after_a_transfer_is_recorded(first_act: dict[str, Talk], name: str) -> None:
    """The second voice of a call is in its file too, whatever its packets are numbered."""
    talk = scene(first_act, name)
    row = talk.row
    last = max((leg for leg in talk.system.legs(row.id) if leg.talk_seconds), key=lambda leg: leg.started_at)
    assert row.recorded_at and last.answered_at and last.ended_at
    (kept,) = [one for one in talk.system.recordings(row.id) if one.direction == "agent"]
    sound = read_wav(talk.system.settings.recordings / kept.path).astype(np.int32)
    stretches = talk.system.stretches(row)
    begins, ends = (place(stretches, at) for at in (last.answered_at, last.ended_at))
    talked = sound[int((begins + 2.5) * SAMPLES_A_SECOND) : int((ends - 0.5) * SAMPLES_A_SECOND)]
    silent = [abs(part).mean() < 5 for part in np.array_split(talked, max(1, len(talked) // 4000))]
    assert len(silent) >= 4 and sum(silent) <= len(silent) // 4, silent


def test_P7_1_the_cap_holds_back_in_the_queue(first_act: dict[str, Talk]) -> None:
    """The caller waits once more, and is ended there."""
    talk = scene(first_act, "queued")
    after, why = talk.ended()
    assert abs(after - CAP) <= 1.0 and why == "cap"
    kinds = [event.kind for event in talk.system.events(talk.call_id)]
    assert kinds.count("QueueEntered") >= 2, kinds
    assert not any(leg.phone == "officers" and leg.talk_seconds for leg in talk.system.legs(talk.call_id))


def test_P7_1_the_cap_and_the_guidance_after_a_return(first_act: dict[str, Talk]) -> None:
    """Rung by Dial, the agent's key is heard as from the queue; the clock is the first answer's."""
    talk = scene(first_act, "returned")
    after, why = talk.ended()
    back = talk.notes["back at"]
    assert isinstance(back, float) and back < CAP
    assert abs(after - CAP) <= 1.0 and why == "cap"
    guided = ("guided", talk.agent.user, "SPECIAL", "SPECIAL")
    talk.system.until(lambda: talk.steps()[-1] == guided, 10, "the guidance is on record")
    assert talk.heard()["V-15"] > back


def test_P7_3_a_an_entry_without_approval_ends_nothing(first_act: dict[str, Talk]) -> None:
    """The agent's key asks a supervisor; the supervisor refuses;
    the call goes on, and all of it is on record.
    """
    talk = scene(first_act, "proposed")
    assert "nothing ends it" in talk.said["refuse"] and talk.notes["state"] == "NORMAL"
    assert talk.notes["talks on"] and talk.row.end_reason == "caller_hung_up"
    assert talk.steps() == [
        ("asked", talk.agent.user, "NORMAL", "REVIEW"),
        ("refused", BOSS, "REVIEW", "NORMAL"),
    ]
    assert "agent.listed" not in talk.agent_heard()


def test_an_emergency_lifts_the_cap_and_brings_the_supervisor(first_act: dict[str, Talk]) -> None:
    """All three hear each other; nobody can flag that call again; it ends when the caller hangs up."""
    talk = scene(first_act, "emergency")
    assert talk.notes["both talk on"] and talk.row.end_reason == "caller_hung_up"
    assert "emergency" in talk.said["authorise"]
    assert talk.special and talk.special.emergency
    assert talk.steps()[-1] == ("emergency", talk.agent.user, "SPECIAL", "NORMAL")
    sound = PromptSounds.load({"said": talk.system.settings.prompts / "zh-TW" / "V-12.again.wav"})
    for phone in (talk.caller, talk.agent):
        assert [found.name for found in recognise(read_wav(phone.recordings[0]), sound)], phone.user


def test_P7_1_only_a_supervisor_authorises(first_act: dict[str, Talk]) -> None:
    """Others are told so; nothing happens to the call."""
    talk = scene(first_act, "not_permitted")
    assert all("may" in said or "permit" in said for said in talk.said.values()), talk.said
    assert talk.notes["talks on"] and talk.steps() == []


@pytest.fixture(scope="module")
def second_act(system: System, first_act: dict[str, Talk], request: pytest.FixtureRequest) -> dict[str, Talk]:
    """Nothing decides any more once they talk."""
    scenes = {name: SECOND[name] for name in PLAIN if name in SECOND} if is_plain(request) else SECOND
    numbers = {name: f"09720000{number:02}" for number, name in enumerate(scenes, 1)} | {"guided_out": LISTED}
    with talks(system, list(numbers.values())) as found, ExitStack() as stack:
        stack.enter_context(stopped(system))
        by_number = {talk.number: talk for talk in found}
        return played([by_number[numbers[name]] for name in scenes], scenes)


@pytest.mark.promise("A listed caller is guided three times, then ended")
def test_P7_3_a_listed_caller_is_ended_by_three_guidances(second_act: dict[str, Talk]) -> None:
    """The agent is warned; V-15 thrice, then V-16 when the third has failed: no supervisor, no server."""
    talk = scene(second_act, "guided_out")
    after, why = talk.ended()
    assert why == "3_guidances" and 16 + ANSWER <= after <= CAP - 0.1
    assert [(kind, then) for kind, _, _, then in talk.steps()] == [
        ("no_topic", "SPECIAL"),
        ("guided", "SPECIAL"),
        ("guided", "SPECIAL"),
        ("guided", "SPECIAL"),
    ]
    assert {who for _, who, _, _ in talk.steps()} == {talk.agent.user}
    talk.wait_for_state("ENDED")
    assert talk.special and (talk.special.guidances, talk.special.ended_by) == (3, "3_guidances")
    assert {"V-15", "V-16"} <= set(talk.heard())
    assert talk.agent_heard()[:2] == ["agent.listed", "agent.zh-TW"]


def test_a_hung_server_in_a_guidance_harms_nobodys_talk(second_act: dict[str, Talk]) -> None:
    """The caller hears V-15 and talks on with the agent; after it each still hears the other."""
    talk = scene(second_act, "guided")
    assert talk.notes["talks on"] and talk.row.end_reason == "caller_hung_up"
    assert talk.steps() == [("guided", talk.agent.user, "NORMAL", "NORMAL")]
    assert "V-15" in talk.heard() and "V-16" not in talk.heard()
    for phone in (talk.caller, talk.agent):
        last = read_wav(phone.recordings[0])[-8 * SAMPLES_A_SECOND :]
        assert np.abs(last.astype(np.int32)).mean() > 5, f"{phone.user} hears nobody"


def test_the_cap_holds_after_a_guidance_while_the_servers_hang(second_act: dict[str, Talk]) -> None:
    """Asterisk alone keeps the clock."""
    talk = scene(second_act, "guided_to_the_cap")
    after, why = talk.ended()
    assert abs(after - CAP) <= 1.0 and why == "cap"
    assert {"V-15", "V-16", "V-20"} <= set(talk.heard())


def test_P7_1_the_cap_holds_while_a_decision_runs(second_act: dict[str, Talk]) -> None:
    """It is not taken for the decision's own limit: no second process is asked, no queue entered."""
    talk = scene(second_act, "deciding")
    after, why = talk.ended()
    assert abs(after - CAP) <= 1.0 and why == "cap"
    kinds = [event.kind for event in talk.system.events(talk.call_id)]
    assert "FailedOver" not in kinds, kinds
