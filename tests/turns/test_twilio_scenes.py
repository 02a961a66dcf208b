"""The scenes over a third line: signed webhooks through the Flask door,
performed as Twilio's documents say.
"""

from datetime import time
from itertools import count
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from agi_scripts.server import AgiServer
from calls.outbound_limits import Caps
from calls.store import CallEvent
from hotline.callbacks.service import Callbacks
from hotline.clock import taipei
from hotline.db import sessions, transaction
from hotline.tickets import faults
from hotline.worktime import Calendar, OfficeHours, Worktime
from ivr.books import Books
from ivr.bulletins import Bulletins
from ivr.catalogue import Catalogue
from ivr.menus import FOLDER
from ivr.prompts import Shelf
from tests.city import seeded
from tests.scenes import SCENES
from tests.script import Script, play
from tests.turns.lines import FakeAsterisk
from tests.turns.rows import NOON, Hour, Rows
from tests.turns.scene import Caller
from tests.turns.twilio_line import BASE, NUMBER, OPERATOR, TOKEN, TwilioLine, name_of
from tests.twiml_player import Answer, Player
from web.twilio_numbers import WAIT, to_a_human

OFFICE = Worktime(Calendar(), OfficeHours(time(8, 30), time(17, 30)))


@pytest.fixture
def script() -> Script:
    """Whoever plays none has the city as it is."""
    return Script(NOON, (), ())


@pytest.fixture
def books(
    tmp_path: Path, catalogue: Catalogue, callbacks: Callbacks, bulletins: Bulletins, script: Script
) -> Books:
    city = seeded(script.given)
    return Books(
        FOLDER,
        tmp_path / "menus",
        catalogue,
        bulletins,
        callbacks.due,
        city=lambda: city,
        is_open=OFFICE.is_open,
    )


class TestScenes:
    """Those of every line; the call is kept in the database alone between two webhooks."""

    @pytest.fixture(params=SCENES)
    def script(self, request: pytest.FixtureRequest) -> Script:
        return Script.read(SCENES[request.param])

    def test_a_scene_is_played(self, script: Script, line: TwilioLine, rows: Rows) -> None:
        """As written, line by line; then who is left hangs up, and the call has its row."""
        caller = play(script, Caller(line, NOON))
        if not line.player.over:
            line.player.hang_up()
        call = rows.call(line.player.sid)
        assert (call.line, call.ended_at is not None, call.started_at is not None) == ("twilio", True, True)
        assert call.menus and call.end_reason and call.outcome, caller.last


SAME = [
    "P5_1_1_no_answer_then_two_neighbours_then_back",
    "P5_1_1_a_callback_registered_in_the_talk_is_read_back",
    "P5_1_3_closed_and_not_urgent_is_a_message",
    "P4_9_an_off_site_agency_is_its_number_and_keys",
    "P3_b_2_three_wrong_extensions_lead_to_a_person",
    "a_hidden_number_is_asked_for_before_the_promise",
]


class TestRecords:
    """A call over Twilio and one over Asterisk leave the same rows behind."""

    @pytest.fixture(params=SAME)
    def script(self, request: pytest.FixtureRequest) -> Script:
        return Script.read(SCENES[request.param])

    def test_the_same_events(
        self, script: Script, line: TwilioLine, server: AgiServer, tmp_path: Path, hour: Hour, rows: Rows
    ) -> None:
        """Every fact in its order with its details;
        whose call it is and what the carriers call it may differ.
        """
        play(script, Caller(line, NOON))
        asterisk = FakeAsterisk(server.server_address, "test-same.1", tmp_path / "messages", hour)
        play(script, Caller(asterisk, NOON))
        rows.replay()
        assert told(rows, line.player.sid) == told(rows, "test-same.1")
        ours, theirs = rows.call(line.player.sid), rows.call("test-same.1")
        for column in ("caller", "language", "wanted", "menus", "turn", "started_at"):
            assert getattr(ours, column) == getattr(theirs, column), column


def told(rows: Rows, call_id: str) -> list[tuple[str, dict[str, object]]]:
    """Kind and details of what turns left, but for names that each carrier gives,
    and Twilio's whole seconds.
    """
    query = select(CallEvent).where(CallEvent.call_id == call_id, CallEvent.key.like("turn:%"))
    with transaction(sessions(rows.engine)) as session:
        events = sorted(session.scalars(query), key=lambda one: [int(n) for n in one.key.split(":")[2:]])
    differing = {"dialled", "caller", "number", "name", "seconds"}
    return [
        (event.kind, {name: text for name, text in event.detail.items() if name not in differing})
        for event in events
    ]


class TestLimits:
    """Resilience §2, 7: outside numbers that Twilio rings have
    the limits of those that leave by the trunk.
    """

    @pytest.fixture(params=[Caps(daily=0), Caps(at_once=0)], ids=["daily", "at-once"])
    def caps(self, request: pytest.FixtureRequest) -> Caps:
        return request.param  # type: ignore[no-any-return]

    def to_an_agent(self, line: TwilioLine) -> Caller:
        return Caller(line, NOON).dials().presses("1", "1")

    def test_at_a_limit_no_outside_number_is_rung_and_it_is_an_alarm(
        self, line: TwilioLine, rows: Rows
    ) -> None:
        """The caller comes back to the agent, as from a phone that failed; the ticket names the limit."""
        self.to_an_agent(line).is_transferred_to("6101").hears("zh-TW/V-07").rings_back("agent-1")
        assert "OutboundRefused" in rows.events(line.unique_id)
        with transaction(sessions(rows.engine)) as session:
            (ticket,) = faults.faults(session)
        assert "上限" in ticket.fault

    def test_who_is_on_duty_is_rung_at_any_limit(self, line: TwilioLine, rows: Rows) -> None:
        """P5.1.3: an urgent matter at night."""
        caller = Caller(line, NOON).at(taipei("2026-11-24T22:00")).dials().presses("1", "1")
        caller.is_transferred_to("5112", urgent=True).rings("0900000001", "duty")
        assert "OutboundRefused" not in rows.events(line.unique_id)


class TestLegsAreCounted:
    """Those of this line, of today, and now."""

    @pytest.fixture
    def caps(self) -> Caps:
        return Caps(daily=2, at_once=1)

    def test_one_talks_and_another_must_wait(
        self, line: TwilioLine, app: Flask, hour: Hour, rows: Rows
    ) -> None:
        """Then the day's second is rung, and the third is not."""

        def ending(_call: str) -> str:
            return ""

        callers = count(10)

        def begins() -> tuple[TwilioLine, Caller]:
            other = TwilioLine(app, hour, ending)
            caller = Caller(other, hour.at).dials(f"09120001{next(callers):02}").presses("1", "1")
            return other, caller.is_transferred_to("6101")

        first, talks = begins()
        talks.rings("0229603456", "desk")
        first.player.begins_to_ring()
        _, waits = begins()
        waits.rings_back("agent-1")
        talks.busy()
        _, second = begins()
        second.rings("0229603456").busy()
        _, third = begins()
        third.rings_back("agent-1")


class TestPlayer:
    """What Twilio does of itself, met by our documents."""

    def test_a_key_cuts_what_is_said_and_a_notice_is_heard_to_its_end(self, line: TwilioLine) -> None:
        """Barge-in within a question only: the notice is outside of it. Recorded is on the way to a person."""
        Caller(line, NOON).dials().presses("1").presses("1")
        (first, second, third) = line.player.documents
        assert first.index("V-00.wav") < first.index("<Gather") < first.index("V-02") and "V-01" not in first
        assert second.index("V-01.wav") < second.index("<Gather") and "<Recording" not in second
        assert third.index("<Recording") < third.index("<Dial")

    @pytest.mark.parametrize(
        ("keys", "comes_to", "within"),
        [
            (["-"], "Dial", 24.5),
            (["1", "1"], "Dial", 9.5),
            (["4", "1"], "Dial", 11.0),
            (["1", "3", "1"], "Record", 14.0),
            (["1", "2", "5112#"], "Dial", 13.5),
        ],
    )
    def test_P3_b_the_five_journeys_of_the_readme_in_seconds(
        self, line: TwilioLine, shelf: Shelf, keys: list[str], comes_to: str, within: float
    ) -> None:
        """By the length of each sound, until Twilio dials a phone or our queue, or the tone is over."""
        line.player.seconds = lambda sound: shelf.seconds(*reversed(name_of(sound).split("/", 1)))
        Caller(line, NOON).dials()
        for key in keys:
            line.player.say_nothing() if key == "-" else line.player.press(key)
        assert line.player.waits_for is not None and line.player.waits_for.tag == comes_to
        assert within - 1.0 <= line.player.elapsed <= within

    def test_silence_is_told_and_three_times_lead_to_a_person(self, line: TwilioLine) -> None:
        """Twilio reports an empty result only because it is told to."""
        caller = Caller(line, NOON).dials().presses("1").says_nothing(3)
        caller.is_("queue", "zh-TW").hears_of("zh-TW/to-an-agent")

    def test_several_digits_end_at_their_number_or_at_the_key(self, line: TwilioLine) -> None:
        """Eight digits need no ``#``."""
        Caller(line, NOON).dials().presses("1", "2")
        line.player.press("5112#")
        assert line.performed().doing == "ring"

    def test_a_position_is_said_between_two_waits(self, line: TwilioLine) -> None:
        """And key 1 there, or in the music, is a callback."""
        caller = Caller(line, NOON).dials().presses("1", "1").waits(3, 2)
        caller.is_("ask").hears_of("zh-TW/V-04.busy", "zh-TW/V-04.hold").says_nothing().is_("queue")
        caller.presses_in_the_queue("1").presses("1").is_("message").leaves_a_message().is_("end", "promised")

    @pytest.mark.parametrize("presses", [0, 1, 2, 3])
    def test_a_hang_up_anywhere_closes_the_record(self, line: TwilioLine, rows: Rows, presses: int) -> None:
        """In the language menu, in the main menu, in the queue, in a message."""
        caller = Caller(line, NOON).dials().presses(*"11"[:presses])
        if presses == 3:
            caller.finds_nobody().says_nothing()
        line.player.hang_up()
        call = rows.call(line.player.sid)
        wanted = {0: "abandoned", 1: "abandoned", 2: "abandoned", 3: "promised"}[presses]
        assert (call.end_reason, call.outcome, call.ended_at is not None) == (
            "ended_by_hotline" if presses == 3 else "caller_hung_up",
            wanted,
            True,
        )

    @pytest.mark.parametrize(("to_its_end", "outcome"), [(True, "informed"), (False, "abandoned")])
    def test_informed_is_who_heard_it_to_its_end(
        self, line: TwilioLine, rows: Rows, to_its_end: bool, outcome: str
    ) -> None:
        """Twilio plays the information in a question of its own, and reports when nobody cut it."""
        Caller(line, NOON).dials().presses("1")
        line.player.press("4")
        if to_its_end:
            assert line.hears_to_the_end() == ["hotline/zh-TW/sign-language-hours"]
        line.player.hang_up()
        call = rows.call(line.player.sid)
        assert (call.end_reason, call.outcome, call.last_menu) == ("caller_hung_up", outcome, "main")

    @pytest.mark.parametrize(
        ("answer", "error"),
        [
            (Answer(500, "Internal Server Error"), "11200"),
            (Answer(502, ""), "11200"),
            (Answer(200, "<Response/>", seconds=16.0), "11200"),
            (Answer(200, "no document"), "12100"),
        ],
    )
    def test_while_we_are_down_twilio_performs_the_fallback(
        self, hour: Hour, answer: Answer, error: str
    ) -> None:
        """After 15 seconds, at an error, at nonsense: a person's number is rung, by nobody's help of ours."""
        player = Player(
            lambda *_: answer,
            TOKEN,
            voice_url=f"{BASE}/twilio/voice",
            fallback=to_a_human(OPERATOR),
            status_callback=f"{BASE}/twilio/voice/status",
            now=hour,
        )
        player.call("+886912345678", NUMBER)
        assert player.fell_back == error
        assert player.leg is not None and player.leg.to == OPERATOR
        assert not player.leg.attributes  # no address of ours

    def test_in_mid_call_too(self, line: TwilioLine) -> None:
        """And when the person does not answer, that is said."""
        Caller(line, NOON).dials().presses("1")
        line.player._post = lambda *_: Answer(503, "")
        line.player.press("1")
        assert line.player.leg is not None and line.player.leg.to == OPERATOR
        assert line.player.heard[-len(WAIT) :] == list(WAIT.values())
