"""Errors in the words of the page: each class of error takes facts, and here they become a sentence.

A room of pages adds the sentences of the errors it may meet with ``@words.of(Error)``. An error without any
is said as the commands say it, so that nothing is ever left unsaid.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import wording
from hotline.errors import HotlineError, Remark
from web.console.language import current

Error = TypeVar("Error", bound=HotlineError)
Sentence = Callable[[Any], str]
_SENTENCES: dict[type[HotlineError], Sentence] = {}


def of(*kinds: type[HotlineError]) -> Callable[[Sentence], Sentence]:
    """Declare the sentence of errors."""

    def declared(sentence: Sentence) -> Sentence:
        _SENTENCES.update(dict.fromkeys(kinds, sentence))
        return sentence

    return declared


def in_words(error: Remark) -> str:
    """One sentence in the page's language that says what to do."""
    if error.code:
        return wording.sentence(error, current())
    for kind in type(error).__mro__:
        if sentence := _SENTENCES.get(kind):
            return sentence(error)
    return str(error)


def has_words(kind: type[HotlineError]) -> bool:
    """Whether an error is said in the page's language."""
    return bool(kind.code) or any(one in _SENTENCES for one in kind.__mro__)
