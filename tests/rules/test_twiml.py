"""Every step of a turn as Twilio performs it: equal to what Twilio's own builder writes."""

from datetime import timedelta
from xml.etree.ElementTree import canonicalize

import pytest
from twilio.twiml import TwiML
from twilio.twiml.voice_response import Dial, Gather, Start, VoiceResponse

from calls.webhook_calls import Visit
from ivr.call import Call, InMenu
from ivr.catalogue import Catalogue
from ivr.numerals import Language
from ivr.prompts import Prompt
from ivr.steps import Ask, End, Enqueue, Prompts, Ring, RingAgent, Say, StartRecording, Step, TakeMessage
from ivr.turn import Turn
from tests.parts import NOON
from transfer.ladder import Rung, RungKind
from web import twilio_numbers, twiml
from web.twiml import Places

BASE = "https://voice.example.gov.tw"
SID = "CA" + "0" * 32
V01, V02 = Prompt("V-01"), Prompt("V-02.1")
EVENTS = "initiated ringing answered completed"


def names(prompts: Prompts, language: Language) -> list[str]:
    return [f"{prompt.language or language}/{prompt.id}" for prompt in prompts]


PLACES = Places(
    BASE,
    "sip.example.gov.tw:5060",
    "twilio",
    "secret",
    lambda prompts, language: [f"{BASE}/twilio/prompts/{name}" for name in names(prompts, language)],
    names,
)


def desk(extension: str, number: str = "", keys: str = "", *, section: str, agency: str) -> Rung:
    return Rung(RungKind.DESK, extension, timedelta(seconds=15), number, keys, section, agency)


RUNG = desk("5112", section="epb-clean", agency="epb")


def rendered(*steps: Step, visit: Visit | None = None, caller: str = "+886912345678") -> str:
    call = Call(SID, "menus", InMenu("main"), caller=caller, turn=7)
    return twiml.document(Turn(call, steps), PLACES, visit or Visit(NOON))


def same(document: str, built: TwiML) -> None:
    assert canonicalize(document) == canonicalize(built.to_xml())


def play(name: str) -> str:
    return f"{BASE}/twilio/prompts/zh-TW/{name}"


def here(what: str) -> str:
    return f"{BASE}/twilio/voice/turn/7/{what}"


def test_what_is_said_is_played_in_order() -> None:
    """Outside a question no key is heard."""
    response = VoiceResponse()
    response.play(play("V-01"))
    response.play(play("V-02.1"))
    same(rendered(Say((V01, V02), notice=True)), response)


def test_P4_12_recording_begins_behind_the_notice() -> None:
    """Both directions in a channel each, untrimmed, and every piece of news about it."""
    response, start = VoiceResponse(), Start()
    start.recording(
        recording_status_callback=f"{BASE}/twilio/voice/recording?of=call",
        recording_status_callback_method="POST",
        recording_status_callback_event="in-progress completed absent",
        channels="dual",
        track="both",
        trim="do-not-trim",
    )
    response.play(play("V-01"))
    response.append(start)
    same(rendered(Say((V01,), notice=True), StartRecording()), response)


def gather(digits: int, timeout: int, finish_on_key: str) -> Gather:
    return Gather(
        action=here("asked"),
        method="POST",
        input="dtmf",
        num_digits=digits,
        timeout=timeout,
        finish_on_key=finish_on_key,
        action_on_empty_result=True,
    )


@pytest.mark.parametrize(
    ("digits", "seconds", "timeout", "ends"), [(1, 5.0, 5, ""), (1, 0.1, 1, ""), (15, 6.5, 7, "#")]
)
def test_a_question_is_cut_by_a_key(digits: int, seconds: float, timeout: int, ends: str) -> None:
    """``#`` is a key among others where one key is asked for; silence is reported too."""
    response, question = VoiceResponse(), gather(digits, timeout, ends)
    question.play(play("V-02.1"))
    response.append(question)
    same(rendered(Ask((V02,), digits, seconds)), response)


CAPPED = Visit(NOON, "", "500000001-1795567609-2-", NOON + timedelta(seconds=600.9), "cap")


def test_an_information_is_heard_before_its_question() -> None:
    """Cut by a key like a question; once it is over that is reported, and the question comes then."""
    document = rendered(Ask((V01, V02), 1, 5, informs=1))
    built = VoiceResponse()
    gather = built.gather(
        action=here("asked"),
        method="POST",
        input="dtmf",
        num_digits=1,
        timeout=1,
        finish_on_key="",
        action_on_empty_result=False,
    )
    gather.play(play("V-01"))
    built.redirect(here("informed"), method="POST")
    same(document, built)


def test_the_queue_is_our_asterisks() -> None:
    """By its language; whose call it is, where it waits and when it must end travel in the headers."""
    response = VoiceResponse()
    response.play(play("V-01"))
    dial = Dial(action=here("queue"), method="POST", timeout=10, refer_url=here("refer"), refer_method="POST")
    dial.sip(
        f"sip:agents-ja@sip.example.gov.tw:5060?x-hotline-call={SID}&x-hotline-speaks=zh-TW"
        "&x-hotline-kept=500000001-1795567609-2-"
        f"&x-hotline-ends={NOON.timestamp() + 601:.0f}-cap",
        username="twilio",
        password="secret",
    )
    response.append(dial)
    same(rendered(Enqueue(Language.JAPANESE, (V01,)), visit=CAPPED), response)


def test_what_is_said_only_when_an_agent_is_there_is_our_asterisks_to_say() -> None:
    """It alone knows; Twilio plays the rest."""
    said = rendered(Enqueue(Language.MANDARIN, (V01,), there=(Prompt("V-07"), Prompt("to-an-agent"))))
    assert "V-01" in said.partition("<Dial")[0] and "V-07" not in said.partition("<Dial")[0]
    assert "x-hotline-there=hotline%2Fzh-TW%2FV-07%26hotline%2Fzh-TW%2Fto-an-agent" in said


def test_P7_3_the_agent_is_told_of_the_special_list_and_who_comes_back_waits_in_front() -> None:
    """Both told in headers."""
    call = Call(SID, "menus", InMenu("main"), caller="+886912345678", turn=7, listed=3)
    step = Enqueue(Language.MANDARIN, front=True, listed=True)
    said = twiml.document(Turn(call, (step,)), PLACES, Visit(NOON))
    assert "&amp;x-hotline-front=yes&amp;x-hotline-listed=3<" in said


LEG = f"{BASE}/twilio/voice/leg/7?rung=desk/5112/5112/epb-clean/epb"


def test_P5_1_1_one_extension_rings_through_our_asterisk() -> None:
    """Never several at once, nor Twilio's own order; the words for who answers are played to them alone."""
    response = VoiceResponse()
    response.play(play("V-01"))
    dial = Dial(action=here("rang"), method="POST", timeout=15, refer_url=here("refer"), refer_method="POST")
    dial.sip(
        f"sip:5112@sip.example.gov.tw:5060?x-hotline-call={SID}&x-hotline-speaks=zh-TW",
        username="twilio",
        password="secret",
        status_callback=LEG,
        status_callback_method="POST",
        status_callback_event=EVENTS,
        url=f"{BASE}/twilio/voice/whisper?say=zh-TW/officer.transfer&say=zh-TW/agent.en",
        method="POST",
    )
    response.append(dial)
    whisper = (Prompt("officer.transfer"), Prompt("agent.en"))
    same(rendered(Ring(RUNG, 14.6, "5112", (V01,), whisper)), response)


@pytest.mark.parametrize(
    ("keys", "more"),
    [
        ("6101", {"send_digits": "ww6101"}),
        ("", {"url": f"{BASE}/twilio/voice/whisper?say=zh-TW/officer.urgent", "method": "POST"}),
    ],
)
def test_P4_9_an_outside_number_is_rung_by_twilio(keys: str, more: dict[str, str]) -> None:
    """In E.164; behind an exchange its keys are sent and nobody is whispered to."""
    response, dial = VoiceResponse(), Dial(action=here("rang"), method="POST", timeout=12)
    dial.number(
        "+886229603456",
        status_callback=f"{BASE}/twilio/voice/leg/7?rung=desk/6101/6101/apo-rescue/apo",
        status_callback_method="POST",
        status_callback_event=EVENTS,
        **more,
    )
    response.append(dial)
    rung = desk("6101", "0229603456", keys, section="apo-rescue", agency="apo")
    same(rendered(Ring(rung, 12, "6101", (), (Prompt("officer.urgent"),))), response)


def test_P7_1_a_limit_is_our_asterisks_where_it_can_be_lifted_and_twilios_where_it_cannot() -> None:
    """A talk in our Asterisk may be found to have a topic after all;
    Twilio's own limit could not be taken back.
    """
    known = f"&amp;x-hotline-kept={CAPPED.kept}&amp;x-hotline-ends={CAPPED.ends}<"
    for step in (Enqueue(Language.MANDARIN), Ring(RUNG, 15, "5112"), RingAgent("agent-1", 15)):
        said = rendered(step, visit=CAPPED)
        assert known in said and "timeLimit" not in said
    outside = rendered(
        Ring(desk("6101", "0229603456", "", section="a", agency="a"), 12, "6101"), visit=CAPPED
    )
    assert 'timeLimit="601"' in outside and "x-hotline" not in outside


def test_a_caller_without_a_number_calls_outside_with_ours() -> None:
    """Twilio would refuse to call with none."""
    rung = desk("6101", "0229603456", "", section="apo-rescue", agency="apo")
    said = rendered(Ring(rung, 12, "6101"), caller="", visit=Visit(NOON, "+886277001999"))
    assert 'callerId="+886277001999"' in said


def test_the_agent_who_transferred_is_rung_again() -> None:
    """And may put the caller through once more."""
    response = VoiceResponse()
    dial = Dial(action=here("rang"), method="POST", timeout=15, refer_url=here("refer"), refer_method="POST")
    dial.sip(
        f"sip:agent@sip.example.gov.tw:5060?x-hotline-call={SID}&x-hotline-speaks=zh-TW&x-hotline-phone=agent-1",
        username="twilio",
        password="secret",
        status_callback=f"{BASE}/twilio/voice/leg/7?rung=agent//agent-1//",
        status_callback_method="POST",
        status_callback_event=EVENTS,
    )
    response.append(dial)
    same(rendered(RingAgent("agent-1", 15)), response)


def test_a_message_is_recorded_and_silence_is_told_too() -> None:
    """Twilio reports no empty recording: it goes on with the document."""
    response = VoiceResponse()
    response.play(play("V-01"))
    response.record(
        action=here("message"),
        method="POST",
        max_length=120,
        timeout=4,
        finish_on_key="#",
        play_beep=False,
        trim="do-not-trim",
        recording_status_callback=f"{BASE}/twilio/voice/recording?of={SID}-message",
        recording_status_callback_method="POST",
        recording_status_callback_event="completed absent",
    )
    response.redirect(here("message"), method="POST")
    same(rendered(TakeMessage(f"{SID}-message", 120.0, (V01,))), response)


def test_the_end_is_said_and_the_line_hangs_up() -> None:
    """Both in one document."""
    response = VoiceResponse()
    response.play(play("V-01"))
    response.hangup()
    same(rendered(End((V01,), "talked")), response)


def test_who_answers_hears_only_sounds() -> None:
    """And the caller hears nothing of it."""
    response = VoiceResponse()
    response.play(play("V-01"))
    same(twiml.whispered([play("V-01")]), response)


def test_the_fallback_needs_nothing_of_ours() -> None:
    """No address but a telephone number; the notice first, in every language with a voice."""
    said = twilio_numbers.to_a_human("+886229603456")
    response, texts = VoiceResponse(), Catalogue.load()
    notice = {language: texts.text("V-01", language) for language in texts.spoken_languages}
    for words, ring in ((notice, False), (twilio_numbers.WAIT, True), (twilio_numbers.NOBODY, False)):
        for language, text in words.items():
            response.say(text, language=twilio_numbers.SPEAKS[language])
        if ring:
            response.append(Dial(timeout=60)).verbs[-1].number("+886229603456")
    same(said, response)
    assert "http" not in said


def test_text_of_a_caller_cannot_become_a_verb() -> None:
    """Whatever stands in a name is written as text."""
    said = twiml.whispered(['https://x/"><Dial>0204</Dial>&'])
    assert "<Dial>" not in said and "&lt;Dial&gt;" in said
