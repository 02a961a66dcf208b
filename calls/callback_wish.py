"""The callback that an agent promises to the caller of a call."""

from calls.store import CallRow
from hotline.callbacks.ownership import Ownership
from hotline.callbacks.wishes import Wish
from hotline.dialling import Dialling


def wish_at_desk(
    row: CallRow,
    dialling: Dialling,
    place: Ownership,
    *,
    matter: str,
    name: str = "",
    number: str = "",
    without_number: bool = False,
) -> Wish:
    """A caller's wish; only one whose number is not dialled gives another; without any, a person sees it."""
    is_asked = dialling.refusal(row.caller) is not None
    given = number if is_asked else ""
    without = is_asked and not given and without_number
    return Wish(
        given if is_asked and not without else row.caller,
        row.wanted,
        "agent",
        place,
        matter,
        name,
        given_by=row.caller if is_asked and not without else "",
        without_number=without,
    )
