"""Waiting: the position is told, a callback can be had at any moment, nobody is left on a dead line."""

from datetime import timedelta

import pytest

from hotline.callbacks.service import Callbacks
from hotline.clock import taipei
from hotline.db import sessions, transaction
from ivr.bulletins import Bulletins
from recordings.policy import MessageEnd
from tests.turns.rows import NOON, Hour, Rows
from tests.turns.scene import Caller

CITY_NUMBER = (
    "digit.0",
    "digit.2",
    "digit.8",
    "digit.pause.7",
    "digit.6",
    "digit.5",
    "digit.pause.4",
    "digit.3",
    "digit.2",
    "digit.end.1",
)
HELD = ("zh-TW/V-04.busy", "zh-TW/V-04.position.3", "zh-TW/V-04.wait.6", "zh-TW/V-04.hold")


def test_V_04_position_and_expected_wait_are_told_between_slices(caller: Caller) -> None:
    """Third in line, two busy agents, four minutes a talk: six minutes; then back into the queue."""
    caller.dials().presses("1", "1").waits(position=3, agents=2).hears(*HELD).is_("ask")
    caller.says_nothing().hears().is_("queue", "zh-TW")


def test_V_04_any_other_key_keeps_waiting(caller: Caller) -> None:
    """A wrong key in the queue costs no place and is no miss."""
    caller.dials().presses("1", "1")
    for _ in range(5):
        caller.waits(position=2, agents=1).presses("7").is_("queue", "zh-TW")


@pytest.mark.parametrize("moment", ["announcement", "music"])
def test_P5_1_1_key_one_while_waiting_promises_a_callback(
    caller: Caller, rows: Rows, hour: Hour, moment: str
) -> None:
    """Asked at noon, four office hours later: said as 今天下午四點整, stored as a promise."""
    hour.at = taipei("2026-11-24T12:00")
    caller.dials().presses("1", "1")
    if moment == "announcement":
        caller.waits(position=3, agents=2).presses("1")
    else:
        caller.presses_in_the_queue("1")
    caller.presses("1").leaves_a_message().is_("end", "promised").hears_of(
        "zh-TW/V-10.before", "zh-TW/V-10.after", "zh-TW/time.today"
    )
    if not hasattr(caller.line, "unique_id"):
        return
    (promise,) = rows.promises()
    assert (promise.number, promise.origin, promise.state) == ("+886912345678", "caller", "OPEN")
    assert taipei("2026-11-24T12:00") <= promise.registered_at < taipei("2026-11-24T12:01")
    assert promise.due_at == taipei("2026-11-24T16:00")


def test_P9_2_what_is_heard_is_what_is_stored(caller: Caller, rows: Rows) -> None:
    """Asked at 12:06 and some seconds: 今天下午四點零五分, in every door."""
    caller.at(taipei("2026-11-24T12:06:20")).dials().presses("1", "1").presses_in_the_queue("1")
    caller.presses("1").leaves_a_message().hears_of(
        "zh-TW/time.today", "zh-TW/time.hour.16", "zh-TW/time.minute.5"
    )
    if hasattr(caller.line, "unique_id"):
        assert [promise.due_at for promise in rows.promises()] == [taipei("2026-11-24T16:05")]


def test_nobody_there_is_a_promise_not_a_dead_line(caller: Caller, rows: Rows) -> None:
    """Queue empty or all unreachable: said so, and a callback promised."""
    caller.dials().presses("1", "1").finds_nobody().hears_of("zh-TW/nobody-now", "zh-TW/own-number")
    caller.presses("1").hears_of("zh-TW/message-invite").leaves_a_message().hears_of("zh-TW/V-10.after").is_(
        "end", "promised"
    )
    if hasattr(caller.line, "unique_id"):
        assert [promise.origin for promise in rows.promises()] == ["nobody"]


LAST_FOUR = ("digit.5", "digit.6", "digit.7", "digit.end.8")
"""Of 0912345678, as they are read back."""


@pytest.mark.parametrize(
    ("key", "spoken", "digits"), [("1", "zh-TW", "zh-TW"), ("4", "en", "en"), ("5", "ja", "en")]
)
def test_9_2_whom_we_call_is_read_back_by_the_last_four_digits(
    caller: Caller, rows: Rows, key: str, spoken: str, digits: str
) -> None:
    """In every language; the promise stands before that is said, and silence leaves it as it is."""
    caller.dials().presses(key, "3").hears(
        f"{spoken}/own-number", *(f"{digits}/{one}" for one in LAST_FOUR), f"{spoken}/own-number.confirm"
    )
    caller.is_("ask", "1 4")
    if hasattr(caller.line, "unique_id"):
        assert [promise.number for promise in rows.promises()] == ["+886912345678"]
    caller.presses("*").hears_of(f"{spoken}/own-number").says_nothing()
    caller.hears(f"{spoken}/message-invite", f"{spoken}/beep").is_("message")


@pytest.mark.parametrize(("key", "spoken"), [("1", "zh-TW"), ("4", "en"), ("5", "ja")])
def test_9_2_another_number_is_keyed_in_and_read_back_whole(
    caller: Caller, rows: Rows, key: str, spoken: str
) -> None:
    """It is the promise's then; who left it stays on record."""
    caller.dials().presses(key, "3", "2").hears(f"{spoken}/ask-number.wanted").presses("0912000111")
    caller.hears_of(f"{spoken}/number-is", f"{spoken}/number-confirm").presses("2")
    caller.hears(f"{spoken}/ask-number.wanted").presses("0287654321", "1").is_("message")
    caller.leaves_a_message().hears_of(f"{spoken}/V-10.before").is_("end", "promised")
    if hasattr(caller.line, "unique_id"):
        (promise,) = rows.promises()
        assert (promise.number, promise.given_by) == ("+886287654321", "+886912345678")


def test_9_2_who_keys_in_no_number_is_called_at_their_own(caller: Caller, rows: Rows) -> None:
    """Three silences or numbers that are not dialled: told again whom we call, never refused."""
    caller.dials().presses("1", "3", "2", "0204123456", "123").says_nothing()
    caller.hears("zh-TW/own-number", *map("zh-TW/{}".format, LAST_FOUR), "zh-TW/message-invite", "zh-TW/beep")
    caller.is_("message").leaves_a_message().is_("end", "promised")
    if hasattr(caller.line, "unique_id"):
        assert [(one.number, one.given_by) for one in rows.promises()] == [("+886912345678", "")]


def test_a_hidden_number_is_asked_for_before_a_promise(caller: Caller, rows: Rows) -> None:
    """Without a number nobody can call back;
    the one keyed in is read back whole, and promised to once confirmed.
    """
    caller.dials(caller="").presses("1", "1").finds_nobody().hears("zh-TW/nobody-now", "zh-TW/ask-number")
    caller.presses("123").hears("zh-TW/number-wrong")
    caller.presses("87654321").hears(
        "zh-TW/number-is", *map("zh-TW/{}".format, CITY_NUMBER), "zh-TW/number-confirm"
    )
    caller.is_("ask", "1 6").presses("1").is_("message").leaves_a_message().is_("end", "promised")
    if hasattr(caller.line, "unique_id"):
        (promise,) = rows.promises()
        assert (promise.number, promise.given_by) == ("+886287654321", "anonymous")


@pytest.mark.parametrize("shown", ["+819012345678", "0204123456", "0800123456", "1999"])
def test_resilience_2_7_whose_number_is_not_dialled_is_asked_for_one_that_is(
    caller: Caller, rows: Rows, shown: str
) -> None:
    """Abroad, at a premium, of a service: told so in other words; who left the number stays on record."""
    caller.dials(caller=shown).presses("1", "3").hears("zh-TW/ask-number.other")
    caller.presses("0204123456").hears("zh-TW/number-wrong").presses("0912000111")
    caller.presses("2").hears("zh-TW/ask-number.other").presses("0912000222", "1").is_("message")
    caller.leaves_a_message().is_("end", "promised")
    if hasattr(caller.line, "unique_id"):
        (promise,) = rows.promises()
        assert promise.number == "+886912000222" and promise.given_by not in ("", "anonymous")


@pytest.mark.parametrize(("key", "spoken"), [("1", "zh-TW"), ("4", "en"), ("5", "ja")])
def test_resilience_2_7_who_gives_no_number_leaves_a_message_for_a_person(
    caller: Caller, rows: Rows, key: str, spoken: str
) -> None:
    """Never an endless question, never a refusal:
    the wish is on a person's list before the tone, in every language.
    """
    caller.dials(caller="").presses(key, "3").hears(f"{spoken}/ask-number").says_nothing(3)
    caller.hears(f"{spoken}/message-number", f"{spoken}/beep").is_("message")
    if hasattr(caller.line, "unique_id"):
        assert [(one.number, one.origin, one.state) for one in rows.promises()] == [
            ("anonymous", "caller", "OPEN")
        ]
    caller.leaves_a_message().hears_of(f"{spoken}/message-kept", f"{spoken}/V-10.before").is_(
        "end", "promised"
    )


def test_who_leaves_neither_a_number_nor_a_word_is_told_so(caller: Caller) -> None:
    """Nothing is promised aloud that nobody could keep."""
    caller.dials(caller="").presses("1", "3").says_nothing(3).leaves_a_message(0.0, MessageEnd.EMPTY)
    caller.hears("zh-TW/message-empty", "zh-TW/we-have-no-number").is_("end", "no_number")


def test_resilience_2_7_a_number_that_is_never_confirmed_is_not_called(caller: Caller, rows: Rows) -> None:
    """Read back three times into silence or to wrong keys: whoever mistyped has nobody else called."""
    caller.dials(caller="").presses("1", "3", "0912000111").says_nothing().presses("7")
    caller.hears_of("zh-TW/number-confirm").says_nothing().hears_of("zh-TW/message-number").is_("message")
    if hasattr(caller.line, "unique_id"):
        assert [one.number for one in rows.promises()] == ["anonymous"]


def test_a_number_in_japanese_is_read_back_in_english_digits(caller: Caller) -> None:
    """Its sentences are Japanese; digits alone it has none."""
    caller.dials(caller="").presses("5", "3", "0912000111")
    caller.hears_of("ja/number-is", "en/digit.pause.2", "en/digit.end.1", "ja/number-confirm")


class TestGiven:
    """Resilience §2, 7: numbers that callers leave instead of their own;
    three a day a caller, two open promises each.
    """

    ABROAD = "+819012345678"

    def promised(
        self, rows: Rows, callbacks: Callbacks, number: str, extension: str, by: str, minutes: int = 0
    ) -> None:
        with transaction(sessions(rows.engine)) as session:
            at = NOON - timedelta(minutes=minutes)
            callbacks.promise(
                session, f"before-{number}-{extension}", number, "zh-TW", "caller", at, extension, given_by=by
            )

    @pytest.mark.parametrize(("before", "taken"), [(2, True), (3, False)])
    def test_three_a_day_a_caller(
        self, caller: Caller, rows: Rows, callbacks: Callbacks, before: int, taken: bool
    ) -> None:
        """The fourth goes to a person; what was left yesterday does not count.
        The bare engine has no rows.
        """
        if not hasattr(caller.line, "unique_id"):
            return
        for one in range(before):
            self.promised(rows, callbacks, f"+88691200010{one}", "", self.ABROAD)
        self.promised(rows, callbacks, "+886912000109", "", self.ABROAD, minutes=60 * 24)
        caller.dials(caller=self.ABROAD).presses("1", "3", "0912000111")
        if taken:
            caller.hears_of("zh-TW/number-confirm").is_("ask", "1 6")
        else:
            caller.hears("zh-TW/number-limit", "zh-TW/message-number", "zh-TW/beep").is_("message")
            assert [one.number for one in rows.promises()].count(self.ABROAD) == 1

    def test_9_2_who_left_three_today_is_called_at_their_own(
        self, caller: Caller, rows: Rows, callbacks: Callbacks
    ) -> None:
        """Told so, and the promise at their own number stays."""
        if not hasattr(caller.line, "unique_id"):
            return
        for one in range(3):
            self.promised(rows, callbacks, f"+88691200010{one}", "", "+886912345678")
        caller.dials().presses("1", "3", "2", "0912000111").hears_of("zh-TW/number-limit", "zh-TW/own-number")
        assert caller.is_("message") and rows.promises()[-1].number == "+886912345678"

    @pytest.mark.parametrize("before", [1, 2])
    def test_two_open_promises_a_number(
        self, caller: Caller, rows: Rows, callbacks: Callbacks, before: int
    ) -> None:
        """Whoever left it; another number is asked for."""
        if not hasattr(caller.line, "unique_id"):
            return
        for extension in ("5112", "5113")[:before]:
            self.promised(rows, callbacks, "+886912000111", extension, "anonymous")
        caller.dials(caller="").presses("1", "3", "0912000111")
        if before == 1:
            caller.hears_of("zh-TW/number-confirm")
        else:
            caller.hears("zh-TW/number-taken").presses("0912000222", "1").is_("message")

    def test_the_same_wish_again_joins_what_is_open(
        self, caller: Caller, rows: Rows, callbacks: Callbacks
    ) -> None:
        """No further promise, so no limit."""
        if not hasattr(caller.line, "unique_id"):
            return
        for extension in ("", "5112"):
            self.promised(rows, callbacks, "+886912000111", extension, "anonymous")
        caller.dials(caller="").presses("1", "3", "0912000111", "1").leaves_a_message().is_("end", "promised")
        assert len(rows.promises()) == 2


def test_english_promises_are_spoken_in_english(caller: Caller) -> None:
    """The due time as English says it."""
    caller.dials().presses("4", "1").finds_nobody()
    assert all(name.startswith("hotline/en/") for name in caller.last.heard)
    caller.presses("1").leaves_a_message()
    assert all(name.startswith("hotline/en/") for name in caller.last.heard)


class TestBulletin:
    """P4.8: V-03 is heard once before the main menu, again with key 5, and before the queue."""

    @pytest.fixture(autouse=True)
    def _on(self, bulletins: Bulletins) -> None:
        bulletins.switch(("V-03.typhoon",))

    def test_heard_once_then_on_demand(self, caller: Caller) -> None:
        caller.dials().presses("1").hears_of("zh-TW/V-03.typhoon", "zh-TW/V-02b.5")
        caller.says_nothing()
        assert "hotline/zh-TW/V-03.typhoon" not in caller.last.heard
        caller.presses("5").hears_of("zh-TW/V-03.typhoon").is_("ask", "1 5")

    def test_heard_before_the_queue_by_who_skips_the_menu(self, caller: Caller) -> None:
        caller.dials().presses("0").hears("zh-TW/V-01", "zh-TW/V-03.typhoon", "zh-TW/to-an-agent")
