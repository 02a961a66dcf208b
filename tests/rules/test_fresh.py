"""What Asterisk told a moment ago is asked once for all pages, and is nothing while it does not answer."""

from datetime import timedelta

from hotline.errors import HotlineError
from web.console.fresh import Fresh


def test_many_pages_ask_once() -> None:
    """Until it is long past."""
    answers = iter(("first", "second"))
    told = Fresh(lambda: next(answers), "", timedelta(hours=1))
    assert [told.now(), told.now()] == ["first", "first"]
    anew = Fresh(lambda: next(answers), "", timedelta(0))
    assert anew.now() == "second"


def test_what_was_told_before_it_fell_silent_is_not_told_again() -> None:
    """A state that nobody vouches for is no state."""

    def ask() -> str:
        if asked:
            raise HotlineError("away")
        asked.append(True)
        return "free"

    asked: list[bool] = []
    told = Fresh(ask, "", timedelta(0))
    assert told.now() == "free"
    assert told.now() == ""
