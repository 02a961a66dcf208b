"""Which requests for a callback are one promise and which are several, on both databases (§9.2)."""

from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest

from hotline.callbacks import find
from hotline.callbacks.rules import HasMatter, MatterMissing, Outcome
from hotline.callbacks.service import Callbacks
from hotline.callbacks.store import Callback
from hotline.callbacks.wishes import NumberMissing, Wish
from hotline.db import Sessions, transaction
from hotline.numbers import ANONYMOUS
from hotline.staff.service import NotPermitted
from hotline.texts import UnfitText
from tests.promises import CITIZEN, TEN, Office

pytestmark = pytest.mark.dialects

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def office(factory: Sessions, callbacks: Callbacks) -> Office:
    return Office.of(factory, callbacks)


def test_a_repeated_request_for_the_same_number_and_matter_joins_the_open_one(office: Office) -> None:
    """Due as said first; the second call has its request on record and no message goes out again."""
    first = office.promised(call="a.1")
    second = office.promised(TEN + HOUR, call="b.1")
    assert first == second and len(office.letters("N-01")) == 2
    row, whole = office.row(first), office.whole(first)
    assert (row.registered_at, row.due_at) == (TEN, TEN + 4 * HOUR)
    assert [(one.call_id, one.at, one.due_at) for one in whole.requests] == [
        ("a.1", TEN, TEN + 4 * HOUR),
        ("b.1", TEN + HOUR, TEN + 5 * HOUR),
    ]
    assert [kind for kind, *_ in office.story(first)] == ["registered", "joined"]


@pytest.mark.parametrize(
    "other", [{"extension": "5301"}, {"extension": ""}, {"number": "+886287654321"}], ids=str
)
def test_another_matter_or_number_is_another_promise(office: Office, other: dict[str, str]) -> None:
    """Side by side."""
    assert office.promised() != office.promised(TEN + MINUTE, **other)


def test_hidden_numbers_join_nothing(office: Office) -> None:
    """Two callers without a number are two citizens, whatever they want."""
    assert office.promised(number="") != office.promised(number="")


def test_what_one_hidden_caller_was_promised_is_told_with_no_other(office: Office) -> None:
    """Of a number that nobody knows nothing was promised before, and nobody is busy with it (P4.12)."""
    number = office.promised(number="")
    with transaction(office.factory) as session:
        assert find.of_number(session, ANONYMOUS) == []
        session.get_one(Callback, number).holder = "agent-1"
    with transaction(office.factory) as session:
        assert find.who_else(session, ANONYMOUS, "agent-2", TEN) == []


def test_two_matters_named_at_a_desk_are_two_and_the_same_is_one(office: Office) -> None:
    """By their words, when no extension is known."""

    def opened(matter: str, number: str = "0912345678") -> int:
        wish = Wish(number, "zh-TW", "desk", matter=matter, name="示範市民")
        with transaction(office.factory) as session:
            return office.callbacks.open(session, wish, "agent-1", TEN).id

    assert opened("路燈不亮") == opened("路燈不亮") != opened("噪音")
    assert office.row(opened("路燈不亮")).name == "示範市民"
    for number in ("", "abc", "+", "09x"):
        with pytest.raises(NumberMissing):
            opened("路燈不亮", number)


def test_one_call_is_promised_once_whatever_is_replayed(office: Office) -> None:
    """The same wish a second time, and the dialplan's own promise when it got no answer, add nothing."""
    wishes = (("nobody", "5112"), ("nobody", "5112"), ("dialplan", ""))
    assert wished(office, *wishes) == [True, False, False]
    assert len(office.rows()) == 1


def wished(office: Office, *wishes: tuple[str, str]) -> list[bool]:
    """What one call asked for, one after the other: who asked, the phone or the extension."""
    with transaction(office.factory) as session:
        return [
            office.callbacks.promise(session, "a.1", CITIZEN, "zh-TW", origin, TEN + n * MINUTE, where)
            for n, (origin, where) in enumerate(wishes)
        ]


def test_several_matters_of_one_call_are_several_promises(office: Office) -> None:
    """The agent registers one by key, then two officers, and nobody answers at a third:
    each is told and owns one.
    """
    wishes = (("agent", "agent-1"), ("officer", "5112"), ("officer", "5301"), ("nobody", "5113"))
    assert wished(office, *wishes, *wishes, ("dialplan", "")) == [True] * 4 + [False] * 5
    assert [(row.extension, row.owner) for row in office.rows()] == [
        ("", "agent-1"),
        ("5112", "mei"),
        ("5301", "road"),
        ("5113", "an"),
    ]
    with transaction(office.factory) as session:
        office.callbacks.keep_message(session, "a.1", "a.1-message", 4.2, TEN)
        found = [row.id for row in find.all_of_call(session, "a.1")]
        assert find.all_of_call(session, "a") == []
    assert found == [row.id for row in office.rows()]
    assert [len(office.whole(row.id).messages) for row in office.rows()] == [1] * 4


def test_a_key_pressed_for_what_was_promised_already_adds_nothing(office: Office) -> None:
    """The event of a talk is loaded after the caller was promised
    the same matter by the line, or before it.
    """
    for number, wishes in enumerate(
        ((("nobody", "5112"), ("officer", "5112")), (("agent", "agent-1"), ("caller", "")))
    ):
        with transaction(office.factory) as session:
            told = [
                office.callbacks.promise(session, f"b.{number}", CITIZEN, "zh-TW", origin, TEN, where)
                for origin, where in wishes
            ]
        assert told == [True, False]


def test_what_was_said_first_holds_when_it_comes_later(office: Office) -> None:
    """A wish of 10:00 waited in a journal while one of 11:00 was written at once: due at 14:00, not 15:00."""
    later = office.promised(TEN + HOUR, call="later.1")
    assert office.promised(TEN, call="earlier.1") == later
    row = office.row(later)
    assert (row.registered_at, row.due_at, row.remind_at) == (TEN, TEN + 4 * HOUR, TEN + 3 * HOUR)
    (moved,) = [event for event in office.whole(later).events if event.kind == "asked-earlier"]
    old, new = (datetime.fromisoformat(moved.detail[name]) for name in ("from", "to"))
    assert (old, new) == (TEN + 5 * HOUR, TEN + 4 * HOUR)


def test_an_extension_never_goes_beyond_what_was_said_last(office: Office) -> None:
    """Extended to 20:00, then asked again at 11:00 and told 15:00: N-03 at 15:00."""
    one = office.promised()
    office.does("extend", one, TEN + 10 * HOUR, "expert away", "mei", TEN)
    office.promised(TEN + HOUR)
    assert office.row(one).owed_at == TEN + 5 * HOUR


def test_a_spoken_message_belongs_to_its_call_whichever_comes_first(office: Office) -> None:
    """The message of a replay may come before its promise, that of a second call after it;
    both are the promise's.
    """
    with transaction(office.factory) as session:
        office.callbacks.keep_message(session, "a.1", "a.1-message", 4.2, TEN)
    one = office.promised(call="a.1")
    assert office.promised(TEN + HOUR, call="b.1") == one
    for _ in range(2):  # a replay
        with transaction(office.factory) as session:
            office.callbacks.keep_message(session, "b.1", "b.1-message", 7.0, TEN + HOUR)
    assert [kept.name for kept in office.whole(one).messages] == ["a.1-message", "b.1-message"]


def test_many_calls_of_one_citizen_at_one_moment_make_one_promise(office: Office) -> None:
    """Eight at once, from eight connections, all joined."""
    barrier, found = Barrier(8), list[int]()

    def wish(number: int) -> None:
        barrier.wait()
        found.append(office.promised(call=f"storm-{number}.1"))

    threads = [Thread(target=wish, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1
    assert len(office.whole(found[0]).requests) == 8
    assert [kind for kind, *_ in office.story(found[0])].count("registered") == 1


def by_key(office: Office) -> int:
    """An officer pressed the key in a talk: who answers knows the matter, and wrote nothing yet."""
    assert wished(office, ("officer", "5112")) == [True]
    return office.rows()[0].id


def test_P5_1_1_a_promise_made_by_key_asks_for_its_matter_before_anything_else(office: Office) -> None:
    """Not worked on, called or closed before; given back, handed over, withdrawn it can be; said once."""
    one = by_key(office)
    refused: tuple[tuple[Any, ...], ...] = (
        ("claim", one, "mei", TEN),
        ("attempt", one, Outcome.BUSY, "mei", TEN),
        ("extend", one, TEN + 9 * HOUR, "待查", "mei", TEN),
        ("close", one, "told", "mei", TEN),
    )
    for verb, *words in refused:
        with pytest.raises(MatterMissing):
            office.does(verb, *words)
    with pytest.raises(MatterMissing):
        office.line("seize", one, "mei", TEN)
    with pytest.raises(UnfitText):
        office.does("give_matter", one, " ", "mei", TEN)
    with pytest.raises(NotPermitted):
        office.does("give_matter", one, "路燈不亮", "road", TEN)
    office.does("hand_over", one, "an", "請假", "mei", TEN)
    office.does("give_matter", one, "路燈不亮", "an", TEN + MINUTE)
    with pytest.raises(HasMatter):
        office.does("give_matter", one, "別的事", "an", TEN + MINUTE)
    office.does("claim", one, "an", TEN + MINUTE)
    assert office.row(one).matter == "路燈不亮" and not office.row(one).wants_matter
    assert ("matter-given", "OPEN", "OPEN", "an") in office.story(one)
    assert [what for _, what, _ in office.audited(one)][1:] == ["callback.work"] * 2


def test_P5_1_1_nobody_is_asked_for_what_only_the_citizen_knows(office: Office) -> None:
    """Promised to a caller: the message tells, or the call back; and a call that was made is on record."""
    called = office.promised()
    office.does("claim", called, "mei", TEN)
    office.does("give_matter", called, "路燈不亮", "mei", TEN)
    assert office.row(called).matter == "路燈不亮"
    with transaction(office.factory) as session:
        office.callbacks.promise(session, "z.1", "+886922000111", "zh-TW", "officer", TEN, "5112")
    one = office.rows()[-1]
    assert one.wants_matter and office.does("attempt", one.id, Outcome.BUSY, "mei", TEN, key="call:x")
