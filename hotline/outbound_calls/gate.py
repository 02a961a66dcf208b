"""Gate of P8.2: a petitioner's identity is verified before a case that touches somebody is filed. Pure."""

from enum import StrEnum
from typing import Final

from hotline.errors import HotlineError
from hotline.terms import named


@named("gate")
class VerificationState(StrEnum):
    """The words of §16."""

    NOT_NEEDED = "NOT_NEEDED"
    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    FAILED = "FAILED"


class Touches(StrEnum):
    """Matter of a particular person that the case touches: then the petitioner is called back first."""

    PROPERTY = "property"
    REPUTATION = "reputation"
    LIVELIHOOD = "livelihood"


@named("ground")
class Ground(StrEnum):
    """Ground of the decision. A closed list: free words could tell of the accused person for ever."""

    AFFIRMED = "affirmed"
    DENIED = "denied"
    ANOTHER = "another"
    """Somebody else answered, who cannot bring the petitioner to the telephone."""
    UNREACHED = "unreached"
    NO_NUMBER = "no-number"
    WITHDRAWN = "withdrawn"


SPOKEN: Final = frozenset((Ground.AFFIRMED, Ground.DENIED, Ground.ANOTHER))
"""What can be said only of a call that somebody answered."""


class GateNotNow(HotlineError, code="gate-not-now"):
    """The gate's state does not allow it."""

    state: VerificationState


class GroundUnproved(HotlineError, code="ground-unproved"):
    """A ground that the calls do not bear out."""

    ground: Ground


def opened(touches: Touches | None) -> VerificationState:
    """Open the gate: needed exactly when a particular person is touched."""
    return VerificationState.PENDING if touches else VerificationState.NOT_NEEDED


def decided(
    state: VerificationState,
    ground: Ground,
    *,
    was_answered: bool,
    attempts: int,
    has_number: bool,
    rings: bool = False,
) -> VerificationState:
    """CONFIRMED by the citizen's own word alone; anything else fails.
    Nobody is unreached whose phone ``rings`` now.

    Raises GateNotNow, GroundUnproved.
    """
    if state is not VerificationState.PENDING:
        raise GateNotNow(state)
    match ground:
        case Ground.UNREACHED:
            is_borne_out = attempts > 0 and not was_answered and not rings
        case Ground.NO_NUMBER:
            is_borne_out = not has_number
        case _:
            is_borne_out = was_answered or ground not in SPOKEN
    if not is_borne_out:
        raise GroundUnproved(ground)
    return VerificationState.CONFIRMED if ground is Ground.AFFIRMED else VerificationState.FAILED
