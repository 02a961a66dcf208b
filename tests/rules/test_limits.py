"""When a call must end (P7.1, P7.3), by tables and by chance."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.clock import taipei
from ivr.limits import (
    Answered,
    Authorised,
    CallOver,
    Deadline,
    Emergency,
    Ended,
    Ending,
    EndRule,
    Event,
    Failed,
    Guided,
    JudgementAsked,
    JudgementRefused,
    Normal,
    NotEndedByRule,
    NotInThisState,
    NoTopic,
    Passed,
    Review,
    Rules,
    Special,
    State,
    TopicAppeared,
    after,
    deadline,
    may_end,
    may_hang_up,
    replay,
    warnings,
)

RULES = Rules()
TWO = taipei("2026-11-24T14:00")


def at(minutes: float, seconds: float = 0.0) -> datetime:
    """So long after the agent answered at 14:00:00."""
    return TWO + timedelta(minutes=minutes, seconds=seconds)


def played(*events: Event, rules: Rules = RULES) -> State:
    """The call answered at 14:00:00, and what happened then."""
    return replay(rules, (Answered(TWO), *events))


FLAGGED = Authorised(at(6), "supervisor")


def test_P7_1_authorised_at_14_06_with_two_guidances_ends_at_14_15() -> None:
    """The plan's own example: nothing at 14:14:59.9, the end at 14:15:00 sharp."""
    call = played(FLAGGED, Guided(at(7), "agent"), Guided(at(9), "agent"))
    assert isinstance(after(RULES, call, Passed(at(14, 59.9))), Special)
    assert after(RULES, call, Passed(at(15))) == Ending(call.history, Deadline(at(15), EndRule.CAP))


@pytest.mark.parametrize(
    ("guided", "ends", "why"),
    [
        ((1, 2, 3), at(6), EndRule.GUIDANCES),  # all before the flag: it ends as soon as it may
        ((1, 2, 8), at(8, 10), EndRule.GUIDANCES),
        ((7, 8, 9), at(9, 10), EndRule.GUIDANCES),
        ((7, 8, 14 + 59 / 60), at(15), EndRule.CAP),  # at 14:59 its ten seconds are not over before the cap
        ((7, 8, 14 + 49 / 60), at(14, 59), EndRule.GUIDANCES),
        ((7, 8, 14 + 50 / 60), at(15), EndRule.CAP),
        ((7, 8), at(15), EndRule.CAP),
        ((), at(15), EndRule.CAP),
    ],
)
def test_P7_1_whichever_comes_first(guided: tuple[float, ...], ends: datetime, why: EndRule) -> None:
    """Third failed guidance or minute 15; guidances logged earlier in the same call count."""
    events = sorted([FLAGGED, *(Guided(at(minute), "agent") for minute in guided)], key=lambda one: one.at)
    call = played(*events)
    due = deadline(RULES, call, TWO)
    assert due and due.why is why
    assert max(due.at, at(6)) == ends
    assert isinstance(replay(RULES, (Answered(TWO), *events, Passed(ends))), Ending)
    if ends > at(9, 5):
        before = Passed(ends - timedelta(seconds=0.1))
        assert isinstance(replay(RULES, (Answered(TWO), *events, before)), Special)


def test_P7_1_authorised_after_the_cap_ends_at_once() -> None:
    """Flagged at 15:20: V-16 now."""
    call = played(Authorised(at(15, 20), "supervisor"))
    assert isinstance(call, Ending) and call.deadline == Deadline(at(15), EndRule.CAP)


def test_P7_1_no_end_before_the_supervisor_has_authorised() -> None:
    """Five guidances and an hour: still an ordinary call, with and without a question to the supervisor."""
    guided = [Guided(at(minute), "agent") for minute in range(1, 6)]
    for asked in ((), (JudgementAsked(at(6), "agent"),), (NoTopic(at(6), "agent", None),)):
        call = played(*guided, *asked, Passed(at(60)))
        assert isinstance(call, Review if asked else Normal)
        assert deadline(RULES, call, TWO) is None


def test_P7_1_flagged_again_keeps_clock_and_counter() -> None:
    """A topic lifts the cap; flagged again, the third guidance fails, or minute 15 comes."""
    lifted = (FLAGGED, Guided(at(7), "a"), Guided(at(8), "a"), TopicAppeared(at(9), "a"))
    assert deadline(RULES, played(*lifted), TWO) is None
    again = played(*lifted, Authorised(at(11), "supervisor"))
    assert deadline(RULES, again, TWO) == Deadline(at(15), EndRule.CAP)
    third = after(RULES, again, Guided(at(12), "a"))
    assert deadline(RULES, third, TWO) == Deadline(at(12, 10), EndRule.GUIDANCES)
    late = played(*lifted, Authorised(at(15, 20), "supervisor"))
    assert isinstance(late, Ending)


def test_P7_1_a_guidance_that_a_topic_answered_did_not_fail() -> None:
    """Three guidances, a topic 9.9 s after the third; flagged again, one more must fail."""
    lifted = (FLAGGED, *(Guided(at(m), "a") for m in (7, 8, 9)), TopicAppeared(at(9, 9.9), "a"))
    again = played(*lifted, Authorised(at(10), "supervisor"))
    assert deadline(RULES, again, TWO) == Deadline(at(15), EndRule.CAP)
    assert len(again.history.guidances) == 3
    assert deadline(RULES, after(RULES, again, Guided(at(11), "a")), TWO) == Deadline(
        at(11, 10), EndRule.GUIDANCES
    )


def test_P7_1_a_topic_at_the_very_end_is_too_late() -> None:
    """Ten seconds after the third guidance the call is ending; it goes on ending."""
    events = (FLAGGED, *(Guided(at(m), "a") for m in (7, 8, 9)), TopicAppeared(at(9, 10), "a"))
    assert isinstance(played(*events), Ending)
    assert played(*events, CallOver(at(9, 16))) == Ended(played(*events).history, EndRule.GUIDANCES)


def test_P7_1_a_supervisor_who_refuses_leaves_an_ordinary_call() -> None:
    """And may authorise later."""
    refused = played(JudgementAsked(at(2), "agent"), JudgementRefused(at(3), "supervisor"))
    assert isinstance(refused, Normal)
    assert isinstance(after(RULES, refused, Authorised(at(4), "supervisor")), Special)


def test_P7_3_a_listed_caller_without_a_topic_needs_no_supervisor() -> None:
    """The entry and the agent's word; with a topic he is served."""
    call = played(NoTopic(at(2), "agent-1", 7))
    assert call == Special(call.history, "agent-1", 7)
    assert isinstance(after(RULES, call, TopicAppeared(at(3), "agent-1")), Normal)
    assert isinstance(played(NoTopic(at(2), "agent-1", None)), Review)


def test_an_emergency_lifts_everything_for_good() -> None:
    """Cap, guidances and blanket limit; nobody can flag that call again."""
    rules = Rules(longest=timedelta(minutes=20))
    call = played(FLAGGED, *(Guided(at(m), "a") for m in (7, 8, 9)), Emergency(at(9, 5), "a"), rules=rules)
    assert (
        isinstance(call, Normal) and deadline(rules, call, TWO) is None and warnings(rules, call, TWO) == ()
    )
    for flag in (Authorised(at(10), "s"), NoTopic(at(10), "a", 7)):
        with pytest.raises(NotInThisState, match="emergency"):
            after(rules, call, flag)


def test_what_cannot_be_done_says_why() -> None:
    """No agent yet, special already, over."""
    with pytest.raises(NotInThisState, match="unanswered"):
        after(RULES, Normal(), Authorised(TWO, "s"))
    with pytest.raises(NotInThisState, match="special"):
        after(RULES, played(FLAGGED), JudgementRefused(at(7), "s"))
    with pytest.raises(NotInThisState, match="over"):
        after(RULES, played(CallOver(at(1))), Guided(at(2), "a"))


def test_V_20_is_due_one_minute_before_the_cap() -> None:
    """Of a special call; nothing before an ordinary one ends; two and one before a blanket limit."""
    assert warnings(RULES, played(FLAGGED), TWO) == (at(14),)
    assert warnings(RULES, played(), TWO) == ()
    blanket = Rules(longest=timedelta(minutes=10))
    assert warnings(blanket, played(), at(-1)) == (at(7), at(8))
    assert deadline(blanket, played(), at(-1)) == Deadline(at(9), EndRule.LONGEST)
    assert deadline(blanket, played(FLAGGED, rules=blanket), at(-1)) == Deadline(at(9), EndRule.LONGEST)


# --- by chance ------------------------------------------------------------------------------------------

INSTANTS = st.floats(0, 40).map(at)
NOT_A_FLAG = st.one_of(
    st.builds(Answered, INSTANTS),
    st.builds(JudgementAsked, INSTANTS, st.just("a")),
    st.builds(JudgementRefused, INSTANTS, st.just("s")),
    st.builds(NoTopic, INSTANTS, st.just("a"), st.none()),
    st.builds(Guided, INSTANTS, st.just("a")),
    st.builds(TopicAppeared, INSTANTS, st.just("a")),
    st.builds(Passed, INSTANTS),
)
FLAGS = st.one_of(
    st.builds(Authorised, INSTANTS, st.just("s")),
    st.builds(NoTopic, INSTANTS, st.just("a"), st.integers(1, 9)),
)


def in_order(events: list[Event]) -> tuple[Event, ...]:
    return (Answered(TWO), *sorted(events, key=lambda one: one.at))


@given(st.lists(NOT_A_FLAG, max_size=20))
def test_an_unflagged_call_is_never_ended(events: list[Event]) -> None:
    """Whatever else happens to it, at whatever moment."""
    call = replay(RULES, (*in_order(events), Passed(at(1000))))
    assert isinstance(call, Normal | Review) and deadline(RULES, call, TWO) is None


@given(st.lists(st.one_of(NOT_A_FLAG, FLAGS), max_size=20))
def test_a_special_call_lives_no_longer_than_its_cap(events: list[Event]) -> None:
    """At the cap it ends, never later; and never because of fewer than three guidances."""
    call = replay(RULES, in_order(events))
    if isinstance(call, Special):
        assert isinstance(after(RULES, call, Passed(at(100))), Ending)
        due = deadline(RULES, call, TWO)
        assert due and due.at <= at(15)
    if isinstance(call, Ending) and call.deadline.why is EndRule.GUIDANCES:
        assert len(call.history.guidances) >= 3


@given(st.lists(st.one_of(NOT_A_FLAG, FLAGS), max_size=20), INSTANTS)
def test_after_an_emergency_nothing_ends_the_call(events: list[Event], when: datetime) -> None:
    """Unless it was ending before."""
    ordered = in_order(events)
    before = tuple(one for one in ordered if one.at <= when)
    called = replay(RULES, (*before, Emergency(when, "a")))
    if isinstance(called, Ending):
        return
    rest = tuple(one for one in ordered if one.at > when)
    assert isinstance(
        replay(RULES, (*before, Emergency(when, "a"), *rest, Passed(at(1000)))), Normal | Review
    )


@given(st.lists(st.one_of(NOT_A_FLAG, FLAGS), max_size=20))
def test_looking_at_the_clock_changes_nothing(events: list[Event]) -> None:
    """A call asked about at every step ends as one that was not."""
    ordered = in_order(events)
    looked = tuple(one for event in ordered for one in (event, Passed(event.at)))
    assert replay(RULES, looked) == replay(RULES, ordered)


GUIDED = tuple(Guided(at(minute), "agent") for minute in (7, 8, 9))


def test_P7_1_the_agent_ends_it_once_authorised_and_guided_thrice() -> None:
    """Three seconds after the third guidance, which else would fail after ten; the reason is the same."""
    call = played(FLAGGED, *GUIDED)
    assert may_end(call)
    ended = after(RULES, call, Failed(at(9, 3), "agent"))
    assert isinstance(ended, Ending) and ended.deadline == Deadline(at(9, 3), EndRule.GUIDANCES)


@pytest.mark.parametrize(
    ("events", "hangs_up"),
    [
        ((), True),
        (GUIDED, True),
        ((*GUIDED, JudgementAsked(at(9, 1), "agent")), False),
        ((*GUIDED, JudgementAsked(at(9, 1), "agent"), JudgementRefused(at(9, 2), "supervisor")), True),
        ((FLAGGED, *GUIDED[:2]), False),
        ((FLAGGED, *GUIDED, TopicAppeared(at(9, 1), "agent")), True),
        ((FLAGGED, *GUIDED, TopicAppeared(at(9, 1), "agent"), Authorised(at(9, 2), "supervisor")), False),
        ((FLAGGED, *GUIDED, Emergency(at(9, 1), "agent")), True),
    ],
)
def test_P7_1_before_that_the_agent_cannot_end_it(events: tuple[Event, ...], hangs_up: bool) -> None:
    """Nor hang up while a supervisor is asked or the call is special;
    a refusal or a topic makes it ordinary again.
    """
    call = played(*events)
    assert (may_end(call), may_hang_up(call)) == (False, hangs_up)
    with pytest.raises(NotEndedByRule):
        after(RULES, call, Failed(at(9, 3), "agent"))
