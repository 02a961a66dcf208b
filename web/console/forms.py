"""Forms of the pages: WTForms with the design system's widgets.
Whether a page of ours sent one is looked at before (``browser``).
"""

from collections.abc import Mapping
from typing import Final

from flask import request
from flask_wtf import FlaskForm
from wtforms import Field

from hotline.errors import HotlineError
from hotline.log_masking import is_text
from hotline.staff.service import NotPermitted
from hotline.texts import fit
from web.console.language import _
from web.console.words import in_words

LONGEST_TYPED: Final = 10_000
"""Characters of a field that has no limit of its own."""
WORDS: Final = "words"
"""The field of a text that has no other name: ``text`` itself reads fields."""


class Form(FlaskForm):  # type: ignore[misc]
    """A form; its faults stand at its fields and, together, at the top of the page."""

    def is_fit(self) -> bool:
        """Whether it was sent and every field is as it should be."""
        if not self.is_submitted():
            return False
        is_valid = self.validate()
        for field in self:
            if isinstance(field.data, str) and not is_text(field.data.replace("\r\n", "\n")):
                self.blame(field.name, _("含有無法儲存的字元；請重新輸入這一格。"))
                is_valid = False
        return bool(is_valid)

    def text(self, name: str) -> str:
        """What was typed into a field; empty when nothing was."""
        return str(self[name].data or "").replace("\r\n", "\n")

    @property
    def status(self) -> int:
        """Of the page that shows it again."""
        return 422 if self.errors else 200

    def blame(self, name: str, text: str) -> None:
        """Say what is wrong with a field; without a name, with the whole."""
        if name:
            field: Field = self[name]
            field.errors = [*field.errors, text]
        else:
            self.form_errors.append(text)

    def blame_for(self, error: HotlineError) -> None:
        """Say an error in words, at the field it names if the form has it;
        who may not is told by a page of its own.
        """
        if isinstance(error, NotPermitted):
            raise error
        name = getattr(error, "field", "")
        name = WORDS if name == "text" else name
        self.blame(name if name in self else "", in_words(error))


def text_of(name: str) -> str:
    """A field of the form sent, without the spaces around it; empty when there is none.

    Raises Unfit for what not every database can keep.
    """
    return fit(name, request.form.get(name, ""), LONGEST_TYPED, needed=False)


def blame(form: Form, error: HotlineError, fields: Mapping[type[HotlineError], str]) -> None:
    """Say at its field what is wrong, or of the whole form where it has no field for it."""
    name = fields.get(type(error), "")
    form.blame(name if name in form else "", in_words(error))
