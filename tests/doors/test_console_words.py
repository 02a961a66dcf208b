"""The words of the pages: every one has its English, and none is left over."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from web.console.language import ENGLISH, FOLDER

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
            if isinstance(call.node, nodes.Name) and call.node.name in ("_", "gettext", "ngettext"):
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


def test_gaps_are_the_same_in_both_languages() -> None:
    """What is filled in in one is filled in in the other."""
    english = {text: english_words()[text].string for text, _ in used()}
    forms = {text: [form] if isinstance(form, str) else list(form or ()) for text, form in english.items()}
    assert [t for t in forms if not all(gaps(form) - {"num"} <= gaps(t) for form in forms[t])] == []
