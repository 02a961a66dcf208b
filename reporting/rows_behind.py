"""Rows behind a number: what they are, and by what each is known."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class CountedKind(StrEnum):
    """Kind of the rows that a number counts."""

    CALL = "call"
    CASE = "case"
    PROMISE = "promise"
    ENTRY = "entry"
    REQUEST = "request"
    """For an entry of the book (P4.5)."""
    CHANGE = "change"
    """Of the directory (P4.6)."""
    MESSAGE = "message"
    """Of an agency, for agents (P4.7)."""
    REVIEW = "review"
    FEEDBACK = "feedback"
    SESSION = "session"
    """Of the sign-language service, with incidents of misuse."""
    NOTICE = "notice"
    """A text or mail that was sent; nobody's address is told."""
    ANSWER = "answer"
    """Of the survey; neither its call nor its case is told, so that nobody is counted by few answers."""


@dataclass(frozen=True, slots=True)
class RowsBehind:
    """What a number counts, by ids of calls, numbers of cases and so on; ``told`` says more of each."""

    kind: CountedKind
    ids: Sequence[str] = ()
    told: Sequence[str] = ()


Known = tuple[str, str]
"""By what a row is known, and what is told of it; empty where its page tells all."""


def rows_behind(kind: CountedKind, known: Iterable[Known]) -> RowsBehind:
    """Rows of which something is told."""
    several = list(known)
    return RowsBehind(kind, [one for one, _ in several], [told for _, told in several])
