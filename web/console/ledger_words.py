"""Errors of the directory's ledger in the words of the pages that change it."""

from collections.abc import Mapping

from hotline.errors import HotlineError
from hotline.sheets.columns import Unfit
from web.console import words
from web.console.forms import Form
from web.console.language import _
from web.console.record_links import column_name, kind_name
from web.console.sheet_words import wrong_in_words


def blame(form: Form, error: HotlineError, fields: Mapping[type[HotlineError], str]) -> None:
    """Say at its field what is wrong, or of the whole form where it has no field for it."""
    name = fields.get(type(error), "")
    form.blame(name if name in form else "", words.in_words(error))


@words.of(Unfit)
def _unfit(error: Unfit) -> str:
    why = wrong_in_words(error.why.wrong, error.why.facts)
    return _(
        "%(kind)s的「%(column)s」：%(why)s",
        kind=kind_name(error.kind), column=column_name(error.column), why=why,
    )  # fmt: skip
