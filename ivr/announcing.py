"""Announcements of a transfer to caller and callee: V-05, V-06, V-08, and the whisper before the bridge."""

from datetime import timedelta

from ivr import spoken
from ivr.numerals import Language
from ivr.prompts import Prompt
from ivr.steps import Prompts
from ivr.turn import Book
from transfer.ladder import Rung
from transfer.reasons import RungKind

NEXT: Prompts = (Prompt("V-06"),)


def first(book: Book, rung: Rung, language: Language) -> Prompts:
    """Prompts before the first ring: V-08 to the officer on duty, else V-05, with the section if recorded."""
    if rung.kind is RungKind.DUTY:
        return (Prompt("V-08"),)
    named = f"V-05.{rung.section}"
    is_recorded = named in book.catalogue and book.catalogue.has_voice(named, language)
    return (Prompt(named if is_recorded else "V-05"),)


def length(book: Book, words: Prompts) -> timedelta:
    """Upper limit of how long these words last."""
    return timedelta(seconds=sum(book.catalogue.entries[prompt.id].max_seconds for prompt in words))


def whisper(rung: Rung, asked: str, wanted: Language) -> Prompts:
    """Whisper to who answers: a transfer of 1999, the extension wanted if it is another's, the language."""
    said = [WHISPERED.get(rung.kind, "officer.proxy")]
    digits: Prompts = ()
    if asked and rung.kind is not RungKind.DESK:
        said.append("officer.asked")
        digits = spoken.digits(asked, Language.MANDARIN)
    if wanted is not Language.MANDARIN:
        digits = (*digits, Prompt(f"agent.{wanted}"))
    return tuple(
        Prompt(prompt.id, Language.MANDARIN) for prompt in (*(Prompt(name) for name in said), *digits)
    )


WHISPERED = {RungKind.DESK: "officer.transfer", RungKind.DUTY: "officer.urgent"}
