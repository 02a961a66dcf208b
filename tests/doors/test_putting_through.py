"""To which extensions a caller may be put through by command (P5.1.1, P5.1.3)."""

import pytest

from hotline.clock import taipei
from hotline.directory.service import Unknown
from ops.wiring import House

BY_DAY, BY_NIGHT = taipei("2026-11-24T10:00"), taipei("2026-11-24T22:00")


def test_by_day_only_to_a_desk_by_night_also_to_the_roster(house: House) -> None:
    """Who is urgent at night reaches the officer on duty whatever the digits."""
    known = house.transfers.known
    known("5112", urgent=False, at=BY_DAY)
    known("9999", urgent=True, at=BY_NIGHT)
    for urgent, at in ((True, BY_DAY), (False, BY_NIGHT)):
        with pytest.raises(Unknown):
            known("9999", urgent=urgent, at=at)


@pytest.mark.parametrize("text", ["", "1", "1234567", "5112\r\nAction: Hangup", "５１１２", "51#12"])
def test_what_no_telephone_could_send_goes_nowhere(house: House, text: str) -> None:
    """By night, when the roster is rung whatever the digits, they are digits still."""
    with pytest.raises(Unknown):
        house.transfers.known(text, urgent=True, at=BY_NIGHT)
