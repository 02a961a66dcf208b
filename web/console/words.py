"""Errors and faults in the words of the page."""

import wording
from hotline.errors import Remark
from web.console.language import current


def in_words(remark: Remark) -> str:
    """One sentence in the page's language that says what is wrong and what to do."""
    return wording.sentence(remark, current())
