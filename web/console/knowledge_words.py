"""What is said about the book: how an entry stands, what makes it hard to read aloud,
what cannot be done and why.
"""

from hotline.knowledge.rules import RequestState, Review
from hotline.knowledge.store import FaqRequest
from web.console.language import _

KINDS = {Review.DONE: "green", Review.DUE: "yellow", Review.LATE: "red"}
"""The colour beside the word."""


def request_name(row: FaqRequest) -> tuple[str, str]:
    """How a request stands, with the colour beside the word (P4.5)."""
    if row.state == RequestState.REPLIED:
        return (_("逾期回覆"), "orange") if row.late_at else (_("已回覆"), "green")
    return (_("逾期未回覆"), "red") if row.late_at else (_("待回覆"), "blue")
