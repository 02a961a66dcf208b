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
    """The wish of a caller. Only one whose own number is not dialled is asked for another;
    who has none, a person sees.
    """
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
