"""Errors of the directory in the words of its pages, with those that the ledger has anyhow."""

from hotline.sheets.faults import BadSheets
from web.console import words
from web.console.language import _
from web.console.ledger_words import blame
from web.console.sheet_words import wrong_in_words
from web.console.words import in_words

__all__ = ["blame", "in_words"]

SHOWN = 5
"""So many keys are named in a sentence."""


@words.of(BadSheets)
def _bad_sheets(error: BadSheets) -> str:
    told = [wrong_in_words(fault.wrong, fault.facts) for fault in error.faults]
    more = _("…等 %(number)d 項", number=len(told)) if len(told) > SHOWN else ""
    return " ".join((*told[:SHOWN], more)).strip()
