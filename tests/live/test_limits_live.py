"""Calls that must end (P7.1, P7.3), with real phones and a cap of 36 seconds: never sooner or later than a second.

Also resilience row 15: in talk, in a guidance, after a transfer, after a return, back in the queue, and while a
decision runs. All scenes of an act are played at one time, each by a citizen and an agent of its own.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import numpy as np
import pytest

from hotline import clock
from hotline.auditlog.service import deeds
from hotline.db import transaction
from hotline.special.service import approve, propose
from ops.hearing import Catalogue, recognise
from ops.officers import Officer, Officers
from ops.passwords import secret
from ops.phone import Answers, Busy, Phone, What
from ops.sound import SAMPLES_A_SECOND, read_wav, write_wav
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.system import DESKS, System, running
from tests.live.talks import BOSS, Talk, commanded, more_agents, played, stopped, talks

pytestmark = pytest.mark.live
CAP, WARNING, ANSWER = 36.0, 8.0, 3.0
LONG = CAP + 8
"""Seconds that an ordinary talk takes at least."""
AGENTS = 10
LISTED, PROPOSED = "0971000099", "0971000098"
"""An approved entry of the special list, and one that waits for its approval."""


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """Short limits, offices that are open, ten agents, two entries of the special list."""
    refuse_or_go_on()
    limits = {"special_cap": CAP, "special_spoken_warning": WARNING, "special_answer": ANSWER}
    with running(office_opens="00:00", office_closes="23:59:59", queue_slice=4, **limits) as one:
        if not one.house.is_open(clock.now()):
            today = clock.now().astimezone(clock.TAIPEI).date().isoformat()
            commanded(one, "calendar", "open", today, "--by", "admin-1", "--reason", "a trial")
        with transaction(one.house.factory) as session:
            at = clock.now()
            entry = propose(session, [LISTED], "abuse", ["test-1.1"], by=BOSS, at=at)
            approve(session, entry, level="市長", document="府研話字第1號", by="approver-1", at=at)
            propose(session, [PROPOSED], "abuse", ["test-1.2"], by=BOSS, at=at)
        more_agents(one, AGENTS)
        yield one
        assert_clean(one)


# --- first act: everything runs -------------------------------------------------------------------------


def ordinary(talk: Talk) -> None:
    """Nobody flags this caller, who talks on."""
    talk.wait_until(LONG)
    talk.notes["talks on"] = talk.caller.talking


def flagged(talk: Talk) -> None:
    """Authorised at once."""
    talk.said["authorise"] = talk.does("authorise")
    talk.notes["state"] = talk.stands()
    talk.caller.wait_for(What.CLOSED, CAP + 20)


def late(talk: Talk) -> None:
    """Authorised two seconds after the cap would have come."""
    talk.wait_until(CAP + 2)
    talk.notes["asked at"] = talk.second
    talk.said["authorise"] = talk.does("authorise")
    talk.caller.wait_for(What.CLOSED, 20)


def lifted(talk: Talk) -> None:
    """A topic by the agent's key, then authorised again; at the cap a guidance is being said."""
    talk.does("authorise")
    talk.wait_until(6)
    talk.agent.press("*33")
    talk.wait_for_state("NORMAL")
    talk.does("authorise")
    talk.wait_until(CAP - 2.2)
    talk.agent.press("*31")
    talk.caller.wait_for(What.CLOSED, 30)


def put_through(talk: Talk) -> None:
    """To an officer who talks on."""
    talk.does("authorise")
    talk.wait_until(4)
    talk.agent.press("##5112#")
    talk.caller.wait_for(What.CLOSED, CAP + 20)


def queued(talk: Talk) -> None:
    """The officer and the neighbours are busy, so is the agent by then: back in the queue."""
    talk.does("authorise")
    talk.wait_until(4)
    talk.agent.behaves = Busy()
    talk.agent.press("##5301#")
    talk.caller.wait_for(What.CLOSED, CAP + 20)


def returned(talk: Talk) -> None:
    """Back to the agent who put the caller through, rung by Dial: a guidance by key works there too."""
    talk.does("authorise")
    talk.wait_until(4)
    talk.agent.press("##5301#")
    talk.agent.wait_for(What.ESTABLISHED, 20)
    talk.notes["back at"] = talk.second
    talk.wait_until(talk.second + 1.5)
    talk.agent.press("*31")
    talk.caller.wait_for(What.CLOSED, CAP + 20)


def proposed(talk: Talk) -> None:
    """The entry is not approved: the key asks a supervisor, who listens, refuses, and the caller talks on."""
    boss = talk.boss
    assert boss
    talk.wait_until(3.5)
    talk.agent.press("*34")
    boss.wait_for(What.ESTABLISHED, 20)
    talk.wait_for_state("REVIEW")
    boss.hang_up()
    boss.wait_for(What.CLOSED, 10)
    talk.said["refuse"] = talk.does("refuse")
    talk.notes["state"] = talk.stands()
    talk.wait_until(LONG)
    talk.notes["talks on"] = talk.caller.talking


def emergency(talk: Talk) -> None:
    """Lifts the cap for good, and a supervisor joins the talk."""
    boss = talk.boss
    assert boss
    talk.does("authorise")
    talk.wait_until(14)
    talk.agent.press("*39")
    boss.wait_for(What.ESTABLISHED, 20)
    talk.wait_for_state("NORMAL")
    talk.said["authorise"] = talk.does("authorise", exit_code=1)
    talk.wait_until(LONG)
    talk.notes["both talk on"] = talk.caller.talking and boss.talking
    talk.caller.hang_up()
    boss.wait_for(What.CLOSED, 10)


def not_permitted(talk: Talk) -> None:
    """An agent authorises nobody, nor does an administrator."""
    talk.said["agent"] = talk.does("authorise", by="agent-1", exit_code=1)
    talk.said["administrator"] = talk.does("authorise", by="admin-1", exit_code=1)
    talk.wait_until(LONG)
    talk.notes["talks on"] = talk.caller.talking


FIRST: dict[str, Callable[[Talk], None]] = {
    scene.__name__: scene
    for scene in (
        ordinary, flagged, late, lifted, put_through, queued, returned, proposed, emergency, not_permitted,
    )
}  # fmt: skip


@pytest.fixture(scope="module")
def first_act(system: System) -> dict[str, Talk]:
    """All of them at one time."""
    numbers = {name: f"09710000{number:02}" for number, name in enumerate(FIRST, 1)} | {"proposed": PROPOSED}
    with supervisor(system) as boss, officers(system, x5112=Answers(0.2)):
        system.until(lambda: reachable(system), 20, "the exchange is reachable")
        boss.register()
        with talks(system, list(numbers.values())) as found:
            for talk in found:
                talk.boss = boss
            by_number = {talk.number: talk for talk in found}
            return played([by_number[numbers[name]] for name in FIRST], FIRST)


@contextmanager
def supervisor(system: System) -> Iterator[Phone]:
    """A supervisor's phone that answers and says the same words again and again."""
    voice = system.scratch / "boss.wav"
    words = read_wav(system.settings.prompts / "zh-TW" / "V-12.again.wav")
    write_wav(voice, *[words, np.zeros(SAMPLES_A_SECOND, np.int16)] * 8)
    with Phone(
        BOSS, home=system.scratch / "boss", address=DESKS, password=secret(system.settings, BOSS),
        registrar=system.sip, behaves=Answers(0.2), voice=voice,
    ) as boss:  # fmt: skip
        yield boss


@contextmanager
def officers(system: System, **phones: Officer) -> Iterator[Officers]:
    """Those extensions answer; the others of the exchange are busy."""
    told = {extension.removeprefix("x"): does for extension, does in phones.items()}
    busy = {extension: Busy() for extension in ("5111", "5113", "5114", "5301", "5302", "5303", "5304")}
    with Officers(system.settings.officers_contact, {**busy, **told}, system.scratch / "officers") as one:
        yield one


def reachable(system: System) -> bool:
    contacts = system.home.rx("pjsip show contacts").splitlines()
    return any("officers" in line and "Avail" in line for line in contacts)


def scene(act: dict[str, Talk], name: str) -> Talk:
    """The scene as it was played. Raises what went wrong in it."""
    if act[name].fault:
        raise act[name].fault  # type: ignore[misc]
    return act[name]


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
        (deed,) = deeds(session, subject=f"call:{talk.call_id}")
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
        ("authorised", "NORMAL", "SPECIAL"), ("topic", "SPECIAL", "NORMAL"),
        ("authorised", "NORMAL", "SPECIAL"), ("guided", "SPECIAL", "SPECIAL"),
    ]  # fmt: skip
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
    begins, ends = ((at - row.recorded_at).total_seconds() for at in (last.answered_at, last.ended_at))
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
    assert talk.steps()[-1] == ("guided", talk.agent.user, "SPECIAL", "SPECIAL")
    assert talk.heard()["V-15"] > back


def test_P7_3_a_an_entry_without_approval_ends_nothing(first_act: dict[str, Talk]) -> None:
    """The agent's key asks a supervisor; the supervisor refuses; the call goes on, and all of it is on record."""
    talk = scene(first_act, "proposed")
    assert "nothing ends it" in talk.said["refuse"] and talk.notes["state"] == "NORMAL"
    assert talk.notes["talks on"] and talk.row.end_reason == "caller_hung_up"
    assert talk.steps() == [
        ("asked", talk.agent.user, "NORMAL", "REVIEW"), ("refused", BOSS, "REVIEW", "NORMAL"),
    ]  # fmt: skip
    assert "agent.listed" not in talk.agent_heard()


def test_an_emergency_lifts_the_cap_and_brings_the_supervisor(first_act: dict[str, Talk]) -> None:
    """All three hear each other; nobody can flag that call again; it ends when the caller hangs up."""
    talk = scene(first_act, "emergency")
    assert talk.notes["both talk on"] and talk.row.end_reason == "caller_hung_up"
    assert "emergency" in talk.said["authorise"]
    assert talk.special and talk.special.emergency
    assert talk.steps()[-1] == ("emergency", talk.agent.user, "SPECIAL", "NORMAL")
    sound = Catalogue.load({"said": talk.system.settings.prompts / "zh-TW" / "V-12.again.wav"})
    for phone in (talk.caller, talk.agent):
        assert [found.name for found in recognise(read_wav(phone.recordings[0]), sound)], phone.user


def test_P7_1_only_a_supervisor_authorises(first_act: dict[str, Talk]) -> None:
    """Others are told so; nothing happens to the call."""
    talk = scene(first_act, "not_permitted")
    assert all("may" in said or "permit" in said for said in talk.said.values()), talk.said
    assert talk.notes["talks on"] and talk.steps() == []


# --- second act: both AGI processes are stopped while they talk ------------------------------------------


def guided_out(talk: Talk) -> None:
    """Listed with approval: key *34, then three guidances by key."""
    talk.wait_until(4.5)  # the agent hears two words before the talk
    talk.agent.press("*34")
    for second in (7, 11.5, 16):
        talk.wait_until(second)
        talk.agent.press("*31")
    talk.caller.wait_for(What.CLOSED, 30)


def guided(talk: Talk) -> None:
    """An ordinary call: a guidance is said, and both talk on."""
    talk.wait_until(5)
    talk.agent.press("*31")
    talk.wait_until(LONG)
    talk.notes["talks on"] = talk.caller.talking and talk.agent.talking


def guided_to_the_cap(talk: Talk) -> None:
    """Flagged, one guidance, and no more."""
    talk.does("authorise")
    talk.wait_until(6)
    talk.agent.press("*31")
    talk.caller.wait_for(What.CLOSED, CAP + 20)


def deciding(talk: Talk) -> None:
    """Flagged; a decision begins some two seconds before the cap, and nobody answers it."""
    talk.does("authorise")
    talk.wait_until(CAP - 3.6)
    talk.agent.press("##5112#")
    talk.caller.wait_for(What.CLOSED, CAP + 20)


SECOND: dict[str, Callable[[Talk], None]] = {
    scene.__name__: scene for scene in (guided_out, guided, guided_to_the_cap, deciding)
}


@pytest.fixture(scope="module")
def second_act(system: System, first_act: dict[str, Talk]) -> dict[str, Talk]:
    """Nothing decides any more once they talk."""
    numbers = {name: f"09720000{number:02}" for number, name in enumerate(SECOND, 1)} | {"guided_out": LISTED}
    with talks(system, list(numbers.values())) as found, ExitStack() as stack:
        stack.enter_context(stopped(system))
        by_number = {talk.number: talk for talk in found}
        return played([by_number[numbers[name]] for name in SECOND], SECOND)


def test_P7_3_a_listed_caller_is_ended_by_three_guidances(second_act: dict[str, Talk]) -> None:
    """The agent is warned; V-15 thrice, then V-16 when the third has failed: no supervisor, no server."""
    talk = scene(second_act, "guided_out")
    after, why = talk.ended()
    assert why == "3_guidances" and 16 + ANSWER <= after <= CAP - 0.1
    assert [(kind, then) for kind, _, _, then in talk.steps()] == [
        ("no_topic", "SPECIAL"), ("guided", "SPECIAL"), ("guided", "SPECIAL"), ("guided", "SPECIAL"),
    ]  # fmt: skip
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
