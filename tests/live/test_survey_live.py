"""The questions behind a real talk (V-19, P10.3): who stays, and who hangs up inside."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sqlalchemy import select

from calls.cdr import EndReason
from calls.store import CallRow
from demo.hearing import PromptSounds, recognise
from demo.officers import Officers
from demo.phone import Answers, PhoneEventKind, Softphone
from demo.sound import read_wav, write_wav
from hotline.callbacks.store import CallbackMessage
from hotline.db import transaction
from hotline.survey.store import SurveyRow
from ivr.prompts import HOME
from recordings.policy import Direction
from recordings.store import Recording
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.messages import kinds
from tests.live.system import ALL_DAY, System, declare, running
from tests.live.test_consults_live import who_has, with_caller
from tests.live.test_menus_live import in_order
from tests.spoken_message import pcm, prompt

pytestmark = pytest.mark.live
STAYS, LEAVES, SPEAKS = "0913200001", "0913200002", "0913200003"
PUT_THROUGH, LEFT_TO = "0913200004", "0913200005"
OFFICERS = {PUT_THROUGH: "5112", LEFT_TO: "5301"}
QUESTIONS = ("V-19.stay", "V-19", "V-19.clear", "not-understood", "V-19.wait", "V-19.words", "message-kept")
TALK = Answers(0.3, 1.5)


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """Everybody is asked all three questions, and for words."""
    refuse_or_go_on()
    with running(survey_share=100, survey_questions=3, message_longest=12, **ALL_DAY) as one:
        declare(one, "open")
        yield one
        assert_clean(one)


def answered(system: System, phone: Softphone, number: str, key: str, count: int) -> None:
    """Press a key when a question is asked; so many answers are on record then."""
    time.sleep(1.5)
    phone.press(key)
    system.until(lambda: kinds(system, number).count("SurveyAnswered") == count, 20, f"{number}: {count}")


def heard_by(phone: Softphone) -> list[str]:
    """What was said behind the talk, in order."""
    names = [f"zh-TW/{name}" for name in (*QUESTIONS, "thanks-goodbye")]
    known = PromptSounds.load({name: HOME / "build" / f"{name}.wav" for name in names})
    return [heard.name for heard in recognise(read_wav(phone.heard), known)]


def wants_a_person(system: System, number: str) -> Softphone:
    """A caller on the way to an agent."""
    phone = system.caller(number).__enter__()
    phone.dial(f"sip:1999@{system.sip}")
    phone.wait_for(PhoneEventKind.ESTABLISHED, 5)
    system.in_menu(number)
    time.sleep(0.6)
    phone.press("0")
    return phone


def talk(system: System, number: str) -> Softphone:
    """A caller whose agent hung up, and who is asked."""
    phone = wants_a_person(system, number)
    system.until(lambda: "SurveyAsked" in kinds(system, number), 60, f"{number} is asked")
    return phone


def stays(system: System) -> list[str]:
    """All three questions, a wrong key between them, and words after the tone."""
    phone = talk(system, STAYS)
    try:
        time.sleep(6.0)
        answered(system, phone, STAYS, "5", 1)
        time.sleep(1.5)
        phone.press("9")
        time.sleep(4.0)
        answered(system, phone, STAYS, "4", 2)
        answered(system, phone, STAYS, "1", 3)
        system.until(lambda: "MessageBegun" in kinds(system, STAYS), 40, "the tone")
        said = system.scratch / "opinion.wav"
        write_wav(said, np.frombuffer(pcm(prompt("zh-TW/V-08")), "<i2"))
        phone.say(said)
        phone.wait_for(PhoneEventKind.CLOSED, 40)
        return heard_by(phone)
    finally:
        phone.__exit__(None, None, None)


def leaves(system: System) -> None:
    """Hangs up behind the first answer, in the second question."""
    phone = talk(system, LEAVES)
    answered(system, phone, LEAVES, "2", 1)
    time.sleep(1.0)
    phone.__exit__(None, None, None)


def speaks(system: System) -> None:
    """Answers all, and hangs up in the message."""
    phone = talk(system, SPEAKS)
    for count, key in enumerate("345", 1):
        answered(system, phone, SPEAKS, key, count)
    system.until(lambda: "MessageBegun" in kinds(system, SPEAKS), 40, "the tone")
    said = system.scratch / "half.wav"
    write_wav(said, np.frombuffer(pcm(prompt("zh-TW/V-09")), "<i2"))
    phone.say(said)
    time.sleep(3.0)
    phone.__exit__(None, None, None)


@pytest.fixture(scope="module")
def played(system: System) -> list[str]:
    """All three at once; what the one who stayed has heard."""
    with system.agents(agent_1=TALK, agent_2=TALK), ThreadPoolExecutor(3) as pool:
        calls = [pool.submit(one, system) for one in (leaves, speaks)]
        heard = pool.submit(stays, system).result()
        for call in calls:
            call.result()
    return heard


def an_officers(system: System, agents: dict[str, Softphone], city: Officers, number: str) -> None:
    """A caller who talks with an agent, then with an officer, who hangs up; the first question is answered.

    The agent puts the caller through by keys, or speaks with the officer first and leaves.
    """
    phone, extension = wants_a_person(system, number), OFFICERS[number]
    try:
        agent = system.until(lambda: who_has(agents, number), 60, f"{number} talks with an agent")
        officer = city.phones[extension]
        time.sleep(1.5)
        if number == PUT_THROUGH:
            agent.press(f"##{extension}#")
            officer.wait_for(PhoneEventKind.ESTABLISHED, 30)
        else:
            agent.press("*2")
            time.sleep(1.0)
            agent.press(f"{extension}#")
            officer.wait_for(PhoneEventKind.ESTABLISHED, 30)
            time.sleep(5.0)  # who answers is told who calls
            agent.hang_up()
        system.until(lambda: with_caller(system, number) == {"officers"}, 40, f"{number} and the officer")
        time.sleep(2.0)
        officer.hang_up()
        system.until(lambda: "SurveyAsked" in kinds(system, number), 40, f"{number} is asked")
        answered(system, phone, number, "2", 1)
    finally:
        phone.__exit__(None, None, None)


@pytest.fixture(scope="module")
def put_through(system: System, played: list[str]) -> None:
    """Both at once, behind the others."""
    phones = dict.fromkeys(OFFICERS.values(), Answers(0.5))
    with (
        Officers(system.settings.officers_contact, phones, system.scratch / "officers") as city,
        system.agents(agent_1=Answers(0.5), agent_2=Answers(0.5)) as agents,
        ThreadPoolExecutor(2) as pool,
    ):
        system.reaches(city)
        for call in [pool.submit(an_officers, system, agents, city, number) for number in OFFICERS]:
            call.result()


def survey_of(system: System, number: str) -> tuple[SurveyRow, CallRow]:
    """The survey of a caller, once the call is closed."""
    call = system.row(number, 30)

    def found() -> SurveyRow | None:
        with transaction(system.house.factory) as session:
            return session.scalars(select(SurveyRow).where(SurveyRow.call_id == call.id)).first()

    return system.until(found, 20, f"{number} has a survey"), call


def test_V_19_who_stays_is_asked_and_heard(played: list[str], system: System) -> None:
    """In order, the second question again behind a wrong key; the words are kept as a message like others."""
    assert in_order([f"zh-TW/{name}" for name in (*QUESTIONS, "thanks-goodbye")], played), played
    row, call = survey_of(system, STAYS)
    assert (row.scores, row.outcome, row.talked_with) == ((5, 4, 1), "whole", "agent")
    assert (call.outcome, row.message) == ("talked", f"{call.id}-message")
    message = Recording.call_id == call.id, Recording.direction == Direction.MESSAGE

    def heard() -> bool:
        with transaction(system.house.factory) as session:
            return (session.scalars(select(Recording).where(*message)).one().seconds or 0.0) > 1

    system.until(heard, 60, "the message is measured")
    with transaction(system.house.factory) as session:
        assert session.get(CallbackMessage, call.id) is None


def test_V_19_who_hangs_up_inside_is_a_non_response_with_what_was_answered(
    played: list[str], system: System
) -> None:
    row, call = survey_of(system, LEAVES)
    assert (row.scores, row.outcome) == ((2, None, None), "part")
    assert call.outcome == "talked" and call.talk_seconds and call.talk_seconds < 10


def test_V_19_words_of_who_hung_up_come_to_the_survey_and_to_no_promise(
    played: list[str], system: System
) -> None:
    row, call = survey_of(system, SPEAKS)

    def kept() -> bool:
        with transaction(system.house.factory) as session:
            found = session.get_one(SurveyRow, row.id)
            return found.message != ""

    system.until(kept, 60, "the words of who hung up are kept")
    with transaction(system.house.factory) as session:
        assert session.get(CallbackMessage, call.id) is None
    assert row.scores == (3, 4, 5)


@pytest.mark.parametrize("number", OFFICERS, ids=["put_through", "left_to"])
def test_V_19_an_officers_caller_is_asked_and_counted_as_the_officers(
    put_through: None, system: System, number: str
) -> None:
    """Also where the agent spoke with the officer first, and the caller never left the agents' queue."""
    row, call = survey_of(system, number)
    assert (row.talked_with, row.scores) == ("officer", (2, None, None))
    assert (call.outcome, call.end_reason) == ("talked", EndReason.OFFICER)
