"""Phrases of a menu that is being changed: one moves with its key, and new words get a sound before they are
saved.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace

from flask import request, url_for
from werkzeug.datastructures import FileStorage

from administration import announcements
from hotline.errors import HotlineError
from ivr.announcements import PHRASES
from ivr.check import said_with
from ivr.numerals import Language
from ivr.speech.typed import VoicesMissing
from web.console.gate import factory, house, stamp
from web.console.language import _, in_words
from web.console.menu_editing import KeyRow, words_of
from web.console.menu_words import LANGUAGES, SpokenPrompt, key_name, spoken


def phrased(rows: Sequence[KeyRow]) -> tuple[list[KeyRow], list[str]]:
    """The rows, each with the phrase that says its words and names its key; and why one has none.

    What no prompt says yet is made: of recordings that were sent, else spoken.
    """
    done, faults = list[KeyRow](), list[str]()
    for row, recordings in zip(rows, _recordings(rows), strict=True):
        try:
            done.append(_phrased(row, recordings))
        except VoicesMissing:
            first = next(iter(_wanted(row).values()))
            faults.append(
                _(
                    "%(key)s：「%(words)s」還沒有聲音。這台主機沒有語音合成，請錄下或上傳這句話的每一種語言。",
                    key=key_name(row.press),
                    words=first,
                )
            )
            done.append(replace(row, say="", words=_wanted(row)))
        except HotlineError as error:
            faults.append(_("%(key)s：%(why)s", key=key_name(row.press), why=in_words(error)))
            done.append(replace(row, say="", words=_wanted(row)))
    return done, faults


def _phrased(row: KeyRow, recordings: Mapping[Language, bytes]) -> KeyRow:
    wanted = _wanted(row)
    is_said = not wanted or wanted == words_of(row.say)
    if not row.press or (is_said and not recordings):
        return row
    if not recordings and (known := next(_saying(wanted), "")):
        return replace(row, say=known, words=wanted)
    texts = {**wanted, **{language: "" for language in recordings if language not in wanted}}
    own = house().announcements
    name = announcements.make(factory(), own, announcements.PHRASE, texts, recordings, **stamp())
    return replace(row, say=announcements.PHRASE.prompt(name), words=wanted)


def _wanted(row: KeyRow) -> dict[Language, str]:
    """What the phrase of a row shall say: its words, naming its key."""
    if not row.press:
        return {**row.words}
    return {language: said_with(text, language, row.press) for language, text in row.words.items()}


def _saying(words: Mapping[Language, str]) -> Iterator[str]:
    """Prompts that say just this."""
    return (name for name in house().catalogue.entries if words_of(name) == words)


def _recordings(rows: Sequence[KeyRow]) -> list[dict[Language, bytes]]:
    """Recordings that were sent with each row, by language."""
    return [dict(_sent_with(row)) for row in rows]


def _sent_with(row: KeyRow) -> Iterator[tuple[Language, bytes]]:
    for language in house().catalogue.spoken_languages:
        sent = request.files.get(f"file-{row.at}-{language}")
        if isinstance(sent, FileStorage) and sent.filename:
            with closing(sent):
                yield language, sent.read()


def heard(row: KeyRow) -> list[SpokenPrompt]:
    """The phrase of a row in each of its languages; one of one's own where listening is on record."""
    if row.say.startswith(PHRASES):
        name = announcements.PHRASE.name(row.say)
        return [
            SpokenPrompt(
                row.say,
                str(LANGUAGES[language]),
                language,
                text,
                url_for("menu_edit.sound", name=name, language=language),
            )
            for language, text in words_of(row.say).items()
        ]
    return [spoken(row.say, language) for language in words_of(row.say)]
