"""Choice of what callers hear before the menu: each announcement with its words and its sound."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import url_for
from wtforms import RadioField

from administration import bulletins
from hotline.permissions import Action
from ivr.bulletins import PREFIX
from ivr.numerals import Language
from web.console.forms import radios
from web.console.gate import house, may, me
from web.console.language import _, either
from web.console.menu_words import LANGUAGES, SpokenPrompt, in_all_languages

NOTHING: Final = "-"
"""Value of the choice that nothing is played."""


@dataclass(frozen=True, slots=True)
class OfferedAnnouncement:
    """An announcement that callers may hear: its sounds, whether it plays, and whether who looks has heard
    it.
    """

    name: str
    sounds: Sequence[SpokenPrompt]
    is_on: bool
    is_ready: bool


def announcement_choice(label: Any, default: str) -> RadioField:
    """One of the announcements, or none."""

    def names() -> dict[str, str]:
        language = either(Language.MANDARIN, Language.ENGLISH)
        return {**bulletins.recorded(house().catalogue, language), NOTHING: _("不播放")}

    return radios(label, names, default)


def offered() -> list[OfferedAnnouncement]:
    """All announcements, those of the call centre's own last, as a page offers them."""
    found = [heard(name) for name in bulletins.recorded(house().catalogue)]
    return [one for one in found if one]


def heard(name: str) -> OfferedAnnouncement | None:
    """An announcement by its name; None for none, or one that is no more."""
    prompt, here = f"{PREFIX}{name}", house()
    if not name or prompt not in here.catalogue:
        return None
    own = here.announcements.all().get(prompt)
    is_ready = own is None or own.was_heard_by(me().login)
    return OfferedAnnouncement(name, _sounds(name), prompt in here.bulletins.on(), is_ready)


def _sounds(name: str) -> Sequence[SpokenPrompt]:
    """Sounds by language; of the call centre's own, for who may switch them, where listening is on record."""
    prompt = f"{PREFIX}{name}"
    own = house().announcements.all().get(prompt)
    if own and may(Action.BULLETIN_SWITCH):
        return [
            SpokenPrompt(
                prompt,
                str(LANGUAGES[language]),
                language,
                text,
                url_for("bulletins.sound", name=name, language=language),
            )
            for language, text in own.texts.items()
        ]
    return in_all_languages(prompt)
