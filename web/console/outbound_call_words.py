"""What is said of phones that 1999 rings."""

from collections.abc import Mapping

from hotline.callbacks.rules import Outcome
from web.console.callback_words import outcomes
from web.console.language import _


def rings() -> Mapping[Outcome, str]:
    """What came of ringing a phone."""
    return {**outcomes(), Outcome.NOT_PLACED: _("沒有撥出")}
