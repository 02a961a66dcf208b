"""The form in which an interpreter notes what a session was about (P6.4, P6.5)."""

from typing import TypedDict

from flask_wtf import FlaskForm
from wtforms import Field
from wtforms.validators import InputRequired, StopValidation

from calls.topics import Topic, UnknownTopic
from hotline.video.misuse import LONGEST
from web.console import agencies
from web.console.forms import Form, choice, fits, text_line, tick_box
from web.console.language import _, _l, in_words


class Note(TypedDict):
    """The matter of a session; ``misuse``: outside of its purpose."""

    topic: str
    agency: str
    misuse: bool


def _is_topic(_form: FlaskForm, field: Field) -> None:
    try:
        Topic.of(str(field.data))
    except UnknownTopic as error:
        raise StopValidation(in_words(error)) from None


def _is_agency(_form: FlaskForm, field: Field) -> None:
    """Refuse what names no agency, or several."""
    typed, found = str(field.data or "").strip(), _named(str(field.data or ""))
    if typed and not found:
        raise StopValidation(_("沒有這個機關；請打名稱的一部分，再從名單選。"))
    if len(found) > 1:
        raise StopValidation(_("符合的機關有 %(names)s，請選一個。", names="、".join(found.values())))


def _named(typed: str) -> dict[str, str]:
    """The agencies that a text names: the one of this name, else those whose names hold it."""
    words = typed.strip()
    all_of_them = agencies.names() if words else {}
    exact = {code: called for code, called in all_of_them.items() if called == words}
    return exact or {code: called for code, called in all_of_them.items() if words in called}


class SessionNoteForm(Form):
    """Topic, as after a call at the desk; the agency by its name; misuse."""

    topic = choice(_l("主題"), InputRequired(_l("請選擇主題")), _is_topic, checked=False)
    agency = text_line(_l("業務機關"), _is_agency)
    misuse = tick_box(_l("不是為民眾洽公使用"))
    what = text_line(_l("發生了什麼事（會留在不當使用的紀錄）"), fits(LONGEST, needed=False))

    def note(self) -> Note:
        """What it says."""
        return Note(
            topic=self.text("topic"),
            agency=next(iter(_named(self.text("agency"))), ""),
            misuse=bool(self.misuse.data),
        )

    @property
    def incident(self) -> str:
        """What happened that was outside of the purpose; empty where nothing was written."""
        return self.text("what").strip() if self.misuse.data else ""
