"""What Asterisk told a moment ago is asked once for all pages, and is nothing while it does not answer."""

from datetime import timedelta

from control.live_state import fresh
from hotline.errors import HotlineError


def test_many_pages_ask_once() -> None:
    """Until it is long past."""
    answers = iter(("first", "second"))
    told = fresh(lambda: next(answers), "", timedelta(hours=1))
    assert [told(), told()] == ["first", "first"]
    anew = fresh(lambda: next(answers), "", timedelta(0))
    assert anew() == "second"


def test_what_was_told_before_it_fell_silent_is_not_told_again() -> None:
    """A state that nobody vouches for is no state."""

    def ask() -> str:
        if asked:
            raise HotlineError("away")
        asked.append(True)
        return "free"

    asked: list[bool] = []
    told = fresh(ask, "", timedelta(0))
    assert told() == "free"
    assert told() == ""
