"""Calls over Twilio for real but for Twilio: our web process over HTTP, and SIP into our Asterisk's queue."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from http.client import HTTPConnection
from threading import Event, Thread

import pytest

from calls.store import CallRow
from demo.exchange import Exchange, Refuses
from demo.officers import Officers, officer
from demo.phone import Answers, Busy, PhoneEventKind, Softphone
from hotline import clock
from hotline.db import looking, transaction
from hotline.directory.rows import load_city
from hotline.directory.rules import City
from hotline.errors import HotlineError
from hotline.numbers import e164
from ops.wiring import House
from recordings import gaps
from recordings.gaps import GapReason
from tests.live.conftest import refuse_or_go_on
from tests.live.system import ALL_DAY, System, declare, running
from tests.live.twilio_leg import TWILIO, Met, call_out
from tests.played_twilio import Peer
from tests.turns.twilio_line import BASE, NUMBER, OPERATOR, TOKEN, name_of
from tests.twiml_player import ACCOUNT, Answer, Leg, Player, header
from transfer.outcome import DialOutcome
from web.twilio_numbers import to_a_human
from web.twiml import ENDS, KEPT

pytestmark = pytest.mark.live
STRANGER = "127.0.0.6"
CAP, WARNING = 45.0, 10.0
"""Seconds of a call that a supervisor has flagged."""


@pytest.fixture(scope="module")
def office() -> Iterator[System]:
    """A hotline that Twilio may reach, in an office that is always open."""
    refuse_or_go_on()
    with running(
        public_url=BASE,
        twilio_account=ACCOUNT,
        twilio_tokens=TOKEN,
        twilio_operator=OPERATOR,
        twilio_exchange="sip.example.gov.tw:5060",
        twilio_match=[TWILIO],
        special_cap=CAP,
        special_spoken_warning=WARNING,
        queue_slice=4,
        **ALL_DAY,
    ) as system:
        declare(system, "open")
        yield system


def player(system: System) -> Player:
    """Twilio with a number that points at the running web process."""

    def post(url: str, body: str, headers: Mapping[str, str]) -> Answer:
        began = clock.monotonic()
        web = HTTPConnection(system.settings.web_address, system.settings.web_port, timeout=20)
        web.request("POST", url.removeprefix(BASE), body, dict(headers))
        answer = web.getresponse()
        text = answer.read().decode()
        web.close()
        return Answer(answer.status, text, clock.monotonic() - began)

    return Player(
        post,
        TOKEN,
        voice_url=f"{BASE}/twilio/voice",
        fallback=to_a_human(OPERATOR),
        status_callback=f"{BASE}/twilio/voice/status",
        now=clock.now,
    )


def to_the_queue(system: System, number: str) -> Player:
    """Mandarin, city services."""
    twilio = player(system)
    twilio.call(e164(number), NUMBER)
    twilio.press("1")
    twilio.press("1")
    return twilio


def leg(twilio: Player) -> Leg:
    assert twilio.leg is not None, twilio.documents[-1]
    return twilio.leg


def puts_through(agent: Softphone, keys: str) -> None:
    agent.wait_for(PhoneEventKind.ESTABLISHED, 60)
    Event().wait(1.5)
    agent.press(keys)


@pytest.mark.promise("A call over Twilio is served, put through and recorded like any other")
def test_an_agent_puts_a_twilio_caller_through(office: System) -> None:
    """Queue, agent, keys, REFER, the officer's phone, the end: one record of all of it."""
    number = "0955000001"
    twilio = to_the_queue(office, number)
    with ExitStack() as stack:
        phones = {"5112": officer("busy"), "5111": officer("answer:0.5:2")}
        house = stack.enter_context(
            Officers(office.settings.officers_contact, phones, office.scratch / "officers-twilio")
        )
        agents = stack.enter_context(office.agents(agent_1=Answers(0.5, 25.0)))
        Thread(target=puts_through, args=(agents["agent-1"], "##5112#"), daemon=True).start()
        met = call_out(office, leg(twilio), e164(number))
        assert met.status == 200 and met.referred.startswith("sip:transfer.5112.agent-1.no..kept-"), met
        twilio.refer(met.referred)
        assert leg(twilio).to.startswith("sip:5112@")
        busy = call_out(office, leg(twilio), e164(number))
        assert busy.status == 486, busy
        twilio.dial_ends("busy", "486")
        assert leg(twilio).to.startswith("sip:5111@")
        talked = call_out(office, leg(twilio), e164(number))
        assert (talked.status, talked.referred) == (200, ""), talked
        twilio.dial_ends("completed", "200")
        assert house.exchange.asked == ["5112", "5111"]
    assert twilio.over and [name_of(sound) for sound in twilio.heard] == ["zh-TW/thanks-goodbye"]
    row = office.until(lambda: agent_known(office, number), 20, "the event log's part is filed")
    assert (row.id, row.line, row.agent, row.outcome) == (twilio.sid, "twilio", "agent-1", "talked")
    assert row.end_reason == "officer_hung_up" and row.queue_seconds > 0
    kinds = [(one.kind, one.extension, one.outcome) for one in office.legs(row.id)]
    assert sorted(kinds) == [
        ("agent", "", "answered"),
        ("desk", "5112", "busy"),
        ("neighbour", "5111", "answered"),
    ]


def leaves_to(agent: Softphone, called: Softphone, extension: str) -> None:
    """Speaks with the officer first, and leaves the caller to them."""
    puts_through(agent, "*2")
    Event().wait(1.0)
    agent.press(f"{extension}#")
    called.wait_for(PhoneEventKind.ESTABLISHED, 30)
    Event().wait(4.0)
    agent.hang_up()


def test_who_was_left_to_an_officer_is_told_to_twilio_as_the_officers_caller(office: System) -> None:
    """By a REFER as the officer hangs up, so that whoever stays for the survey is not the agent's (V-19)."""
    number = "0955000010"
    twilio = to_the_queue(office, number)
    with ExitStack() as stack:
        place = office.scratch / "officers-left"
        told = {"5112": officer("answer:0.5:14")}
        house = stack.enter_context(Officers(office.settings.officers_contact, told, place))
        agents = stack.enter_context(office.agents(agent_1=Answers(0.5)))
        office.reaches(house)
        leaving = (agents["agent-1"], house.phones["5112"], "5112")
        Thread(target=leaves_to, args=leaving, daemon=True).start()
        met = call_out(office, leg(twilio), e164(number))
    assert met.status == 200 and met.referred.startswith("sip:talked.officer.kept-"), met
    twilio.refer(met.referred)
    assert twilio.over
    row = office.until(lambda: agent_known(office, number), 20, "the event log's part is filed")
    assert (row.outcome, row.end_reason) == ("talked", "officer_hung_up")


def test_what_a_phone_answers_comes_back_to_twilio_as_it_was(office: System) -> None:
    """Our Asterisk stands between: whatever status it makes of it, it is the same outcome."""
    number = "0955000009"
    twilio = player(office)
    twilio.call(e164(number), NUMBER)
    for keys in ("1", "2", "5112#"):
        twilio.press(keys)
    with Exchange(office.settings.officers_contact, {}) as exchange:
        office.reaches(exchange)
        for code in (404, 408, 480, 486, 500, 503, 603):
            exchange.set("5112", Refuses(code))
            answer = call_out(office, leg(twilio), e164(number)).status
            told = (code, answer, exchange.asked)
            assert DialOutcome.from_sip(answer) is DialOutcome.from_sip(code), told
    twilio.hang_up()


def agent_known(system: System, number: str) -> object:
    row = system.row(number)
    return row if row.agent else None


def test_the_place_in_the_queue_is_kept_from_one_wait_to_the_next(office: System) -> None:
    """A slice passes, the position is said, and the same ticket comes back."""
    number = "0955000002"
    twilio = to_the_queue(office, number)
    with office.agents(agent_1=Busy()):
        first = call_out(office, leg(twilio), e164(number))
        assert first.referred.startswith("sip:slice.1."), first
        twilio.refer(first.referred)
        said = [name_of(sound) for sound in twilio.heard]
        assert said[0] == "zh-TW/V-04.position.1" and said[-1] == "zh-TW/V-04.hold"
        twilio.say_nothing()
        ticket = header(leg(twilio).to, KEPT).partition("-")[0]
        assert ticket.isdecimal()
        second = call_out(office, leg(twilio), e164(number))
        assert f".kept-{ticket}-" in second.referred, second
    twilio.hang_up()
    assert office.row(number).outcome == "abandoned"


def test_nobody_there_is_told_at_once_and_becomes_a_promise(office: System) -> None:
    """No agent's phone can be reached: Asterisk does not even answer."""
    number = "0955000003"
    twilio = to_the_queue(office, number)
    assert call_out(office, leg(twilio), e164(number)).status == 480
    twilio.dial_ends("no-answer", "480")
    twilio.press("1")  # the number that was read back
    twilio.speak(4.0)
    assert twilio.over
    row = office.row(number)
    assert row.outcome == "promised"
    assert [promise.number for promise in office.promises(row.id)] == [e164(number)]


def test_a_call_that_an_agent_ends_is_over(office: System) -> None:
    """No REFER; the agent's hang-up ends the call."""
    number = "0955000004"
    twilio = to_the_queue(office, number)
    with office.agents(agent_1=Answers(0.2, 1.5)):
        met = call_out(office, leg(twilio), e164(number))
    assert (met.status, met.referred) == (200, "")
    twilio.dial_ends("completed")
    row = office.until(lambda: agent_known(office, number), 20, "the event log's part is filed")
    assert (row.end_reason, row.talk_seconds > 0) == ("agent_hung_up", True)


def test_P4_12_a_held_twilio_caller_is_a_gap_of_the_recording(office: System) -> None:
    """Our Asterisk tells of the hold, by the visit's name; Twilio's sound of it is not fetched."""
    number = "0955000007"
    twilio = to_the_queue(office, number)
    with office.agents(agent_1=Answers(0.2, 60.0), deaf=True) as agents:
        Thread(target=holds, args=(agents["agent-1"],), daemon=True).start()
        met = call_out(office, leg(twilio), e164(number))
    assert (met.status, met.referred) == (200, "")
    twilio.dial_ends("completed")
    row = office.until(lambda: agent_known(office, number), 20, "the event log's part is filed")
    with looking(office.house.factory) as session:
        (held,) = [one for one in gaps.of_call(session, row.id) if one.why is GapReason.HELD]
    assert held.until and abs((held.until - held.since).total_seconds() - 4) < 1


def holds(agent: Softphone) -> None:
    """The agent holds the caller for four seconds, and is back."""
    agent.wait_for(PhoneEventKind.ESTABLISHED, 60)
    Event().wait(2)
    agent.hold()
    Event().wait(4)
    agent.resume()
    Event().wait(2)
    agent.hang_up()


def test_P7_1_a_supervisor_flags_a_twilio_call_and_the_desk_puts_it_through(
    office: System,
) -> None:
    """Both find the channel that the call has now;
    the cap goes with the caller to the officer and ends it.
    """
    number = "0955000006"
    twilio = to_the_queue(office, number)
    with ExitStack() as stack:
        house = stack.enter_context(
            Officers(
                office.settings.officers_contact,
                {"5112": officer("answer:0.5:200")},
                office.scratch / "officers-cap",
            )
        )
        agents = stack.enter_context(office.agents(agent_1=Answers(0.2, 60.0)))
        office.reaches(house)
        met = side_by_side(office, twilio, number, agents["agent-1"])
        assert met.referred.startswith("sip:transfer.5112.agent-1.no.faq.kept-"), met
        twilio.refer(met.referred)
        to = leg(twilio).to
        assert to.startswith("sip:5112@") and header(to, ENDS).endswith("-cap")
        _, answered, guides, calm, failed, longest, seen = header(to, KEPT).split("-")
        assert answered <= seen and (guides, calm, failed, longest) == ("", "", "", ""), to
        talked = call_out(office, leg(twilio), e164(number))
        over = clock.now()
    assert talked.status == 200 and talked.referred.startswith("sip:ended."), talked
    twilio.refer(talked.referred)
    assert twilio.over and not twilio.heard  # V-16 is the last word
    row = office.until(lambda: ended_by_cap(office, number), 30, "the event log's part is filed")
    assert (
        row.agent_at and CAP - 1 < (over - row.agent_at).total_seconds() < CAP + 15
    )  # V-16 is said meanwhile


def side_by_side(system: System, twilio: Player, number: str, agent: Softphone) -> Met:
    """The caller waits and talks; meanwhile a supervisor flags the call,
    the agent pauses its recording and puts it through.
    """
    done, waiting = list[Met](), leg(twilio)
    visit = Thread(target=lambda: done.append(call_out(system, waiting, e164(number))), daemon=True)
    visit.start()
    agent.wait_for(PhoneEventKind.ESTABLISHED, 60)
    here, sid = system.house, twilio.sid
    bid(
        system,
        lambda at: here.special_steps.act("authorised", sid, by="supervisor-1", reason="drunk", at=at),
    )
    pauses_and_resumes(system, sid)
    system.until(lambda: is_a_talk(system, sid), 30, "they talk, and not for a blink")
    bid(
        system,
        lambda at: replace(here.transfers, city=lambda: city(here, at)).put_through(
            sid, "5112", "faq", urgent=False, by="agent-1", at=at
        ),
    )
    visit.join(90)
    (met,) = done
    return met


def is_a_talk(system: System, call: str) -> bool:
    """Tell whether agent and caller are together for so long that the record calls it a talk."""
    since = [one.at for one in system.events(call) if one.kind == "Bridged"]
    return bool(since) and clock.now() - since[0] > timedelta(seconds=2)


def pauses_and_resumes(system: System, call: str) -> None:
    """The agent in talk presses the desk's button:
    Twilio, which records, is asked, and the record tells it (P4.12).
    """
    with Peer(200, 200) as peer:
        told = {"twilio_account": "AC" + "0" * 32, "twilio_api": peer.address}
        house = replace(system.house, base=system.settings.model_copy(update=told))
        house.recording_pauses.pause(call, by="agent-1", at=clock.now())
        house.recording_pauses.resume(call, by="agent-1", at=clock.now())
        assert [body["Status"] for _, body in peer.asked] == [["paused"], ["in-progress"]]
        assert {path.partition("/Calls/")[2].partition("/")[0] for path in peer.paths} == {call}
    kinds = [event.kind for event in system.events(call)]
    assert kinds.index("RecordingPaused") < kinds.index("RecordingResumed")


def ended_by_cap(system: System, number: str) -> CallRow | None:
    row = system.row(number)
    return row if row.end_reason == "cap" and row.agent_at else None


def bid(system: System, deed: Callable[[datetime], object]) -> None:
    """Do it as soon as the event log knows where the call is."""

    def done() -> bool:
        try:
            deed(clock.now())
        except HotlineError:
            return False
        return True

    system.until(done, 20, "the event log knows where the call is")


def city(house: House, at: datetime) -> City:
    """As the database has it."""
    with transaction(house.factory) as session:
        return load_city(session, at)


@pytest.mark.parametrize(
    ("address", "password", "user", "status"),
    [
        (STRANGER, None, "agents-zh-TW", 401),
        (TWILIO, "wrong", "agents-zh-TW", 401),
        (TWILIO, None, "0912345678", 404),
        (TWILIO, None, "agents-xx", 404),
    ],
)
def test_who_may_enter_and_where(
    office: System, address: str, password: str | None, user: str, status: int
) -> None:
    """By address and password; nothing but queues, agents and extensions."""
    assert entering(office, address, password, user) == status


def test_digits_are_an_extension_of_the_exchange_and_never_our_own_number(office: System) -> None:
    """Who dials 1999 from there reaches no menu; that exchange knows no such extension."""
    with Exchange(office.settings.officers_contact, {}) as exchange:
        office.reaches(exchange)
        assert entering(office, TWILIO, None, "1999") == 404
        assert [extension for _, extension in exchange.calls] == ["1999"]


def entering(system: System, address: str, password: str | None, user: str) -> int:
    """What is answered to a call from there to this user part."""
    twilio = to_the_queue(system, "0955000005")
    rung = leg(twilio)
    attributes = {**rung.attributes, **({"password": password} if password else {})}
    other = Leg(rung.sid, f"sip:{user}@{rung.to.partition('@')[2]}", attributes)
    status = call_out(system, other, address=address).status
    twilio.hang_up()
    return status
