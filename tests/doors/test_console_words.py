"""The words of the pages: every one has its English, and none is left over."""

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

import wording
from hotline.sheets import headings
from hotline.worktime import explain as worktime
from reporting import board, call_history
from transfer import explain as transfer
from web.console.language import CHINESE, ENGLISH, FOLDER

PAGES = Path("web/console")
SPEAKING = frozenset(("_", "_l", "_n"))


def in_modules() -> Iterator[tuple[str, str]]:
    """(text, file) of every ``_("...")`` in Python."""
    for file in PAGES.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SPEAKING:
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    yield str(first.value), file.name


def in_templates() -> Iterator[tuple[str, str]]:
    """The same of templates."""
    reader = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], autoescape=True)
    for file in PAGES.rglob("*.html"):
        for call in reader.parse(file.read_text("utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in ("_", "_n", "gettext", "ngettext"):
                assert isinstance(call.args[0], nodes.Const), f"{file}: {call.args[0]} is no text"
                yield call.args[0].value, file.name


@cache
def used() -> list[tuple[str, str]]:
    """(text, file) of all that pages say."""
    return sorted({*in_modules(), *in_templates()})


@cache
def english_texts() -> dict[str, dict[str, Message]]:
    """The messages of each catalogue by their Chinese."""
    return {
        file.name: {
            message.id if isinstance(message.id, str) else message.id[0]: message
            for message in read_po(BytesIO(file.read_bytes()), locale=ENGLISH)
            if message.id
        }
        for file in sorted((FOLDER / ENGLISH / "LC_MESSAGES").glob("*.po"))
    }


@cache
def english_words() -> dict[str, Message]:
    return {text: message for texts in english_texts().values() for text, message in texts.items()}


def test_every_text_has_its_english() -> None:
    """A page in English holds no Chinese by mistake."""
    missing = {
        text: file for text, file in used() if text not in english_words() or not english_words()[text].string
    }
    assert missing == {}


def test_every_text_has_one_english() -> None:
    """Written in one file: of two, the one that is read last would be said on the pages of the other."""
    homes = [text for texts in english_texts().values() for text in texts]
    assert sorted(text for text, many in Counter(homes).items() if many > 1) == []


def test_no_english_is_left_over() -> None:
    """A text that no page says any more is no work for a translator."""
    assert sorted(set(english_words()) - {text for text, _ in used()}) == []


def gaps(text: str) -> set[str]:
    """What is filled in."""
    return set(re.findall(r"%\((\w+)\)", text))


CLAUSE = re.compile(r"(?<![\w.])(?:P\d+(?:\.\d+)*|[NV]-\d\d|§\s?\d)")


def test_no_text_cites_a_clause() -> None:
    """Nobody at a desk knows the plan's numbers;
    a route or a due time that is explained fills its clause in.
    """
    english = {text: str(message.string) for text, message in english_words().items()}
    assert [text for text, other in english.items() if CLAUSE.search(text) or CLAUSE.search(other)] == []


LATIN = re.compile(r"[A-Za-z][A-Za-z./_-]*")
LATIN_IN_CHINESE = frozenset(
    "API Alt Enter Esc Asterisk Authenticator Authorization Bearer Big CSV Excel FreeOTP Google "
    "JavaScript MB PDF QR Twilio UTF- WAV kHz F x y csv xlsx desks.csv everywhere.toml wallboard api/v "
    "openapi.json".split()
)
"""Names, formats of files, units, the directions of a plan, and addresses for who writes a program."""
EXAMPLE = re.compile(r"Alt\+[A-Z]|\S+@\S+|\d{4}-\d\d-\d\dT[\d:]+|例如 (?:liaison\.epb|lin\.mei)")
"""Keys to press, addresses, instants and logins as they are typed."""
GAP = re.compile(r"%\(\w+\)[sd]|%?\{\w+\}")
PRINTED = re.compile(r"<[^>]*>|[\w-]+=\"[^\"]*\"|\b(?:data|aria)-[\w-]+")
"""Tags, and attributes that a macro gives to a tag."""
FAMILIES = frozenset(("calm", "work", "instrument"))
"""Of pages, by which their styles differ; a template names its own as a block."""


def latin(text: str) -> set[str]:
    """Words of Latin letters that a Chinese text should not have."""
    return set(LATIN.findall(EXAMPLE.sub("", GAP.sub("", text)))) - LATIN_IN_CHINESE


def chinese_texts() -> Iterator[tuple[str, str]]:
    """(where, text) of all that somebody reads in Chinese: pages, messages, explanations, heads of files."""
    yield from ((file, text) for text, file in used())
    for file in Path("hotline/outbox/templates").glob("*.toml"):
        yield file.name, tomllib.loads(file.read_text("utf-8"))["text"]
    for words in (worktime.CHINESE, transfer.CHINESE):
        said = {
            name: value for name, value in vars(words).items() if name not in ("holidays", "times", "cites")
        }
        yield from ((type(words).__name__, text) for value in said.values() for text in _strings(value))
    yield from (("headings", name) for names in headings.CHINESE.values() for name in names)
    columns = (*call_history.COLUMNS, *board.HOUR_COLUMNS)
    yield from (("columns", wording.column(name, CHINESE)) for name in columns)


def _strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            yield from value.values()
        case tuple():
            yield from value


def test_no_chinese_text_holds_english_or_a_code() -> None:
    """A clerk reads no code, no clause's number, and no word of another language."""
    assert {text: where for where, text in chinese_texts() if latin(text) or CLAUSE.search(text)} == {}


def test_no_template_speaks_past_the_catalogue() -> None:
    """What stands in a template as it is, is read in both languages: signs and figures, no words."""
    told = {}
    for file in PAGES.rglob("*.html"):
        tokens = Environment().lex(file.read_text("utf-8"))
        text = " ".join(part for _line, kind, part in tokens if kind == "data")
        words = set(re.findall(r"[A-Za-z]{2,}|[\u4e00-\u9fff]+", PRINTED.sub(" ", text)))
        if words - {"Alt", *FAMILIES}:
            told[file.name] = words
    assert told == {}


LOCAL: Final = frozenset("agency case_event case_standing day moment role term who".split())
"""Filters that answer in the language of the page, or by the hour."""


def test_no_template_filters_a_constant() -> None:
    """It is filtered once, when the template is read, and stands in the language of who came first."""
    reader = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], autoescape=True)
    told = [
        (file.name, one.name)
        for file in PAGES.rglob("*.html")
        for one in reader.parse(file.read_text("utf-8")).find_all(nodes.Filter)
        if isinstance(one.node, nodes.Const) and one.name in LOCAL
    ]
    assert told == []


def test_gaps_are_the_same_in_both_languages() -> None:
    """What is filled in in one is filled in in the other."""
    english = {text: english_words()[text].string for text, _ in used()}
    forms = {text: [form] if isinstance(form, str) else list(form or ()) for text, form in english.items()}
    assert [t for t in forms if not all(gaps(form) - {"num"} <= gaps(t) for form in forms[t])] == []
