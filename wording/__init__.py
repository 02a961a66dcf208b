"""Texts that people read: the sentence of each error and the name of each term, in Traditional Chinese and
English.

One catalogue by gettext serves pages, API and command line; the rooms below raise facts and know no sentence.
``translations`` holds it as text, compiled at set-up. Never enters: a rule, a page, a command to type.
"""

from wording.catalogue import (
    CHINESE,
    ENGLISH,
    column,
    day,
    fact,
    length,
    listed,
    moment,
    name,
    sentence,
    term,
)

__all__ = [
    "CHINESE",
    "ENGLISH",
    "column",
    "day",
    "fact",
    "length",
    "listed",
    "moment",
    "name",
    "sentence",
    "term",
]
