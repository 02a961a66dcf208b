"""Who is drawn for the survey, how answers are counted, and whose results may be shown (P10.3, P12.1)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.settings import Settings
from hotline.survey.drawing import SurveyRehearsal
from hotline.survey.figures import SurveyAnswer, counted
from hotline.survey.rules import (
    LEAST,
    SCORES,
    Satisfaction,
    SurveyChannel,
    SurveyOutcome,
    SurveyPlan,
    is_drawn,
    outcome,
    satisfaction,
    shown,
)
from ivr.call import Call, ComingBack, Place, Ringing, Waiting
from ivr.engine import advance
from ivr.steps import End, Event, Left, QueueLeft, RingEnded
from ivr.survey_facts import SurveyAsked
from ops import limits
from tests.parts import NOON, book
from transfer.outcome import DialOutcome

NAMES = st.text("0123456789.-", min_size=1, max_size=24)
SHARES = st.integers(0, 100)


@given(st.text(min_size=1, max_size=9), NAMES, SHARES, SHARES)
def test_P10_3_a_larger_share_asks_whoever_a_smaller_one_asks(
    seed: str, name: str, one: int, other: int
) -> None:
    """The same however often it is asked; none of nobody, all of everybody."""
    less, more = sorted((one, other))
    assert is_drawn(seed, name, less) is is_drawn(seed, name, less)
    assert not is_drawn(seed, name, less) or is_drawn(seed, name, more)
    assert not is_drawn(seed, name, 0) and is_drawn(seed, name, 100)


def test_P10_3_as_many_are_drawn_as_the_share_says() -> None:
    """Of 20,000 calls, within five times the standard deviation; another seed draws others."""
    calls = [f"ntpc1-{1_795_000_000 + number}.{number % 97}" for number in range(20_000)]
    drawn = {seed: {call for call in calls if is_drawn(seed, call, 10)} for seed in ("2026Q4", "2027Q1")}
    assert all(abs(len(found) - 2000) < 5 * 42.4 for found in drawn.values())
    assert 100 < len(drawn["2026Q4"] & drawn["2027Q1"]) < 300


def test_P10_3_nobody_is_asked_until_the_city_sets_a_share() -> None:
    """Neither behind talks, nor by e-mail, nor by callback; then it is one to three questions."""
    shipped = limits.survey(Settings())
    assert (shipped.share, shipped.mail, shipped.callback, shipped.plan.questions) == (0, 0, 0, 1)
    for wrong in ({"survey_questions": 0}, {"survey_questions": 4}, {"survey_share": 101}):
        with pytest.raises(ValueError):
            Settings(**wrong)  # type: ignore[arg-type]


@given(st.lists(st.none() | st.sampled_from(SCORES), max_size=3), st.integers(1, 3))
def test_P10_3_who_hung_up_is_a_non_response_with_what_was_answered(
    scores: list[int | None], questions: int
) -> None:
    found, given_ = outcome(scores, questions), [one for one in scores[:questions] if one]
    wanted = {0: SurveyOutcome.NONE, questions: SurveyOutcome.WHOLE}
    assert found is wanted.get(len(given_), SurveyOutcome.PART)


@given(st.lists(st.sampled_from(SCORES), max_size=60))
def test_P12_1_satisfied_are_fours_and_fives_and_the_interval_holds_the_share(scores: list[int]) -> None:
    """No answer, one answer, all alike: never outside of nought and one."""
    found = satisfaction(scores)
    assert (found.answers, found.satisfied) == (len(scores), scores.count(4) + scores.count(5))
    if not scores:
        assert found.share is None and found.interval is None
        return
    assert found.share is not None and found.interval is not None
    low, high = found.interval
    assert 0 <= low <= found.share <= high <= 1 and low < high


@pytest.mark.parametrize(
    ("answers", "satisfied", "low", "high"),
    [(10, 10, 0.7225, 1.0), (10, 0, 0.0, 0.2775), (1, 1, 0.2065, 1.0), (100, 90, 0.8256, 0.9448)],
)
def test_P12_1_the_interval_is_Wilsons(answers: int, satisfied: int, low: float, high: float) -> None:
    """As published tables have it."""
    assert Satisfaction(answers, satisfied).interval == pytest.approx((low, high), abs=0.0001)


@given(st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), st.integers(0, 30), max_size=12))
def test_P10_3_nobodys_few_answers_can_be_reckoned_from_the_sum(counts: dict[str, int]) -> None:
    """Shown is nobody under ten; who is held back is nobody, or several with ten answers together."""
    told = shown(counts)
    held = [name for name, many in counts.items() if many and name not in told]
    assert all(counts[name] >= LEAST for name in told)
    if held and told:
        assert len(held) > 1 and sum(counts[name] for name in held) >= LEAST
    if all(many >= LEAST or not many for many in counts.values()):
        assert not held


def test_answers_are_counted_by_question() -> None:
    """A question that was not asked counts nothing; who answered nothing is asked all the same."""

    def one(*scores: int | None) -> SurveyAnswer:
        return SurveyAnswer(1, SurveyChannel.TALK, "c", "", "agent", "", NOON, scores)

    found = counted([one(5, 4), one(3, None), one(None, None), one(4)])
    assert (found.asked, found.answered) == (4, 3)
    assert found.outcomes == {SurveyOutcome.WHOLE: 2, SurveyOutcome.PART: 1, SurveyOutcome.NONE: 1}
    assert found.satisfied(1) == Satisfaction(3, 2) and found.satisfied(2) == Satisfaction(1, 1)
    assert found.satisfied(3).share is None


@pytest.mark.parametrize(
    ("event", "place", "talked_with"),
    [
        (RingEnded(NOON, DialOutcome.ANSWERED), Ringing("5112", NOON.timestamp(), "5112"), "officer"),
        (RingEnded(NOON, DialOutcome.ANSWERED), ComingBack("5112", "agent-1"), "agent"),
        (QueueLeft(NOON, Left.TALKED), Waiting(), "agent"),
        (QueueLeft(NOON, Left.TALKED, by_officer=True), Waiting(), "officer"),
        (
            RingEnded(NOON, DialOutcome.ANSWERED, by_officer=True),
            ComingBack("5112", "agent-1"),
            "officer",
        ),
    ],
)
def test_V_19_it_is_known_who_hung_up_before_the_questions(
    event: Event, place: Place, talked_with: str
) -> None:
    """An officer's caller is asked like an agent's; who is on the special list by nobody."""
    today = replace(book(), survey=SurveyRehearsal(SurveyPlan(2)))
    call = Call("c.1", today.menus.version, place, "0912345678")
    turn = advance(today, call, event)
    assert [fact for fact in turn.facts if isinstance(fact, SurveyAsked)] == [
        SurveyAsked("0912345678", talked_with, "zh-TW", 2)
    ]
    assert isinstance(advance(today, replace(call, listed=1), event).steps[-1], End)
