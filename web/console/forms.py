"""Forms of the pages: WTForms with the design system's widgets; ``browser`` checks their origin before."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, ClassVar, Final, TypeVar

from flask import request
from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import (
    GovCheckboxInput,
    GovRadioInput,
    GovSelect,
    GovSubmitInput,
    GovTextArea,
    GovTextInput,
)
from sqlalchemy.orm import Session
from wtforms import BooleanField, Field, RadioField, SelectField, StringField, SubmitField, TextAreaField
from wtforms.i18n import get_translations
from wtforms.validators import DataRequired, InputRequired, Length, StopValidation

from hotline.errors import HotlineError
from hotline.log_masking import is_text
from hotline.staff.service import NotPermitted
from hotline.texts import UnfitText, fit
from web.console.gate import write_session
from web.console.language import ENGLISH, _, _l, current, in_words

Made = TypeVar("Made")
Word = TypeVar("Word", bound=StrEnum)
LONGEST_TYPED: Final = 10_000
"""Characters of a field that has no limit of its own."""
WORDS: Final = "words"
"""The field of a text that has no other name: ``text`` itself reads fields."""


class Form(FlaskForm):  # type: ignore[misc]
    """A form; its faults stand at its fields and, together, at the top of the page."""

    BLAMED: ClassVar[Mapping[type[HotlineError], str]] = {}
    """The field that an error belongs to by its type; others name their own."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """Sentences of the library's own checks: those of Taiwan, which it has under a name of its own."""

        def get_translations(self, form: Any) -> Any:
            """Translations in the page's language."""
            return get_translations(["en" if current() == ENGLISH else "zh_TW"])

    def is_fit(self) -> bool:
        """Tell whether it was sent and every field is as it should be."""
        if not self.is_submitted():
            return False
        is_valid = self.validate()
        for field in self:
            if isinstance(field.data, str) and not is_text(field.data.replace("\r\n", "\n")):
                self.blame(field.name, _("含有無法儲存的字元；請重新輸入這一格。"))
                is_valid = False
        found = list(self.faults())
        self.blame_for_all(found)
        return bool(is_valid) and not found

    def faults(self) -> Iterable[HotlineError]:
        """Errors that the rules of its subject find in what was typed; told with those of its fields."""
        return ()

    def text(self, name: str) -> str:
        """Text of a field; empty when nothing was typed."""
        return str(self[name].data or "").replace("\r\n", "\n")

    @property
    def status(self) -> int:
        """Status of the page that shows it again."""
        return 422 if self.errors else 200

    def blame(self, name: str, text: str) -> None:
        """Say what is wrong with a field; without a name, with the whole."""
        if name:
            field: Field = self[name]
            field.errors = [*field.errors, text]
        else:
            self.form_errors.append(text)

    def writes(
        self,
        deed: Callable[[Session], Made],
        *errors: type[HotlineError],
    ) -> Made | None:
        """Do what was asked for in one transaction; None where an error keeps it from being done.

        The form says which, at the field that it belongs to. Only ``errors`` are said here, if any are given.
        """
        try:
            with write_session() as session:
                return deed(session)
        except HotlineError as error:
            if errors and not isinstance(error, errors):
                raise
            self.blame_for_all(error.together)
            return None

    def blame_for(self, error: HotlineError) -> None:
        """Say an error at the field it names, if the form has it; who may not gets a page of its own."""
        if isinstance(error, NotPermitted):
            raise error
        self.blame(self.field_of(error), in_words(error))

    def blame_for_all(self, found: Iterable[HotlineError]) -> None:
        """Say every error, each field's first."""
        for error in found:
            name = self.field_of(error)
            if not (name and self[name].errors):
                self.blame_for(error)

    def field_of(self, error: HotlineError) -> str:
        """Name of the field that an error is about; empty when it is about none of this form."""
        name = self.BLAMED.get(type(error), "") or getattr(error, "field", "")
        name = WORDS if name == "text" else name
        return name if name in self else ""


class StepForm(Form):
    """One of several forms of a page, each of which names the places of its fields after its step."""

    STEP: ClassVar[str]

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        for field in self:
            field.id = f"{self.STEP}-{field.name}"


def text_line(label: Any, *checks: Any, hint: Any = "") -> StringField:
    """A field of one line."""
    return StringField(label, checks, widget=GovTextInput(), description=hint)


def text_area(label: Any, *checks: Any, hint: Any = "") -> TextAreaField:
    """A field of several lines."""
    return TextAreaField(label, checks, widget=GovTextArea(), description=hint)


def fits(most: int, *, needed: bool = True) -> Callable[[FlaskForm, Field], None]:
    """Check of a field by the rule of texts that are kept."""

    def check(_form: FlaskForm, field: Field) -> None:
        try:
            fit(field.name, str(field.data or ""), most, needed=needed)
        except UnfitText as error:
            raise StopValidation(in_words(error)) from None

    return check


def tick_box(label: Any) -> BooleanField:
    """A yes or no."""
    return BooleanField(label, widget=GovCheckboxInput())


def choice(label: Any, *checks: Any, checked: bool = True) -> SelectField:
    """One of several; a choice that is not ``checked`` is examined by the use case."""
    return SelectField(label, checks, widget=GovSelect(), validate_choice=checked)


def radios(label: Any, names: Callable[[], Mapping[Any, str]], default: str, *checks: Any) -> RadioField:
    """One of several, all of which are seen at once."""
    return RadioField(
        label, checks, choices=lambda: list(names().items()), default=default, widget=GovRadioInput()
    )


def agency_choice(label: Any, *, needed: bool = True) -> SelectField:
    """An agency, which must be given where it is ``needed``."""
    checks = [InputRequired(_l("請選擇機關"))] if needed else []
    return choice(label, *checks, checked=False)


def button(label: Any, name: str = "") -> SubmitField:
    """The button that sends a form; the second form of a page gives its own a ``name``."""
    return SubmitField(label, widget=GovSubmitInput(), id=name or None)


def reason_form(reason: Field, submit: SubmitField | None = None) -> type[Form]:
    """A form that asks for a reason and nothing else."""
    return type("ReasonForm", (Form,), {"reason": reason, "submit": submit})


LOOK_REASON: Final = text_line(
    _l("查看的理由"), DataRequired(_l("請寫下理由，例如「民眾來電詢問進度」")), Length(max=500)
)
"""Why somebody looks at what is personal; it stays on record."""


class LookForm(Form):
    """Why somebody wants to see personal data whole."""

    reason = LOOK_REASON


class ReasonForm(Form):
    """Why something is done."""

    reason = text_area(_l("理由"), DataRequired(_l("請寫下理由")), Length(max=500))


def number_of(text: str) -> int:
    """A number that a form kept, for example a version; 0 for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else 0


def text_of(name: str) -> str:
    """A field of the form sent, without the spaces around it; empty when there is none.

    Raises UnfitText for what not every database can keep.
    """
    return fit(name, request.form.get(name, ""), LONGEST_TYPED, needed=False)


def asked_one(name: str, otherwise: Word) -> Word:
    """A word of an enum that the address asks for; what it says wrong is as if it said nothing."""
    asked, kind = request.args.get(name, "").strip(), type(otherwise)
    return kind(asked) if asked in frozenset(kind) else otherwise


def blame(form: Form, error: HotlineError, fields: Mapping[type[HotlineError], str]) -> None:
    """Say at its field what is wrong, or of the whole form where it has no field for it."""
    name = fields.get(type(error), "")
    form.blame(name if name in form else "", in_words(error))
