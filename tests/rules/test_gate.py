"""Who a petitioner is, before a case that touches somebody is filed: what may follow what (P8.2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.outbound_calls.gate import (
    GateNotNow,
    Ground,
    GroundUnproved,
    Touches,
    VerificationState,
    decided,
    opened,
)


def test_P8_2_a_check_is_needed_exactly_when_a_person_is_touched() -> None:
    """Property, reputation, livelihood; else none."""
    assert opened(None) is VerificationState.NOT_NEEDED
    assert {opened(one) for one in Touches} == {VerificationState.PENDING}


CALLS = st.fixed_dictionaries(
    {"was_answered": st.booleans(), "attempts": st.integers(0, 3), "has_number": st.booleans()}
)


@given(st.sampled_from(Ground), CALLS)
def test_P8_2_only_the_citizens_own_word_in_a_call_back_confirms(
    ground: Ground, calls: dict[str, bool]
) -> None:
    """Everything else is not filed, or not borne out by the calls."""
    try:
        state = decided(VerificationState.PENDING, ground, **calls)  # type: ignore[arg-type]
    except GroundUnproved:
        return
    assert (state is VerificationState.CONFIRMED) == (ground is Ground.AFFIRMED)
    assert state is not VerificationState.CONFIRMED or calls["was_answered"]


@given(
    st.sampled_from(sorted(set(VerificationState) - {VerificationState.PENDING})),
    st.sampled_from(Ground),
    CALLS,
)
def test_what_is_decided_stays_decided(
    state: VerificationState, ground: Ground, calls: dict[str, bool]
) -> None:
    """No second word on the same check."""
    with pytest.raises(GateNotNow):
        decided(state, ground, **calls)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ground", "was_answered", "attempts", "has_number"),
    [
        (Ground.UNREACHED, False, 0, True),
        (Ground.UNREACHED, True, 1, True),
        (Ground.NO_NUMBER, False, 0, True),
        (Ground.AFFIRMED, False, 1, True),
        (Ground.DENIED, False, 1, True),
    ],
)
def test_a_ground_must_agree_with_the_calls(
    ground: Ground, was_answered: bool, attempts: int, has_number: bool
) -> None:
    """Nobody is unreached who was never called, nobody denies who never answered."""
    with pytest.raises(GroundUnproved):
        decided(
            VerificationState.PENDING,
            ground,
            was_answered=was_answered,
            attempts=attempts,
            has_number=has_number,
        )
