"""Errors as the command line tells them:
the catalogue's sentence, and the command that helps, which only this room knows.
"""

from collections.abc import Mapping
from typing import Final

from hotline.errors import HotlineError
from hotline.sheets.faults import BadSheets
from wording import ENGLISH, sentence

HINTS: Final[Mapping[str, str]] = {
    "manager-gone": "make up starts the hotline; /health/ready tells whether it is up",
    "no-agent": "hotline agents list",
    "no-such-call": "hotline calls",
    "no-such-callback": "hotline due",
    "not-callable": "hotline callback number {number} NUMBER",
    "not-now": "hotline callback show ID",
    "number-not-dialled.abroad": "HOTLINE_OUTBOUND_ABROAD lists the countries that may be dialled",
    "not-up": "hotline calls",
    "personal-limit": "HOTLINE_OUTBOUND_PERSON is the limit of one person",
    "not-ready": "hotline settings; each is set as HOTLINE_ and its name, for example HOTLINE_PUBLIC_URL",
}
"""What to type next, by the name of a sentence; with the facts of the error."""


def in_words(error: HotlineError) -> str:
    """The sentence, and in a line of its own the hint; of files every line that is wrong."""
    if isinstance(error, BadSheets):
        return "\n".join(
            (
                "Nothing was written; mend these and try again:",
                *(f"  {sentence(one, ENGLISH)}" for one in error.lines),
            )
        )
    hint = HINTS.get(error.msgid, "")
    return sentence(error, ENGLISH) + (f"\nSee: {hint.format_map(vars(error))}" if hint else "")
