"""The record of a call from the events of Asterisk 22:
of real calls, kept as they were written, and of edges.
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.cdr import CallDetailRecord, CallResult, EndReason, record
from calls.cel import UNREADABLE, ChannelEvent, read, seen
from calls.timeline import promised, promises, told
from hotline.numbers import e164
from transfer.outcome import DialOutcome

REAL = Path(__file__).with_name("asterisk-22.jsonl")
START = datetime(2026, 11, 24, 2, tzinfo=UTC)
CALL = "ntpc1-1795566000.1"


def real_calls() -> dict[str, list[ChannelEvent]]:
    """The events of each real call, by the number its caller sent."""
    calls: dict[str, list[ChannelEvent]] = defaultdict(list)
    with REAL.open("rb") as lines:
        for number, raw in enumerate(lines):
            for line in read(raw):
                if line.call_id and line.at:
                    calls[line.call_id].append(seen(line.body, line.at, f"real:{number}"))
    return {events[0].number or events[0].call_id: events for events in calls.values()}


CALLS = real_calls()


def of(number: str, system_ended_at: datetime | None = None) -> CallDetailRecord:
    found = record(CALLS[number], system_ended_at)
    assert found
    return found


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def event(seconds: float, kind: str, channel: str = "caller", /, **more: object) -> ChannelEvent:
    """One event of a small call: ``caller`` or a phone's name."""
    unique = CALL if channel == "caller" else f"ntpc1-1795566000.{channel}"
    name = "PJSIP/trunk-00000001" if channel == "caller" else f"PJSIP/{channel}-00000002"
    context = "from-trunk" if channel == "caller" else "from-agents"
    fields = {"context": context, **more}
    return ChannelEvent(kind, at(seconds), CALL, unique, name, f"file:{seconds}", **fields)  # type: ignore[arg-type]


def project(*events: ChannelEvent, system_ended_at: datetime | None = None) -> CallDetailRecord:
    found = record(events, system_ended_at)
    assert found
    return found


@pytest.mark.parametrize("said", ["node_calls", "visitor_calls", "forbidden", "caller_calls"])
def test_a_call_that_was_refused_is_neither_served_nor_abandoned(said: str) -> None:
    """Before the answer, or told so and gone; our dialplan says which limit it was."""
    call = project(
        event(0, "CHAN_START", exten="1999"),
        event(0.1, "END", extra={"extra": said}),
        event(0.2, "HANGUP", extra={"hangupcause": 34}),
    )
    assert (call.outcome, call.end and call.end.said, call.end and call.end.why) == (
        CallResult.REFUSED,
        said,
        EndReason.HOTLINE,
    )


class TestRealCalls:
    """What Asterisk wrote of calls that were really placed."""

    def test_hang_up_in_the_notice(self) -> None:
        """A caller who leaves before the notice ended has abandoned the call; nothing was recorded."""
        call = of("0911000001")
        assert (call.end and call.end.why, call.outcome) == (EndReason.CALLER, CallResult.ABANDONED)
        assert (call.recorded_at, call.queued_at, call.legs) == (None, None, ())
        assert (call.caller, call.dialled) == ("+886911000001", "1999")

    def test_hang_up_in_the_queue(self) -> None:
        """The wait counts until the end; the phone that rang then was cancelled, the one before silent."""
        call = of("0911000002")
        assert (call.end and call.end.why, call.outcome) == (EndReason.CALLER, CallResult.ABANDONED)
        assert [leg.outcome for leg in call.legs] == [DialOutcome.NO_ANSWER, DialOutcome.CANCELLED]
        assert call.queue_seconds == pytest.approx(6.1, abs=0.5)
        assert call.legs[0].ring_seconds == pytest.approx(4.0, abs=0.1)

    def test_busy_agent_then_one_who_hangs_up(self) -> None:
        """The first agent who answered is the call's agent; seconds are those of the bridge."""
        call = of("0911000003")
        assert (call.end and call.end.why, call.outcome) == (EndReason.AGENT, CallResult.TALKED)
        assert [leg.outcome for leg in call.legs] == [DialOutcome.BUSY, DialOutcome.ANSWERED]
        assert call.agent == "agent-2"
        assert call.talk_seconds == pytest.approx(5.0, abs=0.1)
        assert call.queue_seconds == pytest.approx(1.0, abs=0.2)

    def test_caller_hangs_up_in_talk(self) -> None:
        """Asterisk names the channel that hung up first."""
        call = of("0911000004")
        assert (call.end and call.end.why, call.agent) == (EndReason.CALLER, "agent-1")
        assert call.agent_at == call.legs[0].answered_at

    def test_nobody_answers_and_the_dialplan_promises(self) -> None:
        """The wait is the sum of the slices, without the announcement between them."""
        call = of("0911000005")
        assert (call.end and call.end.why, call.outcome) == (EndReason.HOTLINE, CallResult.PROMISED)
        assert call.end and call.end.said == "promised"
        assert call.queue_seconds == pytest.approx(24.0, abs=0.2)
        outcomes = [leg.outcome for leg in call.legs]
        assert set(outcomes) == {DialOutcome.NO_ANSWER}, "a slice's end cuts no ring short"
        (promise,) = promises(CALLS["0911000005"], call)
        assert (promise.number, promise.language, promise.origin) == ("+886912345678", "zh-TW", "dialplan")

    @pytest.mark.parametrize(
        ("said", "caller", "kept"),
        [
            ("0912345678|zh-TW|dialplan", "+886912345678", ("+886912345678", "")),
            ("0223456789|zh-TW|dialplan", "anonymous", ("+886223456789", "anonymous")),
            ("0912000111|zh-TW|agent|agent-1", "+819012345678", ("+886912000111", "+819012345678")),
            ("|zh-TW|dialplan", "+819012345678", ("+819012345678", "")),
            ("|zh-TW|officer|5112", "anonymous", ("anonymous", "")),
        ],
    )
    def test_resilience_2_7_who_left_another_number_is_known_of_the_dialplan_s_promises_too(
        self, said: str, caller: str, kept: tuple[str, str]
    ) -> None:
        """Without a number the wish is the caller's own, for a person to see."""
        one = promised(said, caller, of("0911000005").started_at)
        assert (one.number, one.given_by) == kept

    def test_empty_queue(self) -> None:
        """A queue that lets nobody in is a wait of no time."""
        assert of("0911000008").queue_seconds == pytest.approx(0, abs=0.1)

    def test_sip_answers_of_phones(self) -> None:
        """404, 480, 503, 603; an address known to be dead is not rung at all."""
        assert [leg.outcome for leg in of("0911000009").legs] == [
            DialOutcome.UNALLOCATED,
            DialOutcome.NO_ANSWER,
            DialOutcome.FAILED,
            DialOutcome.REFUSED,
        ]

    def test_hang_up_before_answer(self) -> None:
        """A call that was never answered has a record too."""
        call = of("0911000010")
        assert call.answered_at is None
        assert (call.end and call.end.why, call.legs[0].outcome) == (EndReason.CALLER, DialOutcome.CANCELLED)

    def test_number_that_breaks_its_line(self) -> None:
        """The record is whole but for the number, which is anonymous."""
        hostile = [
            events for number, events in CALLS.items() if not number.isdigit() and number != "anonymous"
        ]
        calls = [record(events) for events in hostile]
        assert any(call and call.caller == "anonymous" and call.dialled == "1999" for call in calls)

    def test_withheld_number(self) -> None:
        """No number is ``anonymous``."""
        assert of("anonymous").caller == "anonymous"

    def test_asterisk_killed_in_talk(self) -> None:
        """Its next start ends what was still up: reason system."""
        assert of("0911000012").end is None
        last = CALLS["0911000012"][-1].at
        call = of("0911000012", last + timedelta(seconds=5))
        assert (call.end and call.end.why, call.outcome) == (EndReason.SYSTEM, CallResult.TALKED)
        assert call.end and call.end.at == last + timedelta(seconds=5)
        assert call.talk_seconds == pytest.approx(5, abs=0.1)

    @pytest.mark.parametrize("number", CALLS)
    def test_any_order_gives_the_same(self, number: str) -> None:
        """Events may come in any order."""
        events = list(CALLS[number])
        random.Random(1999).shuffle(events)
        assert record(events) == record(CALLS[number])

    @pytest.mark.parametrize("number", CALLS)
    def test_a_part_never_fails(self, number: str) -> None:
        """After each event there is a record, and what it told stays told."""
        events, before = CALLS[number], set()
        for end in range(1, len(events) + 1):
            if call := record(events[:end]):
                keys = {one.key for one in told(events[:end], call)}
                assert before <= keys
                before = keys


class TestEdges:
    """One edge each."""

    def test_agents_own_calls_have_no_record(self) -> None:
        """Only calls from the trunk are calls of citizens."""
        assert (
            record([event(0, "CHAN_START", context="from-agents"), event(1, "HANGUP", context="x")]) is None
        )

    def test_first_event_lost(self) -> None:
        """Without its first event a call is still a call."""
        assert project(event(1, "ANSWER", context="line"), event(2, "LINKEDID_END", context="line")).end

    def test_hang_up_event_lost(self) -> None:
        """The end of the linked id closes a call whose own end is missing."""
        call = project(event(0, "CHAN_START"), event(9, "LINKEDID_END", "101"))
        assert call.end and (call.end.at, call.end.why) == (at(9), EndReason.SYSTEM)

    def test_call_in_talk_has_an_agent_already(self) -> None:
        """While the talk goes on the record knows with whom."""
        call = project(
            event(0, "CHAN_START"),
            event(1, "CHAN_START", "101"),
            event(2, "ANSWER", "101"),
            event(2.1, "BRIDGE_ENTER", "101"),
            event(2.2, "BRIDGE_ENTER"),
        )
        assert (call.agent, call.agent_at, call.end, call.outcome) == ("101", at(2), None, None)

    def test_two_talks_are_summed(self) -> None:
        """Put through from one phone to another, the caller's talk is both."""
        call = project(
            event(0, "CHAN_START"),
            event(1, "CHAN_START", "101"),
            event(2, "ANSWER", "101"),
            event(2, "BRIDGE_ENTER", "101"),
            event(2, "BRIDGE_ENTER"),
            event(10, "BRIDGE_EXIT", "101"),
            event(10, "BRIDGE_EXIT"),
            event(11, "CHAN_START", "102"),
            event(12, "ANSWER", "102"),
            event(12, "BRIDGE_ENTER", "102"),
            event(12, "BRIDGE_ENTER"),
            event(15, "BRIDGE_EXIT", "102"),
            event(15, "BRIDGE_EXIT"),
            event(15, "HANGUP"),
        )
        assert (call.talk_seconds, call.agent) == (11, "101")

    def test_answered_elsewhere(self) -> None:
        """The phone that another was quicker than was cancelled."""
        call = project(
            event(0, "CHAN_START"),
            event(1, "CHAN_START", "101"),
            event(1, "CHAN_START", "102"),
            event(3, "ANSWER", "102"),
            event(3.01, "HANGUP", "101", extra={"hangupcause": 26}),
        )
        assert call.legs[0].outcome is DialOutcome.CANCELLED

    @pytest.mark.parametrize(
        ("left", "outcome"), [("QUEUE_KEY", DialOutcome.CANCELLED), ("FAILOVER", DialOutcome.NO_ANSWER)]
    )
    def test_a_key_in_the_music_cuts_a_ring_off_and_a_slices_end_does_not(
        self, left: str, outcome: DialOutcome
    ) -> None:
        """The queue is left as the phone rings no more, either way."""
        call = project(
            event(0, "CHAN_START"),
            event(1, "APP_START", app="Queue"),
            event(1, "CHAN_START", "101"),
            event(6, "HANGUP", "101", extra={"hangupcause": 127}),
            event(6.01, "APP_END", app="Queue"),
            event(6.02, left),
        )
        assert call.legs[0].outcome is outcome

    def test_hotline_ends_after_an_agents_end(self) -> None:
        """Told something after the agent left, the caller was ended by the hotline."""
        call = project(
            event(0, "CHAN_START"),
            event(1, "HANGUP", "101", extra={"hangupsource": "PJSIP/101-00000002"}),
            event(2, "END", extra={"extra": "promised"}),
            event(3, "HANGUP", extra={"hangupsource": "PJSIP/101-00000002"}),
        )
        assert call.end and call.end.why is EndReason.HOTLINE

    @pytest.mark.parametrize(("said", "ended"), [("", EndReason.CALLER), ("talked", EndReason.HOTLINE)])
    def test_who_waits_again_was_not_ended_by_the_phone_before(self, said: str, ended: EndReason) -> None:
        """An officer hung up, nobody decided what follows, and the caller left the queue:
        Asterisk still names the officer.
        """
        officer = {"context": "from-officers"}
        story = (
            event(0, "CHAN_START"),
            event(0.1, "ANSWER"),
            event(5, "CHAN_START", "officers", **officer),
            event(6, "ANSWER", "officers", **officer),
            event(6.5, "BRIDGE_ENTER", "officers", extra={"bridge_id": "b"}, **officer),
            event(6.5, "BRIDGE_ENTER", extra={"bridge_id": "b"}),
            event(20, "BRIDGE_EXIT"),
            event(20, "HANGUP", "officers", extra={"hangupcause": 16}, **officer),
            event(29, "APP_START", app="Queue"),
            *((event(38, "END", extra={"extra": said}),) if said else ()),
            event(40, "HANGUP", extra={"hangupcause": 16, "hangupsource": "PJSIP/officers-00000002"}),
        )
        call = project(*story)
        assert call.end and call.end.why is ended and call.outcome is CallResult.TALKED
        before = [one for one in story if one.app != "Queue"]
        assert (end := project(*before).end) and end.why is EndReason.OFFICER

    LEAVES = {"hangupcause": 16, "hangupsource": "PJSIP/trunk-00000001"}

    def test_informed_is_who_heard_an_information_to_its_end(self) -> None:
        """Then hung up in the menu behind it."""
        call = project(
            event(0, "CHAN_START"),
            event(1, "NOTICE"),
            event(20, "INFORMED"),
            event(22, "HANGUP", extra=self.LEAVES),
        )
        assert (call.outcome, call.end and call.end.why) == (CallResult.INFORMED, EndReason.CALLER)

    @pytest.mark.parametrize(
        ("context", "exten", "place"),
        [
            ("answer", "s", "greeting"),
            ("line", "ask", "menu"),
            ("line", "queue", "queue"),
            ("ring", "phone", "ring"),
            ("message", "s", "message"),
            ("elsewhere", "7", "elsewhere/7"),
        ],
    )
    def test_who_hangs_up_in_a_menu_has_abandoned_the_call_there(
        self, context: str, exten: str, place: str
    ) -> None:
        """Nothing was heard to its end; the place is on record."""
        left = event(5, "HANGUP", context=context, exten=exten, extra=self.LEAVES)
        events = (event(0, "CHAN_START"), event(1, "NOTICE"), left)
        call = project(*events)
        assert (call.outcome, call.end and call.end.place) == (CallResult.ABANDONED, place)
        (end,) = (one for one in told(events, call) if one.kind == "CallEnded")
        assert end.detail["place"] == place

    def test_an_information_before_a_wait_is_no_service(self) -> None:
        """Who heard one and then waited for an agent in vain has abandoned the call."""
        call = project(
            event(0, "CHAN_START"),
            event(1, "NOTICE"),
            event(20, "INFORMED"),
            event(25, "APP_START", app="Queue"),
            event(40, "HANGUP", extra=self.LEAVES),
        )
        assert call.outcome is CallResult.ABANDONED

    def test_who_was_cut_off_by_our_own_end_is_the_systems(self) -> None:
        """Asterisk was stopped: no phone hung up, no dialplan said why.
        Whatever was heard before is no service.
        """
        stopped = event(
            22, "HANGUP", context="line", exten="ask", extra={"hangupcause": 0, "hangupsource": ""}
        )
        call = project(event(0, "CHAN_START"), event(1, "NOTICE"), event(20, "INFORMED"), stopped)
        assert (call.end and call.end.why, call.outcome) == (EndReason.SYSTEM, CallResult.ABANDONED)
        crashed = project(event(0, "CHAN_START"), event(20, "INFORMED"), system_ended_at=at(30))
        assert (crashed.end and crashed.end.why, crashed.outcome) == (EndReason.SYSTEM, CallResult.ABANDONED)

    def test_what_the_dialplan_ended_it_said(self) -> None:
        """Its own end is none of the system's, also where it said no reason."""
        ended = event(9, "HANGUP", extra={"hangupcause": 16, "hangupsource": ""})
        call = project(event(0, "CHAN_START"), event(8, "END", extra={"extra": "no_number"}), ended)
        assert call.end and call.end.why is EndReason.HOTLINE
        wordless = event(9, "HANGUP", extra={"hangupcause": 16, "hangupsource": "dialplan/builtin"})
        call = project(event(0, "CHAN_START"), wordless)
        assert call.end and call.end.why is EndReason.HOTLINE

    def test_an_officer_who_hangs_up_as_the_whisper_ends_has_talked_with_nobody(self) -> None:
        """Both were joined for an instant: no talk, neither of 0.0 s."""
        officer = {"context": "from-officers"}
        joined = {"bridge_id": "b"}
        call = project(
            event(0, "CHAN_START"),
            event(1, "NOTICE"),
            event(5, "CHAN_START", "officers", **officer),
            event(6, "ANSWER", "officers", **officer),
            event(9, "BRIDGE_ENTER", "officers", extra=joined, **officer),
            event(9.01, "BRIDGE_ENTER", extra=joined),
            event(9.03, "BRIDGE_EXIT", "officers", extra=joined, **officer),
            event(9.04, "BRIDGE_EXIT", extra=joined),
            event(9.05, "HANGUP", "officers", extra={"hangupcause": 16}, **officer),
            event(20, "HANGUP", context="line", exten="ask", extra=self.LEAVES),
        )
        assert (call.talk_seconds, call.outcome) == (None, CallResult.ABANDONED)
        assert call.legs[0].talks == ()

    def test_words_are_no_wait(self) -> None:
        """In event logs of before, sound that was played has lines of its own."""
        played = [event(0.4, "APP_START", app="Playback"), event(0.9, "APP_END", app="Playback")]
        call = project(
            event(0, "CHAN_START"),
            *played,
            event(1, "NOTICE"),
            event(8, "INFORMED"),
            event(9, "HANGUP", extra=self.LEAVES),
        )
        assert (call.outcome, call.first_prompt_seconds) == (CallResult.INFORMED, pytest.approx(0.4))

    def test_who_was_led_to_an_agent_has_waited(self) -> None:
        """Also before the queue was reached."""
        led = event(2, "HANGUP", context="line", exten="queue")
        assert project(event(0, "CHAN_START"), event(1, "NOTICE"), led).outcome is CallResult.ABANDONED

    def test_the_first_words_are_timed(self) -> None:
        """From the call's arrival, whether or not they are heard to their end."""
        call = project(event(0, "CHAN_START"), event(0.25, "FIRST_WORDS"), event(2, "HANGUP"))
        assert (call.outcome, call.first_prompt_seconds) == (CallResult.ABANDONED, pytest.approx(0.25))

    def test_P3_b_first_menus_that_nobody_decided_are_told(self) -> None:
        """Each at its own instant, by whichever line carries the user field; of no other call is any told."""
        words, menu, key = (f"{at(seconds).timestamp():.3f}" for seconds in (0.25, 4, 9))
        language = f"{words}|{menu}|abc|language"
        left = event(5, "HANGUP", user_field=language)
        call = project(event(0, "CHAN_START"), left)
        heard = (at(4), "MenuHeard", {"menu": "language"})
        assert [(one.at, one.kind, one.detail) for one in told([left], call)][:1] == [heard]
        assert call.first_prompt_seconds == pytest.approx(0.25)
        names = ("menus", "last_menu", "language", "wanted")
        assert [call.columns()[one] for one in names] == ["abc", "language", "zh-TW", "zh-TW"]
        notice = event(16, "NOTICE", user_field=f"{language}|{key}|2|zh-TW|nan-TW|main")
        end = event(20, "HANGUP")
        chosen = project(event(0, "CHAN_START"), event(4, "ANSWER", user_field=language), notice, end)
        assert [chosen.columns()[one] for one in names] == ["abc", "main", "zh-TW", "nan-TW"]
        assert [(one.at, one.kind, one.detail) for one in told([notice], chosen)][:4] == [
            heard,
            (at(9), "KeyPressed", {"menu": "language", "key": "2", "known": True}),
            (at(9), "LanguageChosen", {"wanted": "nan-TW", "spoken": "zh-TW"}),
            (at(9), "MenuHeard", {"menu": "main"}),
        ]
        decided = project(event(0, "CHAN_START"), event(4, "HANGUP", user_field=words))
        assert (decided.columns()["last_menu"], decided.first_prompt_seconds) == ("", pytest.approx(0.25))

    @pytest.mark.parametrize("menu", ["", "x|abc|language", "1.5|abc", "1.5|a|b|2.5|1|zh-TW|zh-TW|c|d"])
    def test_a_user_field_that_no_dialplan_of_ours_wrote_tells_no_menu(self, menu: str) -> None:
        """Nor a key, if that is what is wrong."""
        call = project(event(0, "CHAN_START"), event(9, "NOTICE", user_field=f"1.5|{menu}"))
        assert call.first_menu is None and call.first_words_at
        for key in ("x|2|zh-TW|zh-TW|main", "2.5|2|zh-TW|xx|main"):
            line = event(9, "NOTICE", user_field=f"1.5|1.5|abc|language|{key}")
            call = project(event(0, "CHAN_START"), line)
            assert call.first_menu and call.first_menu.key is None
        assert project(event(0, "CHAN_START"), event(9, "NOTICE", user_field=menu)).first_menu is None

    def test_clock_stepped_back(self) -> None:
        """No count of seconds is negative."""
        call = project(event(5, "CHAN_START"), event(5, "CHAN_START", "101"), event(4, "HANGUP", "101"))
        assert call.legs[0].ring_seconds is not None and call.legs[0].ring_seconds >= 0

    @given(st.lists(st.tuples(st.floats(0, 100), st.sampled_from(
        ["CHAN_START", "ANSWER", "HANGUP", "BRIDGE_ENTER", "BRIDGE_EXIT", "APP_START", "APP_END", "LINKEDID_END",
         "RECORDING", "PROMISE", "END", "NOTICE"]), st.sampled_from(["caller", "101", "102"])), max_size=25))  # fmt: skip
    def test_no_order_of_events_breaks_it(self, drawn: Sequence[tuple[float, str, str]]) -> None:
        """Whatever is lost or doubled, there is a record, its seconds are sane, and an end ends it."""
        events = [event(seconds, kind, channel, app="Queue") for seconds, kind, channel in drawn]
        call = record(events, at(101))
        if call:
            assert call.end and call.outcome
            assert all(leg.ended_at for leg in call.legs)
            assert 0 <= (call.queue_seconds or 0) <= 101
            assert list(told(events, call)) and promises(events, call) is not None


class TestLines:
    """What a caller may write into a line."""

    HEAD = (
        '{"eventtype":"CHAN_START","userdeftype":"","eventtime":"1795566725.835710","linkedid":"n-1.4",'
        '"uniqueid":"n-1.4","channame":"PJSIP/trunk-00000004","context":"from-trunk","exten":"1999",'
        '"userfield":"1795566725.835","num":"'
    )
    TAIL = '","appname":"","appdata":"","eventextra":"","peer":""}'

    def lines(self, text: str) -> list[str]:
        return [
            line.kind for raw in text.encode("utf-8", "surrogateescape").split(b"\n") for line in read(raw)
        ]

    @pytest.mark.parametrize("number", ["09\\", '09\\\\",\\\\"x', "09\x01\x00", "09\udcff\udcfe", "x" * 5000])
    def test_event_survives_its_number(self, number: str) -> None:
        """Backslashes, controls, bytes that are no text: the event is known by what stands before."""
        line = f"{self.HEAD}{number}{self.TAIL}"
        assert (
            self.lines(line)
            == self.lines(line.replace('"userfield":"1795566725.835",', ""))
            == ["CHAN_START"]
        )
        for kept in read(line.encode("utf-8", "surrogateescape")):
            assert all(kept.body.values())

    def test_line_break_in_a_number(self) -> None:
        """It makes two lines: the event, and a rest that is kept unread."""
        assert self.lines(f"{self.HEAD}09\nEVIL{self.TAIL}") == ["CHAN_START", UNREADABLE]

    @given(st.text(alphabet=st.sampled_from('"\\\n{}:,[]PROMISEeventtype0912|/ \x00'), max_size=200))
    def test_nothing_can_be_forged(self, number: str) -> None:
        """No caller can write an event, for Asterisk puts a backslash before each quotation mark."""
        kinds = self.lines(self.HEAD + number.replace('"', '\\"') + self.TAIL)
        assert set(kinds) <= {"CHAN_START", UNREADABLE}
        assert kinds.count("CHAN_START") == 1

    @given(st.binary(max_size=300))
    def test_any_bytes_are_read(self, raw: bytes) -> None:
        """Bytes that are no event are kept, as text that both databases can hold."""
        for line in read(raw):
            assert line.kind == UNREADABLE
            assert "\x00" not in str(line.body["text"])

    def test_torn_line_before_a_whole_one(self) -> None:
        """Where a line was torn by a crash and another follows on it, that one is read."""
        torn = '{"eventtype":"ANSWER","userd{"eventtype":"SYSTEM_START","eventtime":"1795566725.835710","node":"n"}'
        assert self.lines(torn) == [UNREADABLE, "SYSTEM_START"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("0912345678", "+886912345678"),
        ("0229603456", "+886229603456"),
        ("037123456", "+88637123456"),
        ("07012345678", "+8867012345678"),
        ("886912345678", "+886912345678"),
        ("+81312345678", "+81312345678"),
        ("29603456", "+886229603456"),
        ("110", "110"),
        ("00281312345678", "00281312345678"),
        ("", "anonymous"),
        ("+", "anonymous"),
        ("anonymous", "anonymous"),
        ("09123\n45678", "anonymous"),
        ("０９１２３４５６７８", "anonymous"),
        ("9" * 21, "anonymous"),
    ],
)
def test_numbers(sent: str, kept: str) -> None:
    """P0-b: E.164 where the number is one of Taiwan, as sent where it is not, else anonymous."""
    assert e164(sent) == kept
