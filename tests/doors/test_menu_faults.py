"""Each fault of menus is told on the pages in the page's language, with file, line and what to do."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import Babel

from ivr.check import checked
from ivr.menus import FOLDER, BadMenus, read_sources
from tests.parts import catalogue
from web.console.menu_faults import SAID, WHOLE, in_words

SHIPPED = read_sources(FOLDER)
BROKEN = {
    "not a setting": ("tries = 3", "trys = 3\ntries = 3"),
    "missing": ("tries = 3", ""),
    "tries": ("tries = 3", "tries = 0"),
    "seconds": ("seconds = 5", "seconds = 99"),
    "name": ('name = "main"', 'name = "main menu"'),
    "torn": ("tries = 3", "tries ="),
    "press": ('press = "1"', 'press = "11"'),
    "twice": ('press = "2"', 'press = "1"'),
    "target": ("callback = true", 'goto = "nowhere"'),
    "queue": ('say = "V-02b.1"\nqueue = "agents"', 'say = "V-02b.1"\nqueue = "nobody"'),
    "no doing": ("extension = true", ""),
    "two doings": ("extension = true", "extension = true\ncallback = true"),
    "unknown word": ("extension = true", "extension = true\nextra = 1"),
    "language alone": ("extension = true", 'extension = true\nlanguage = "en"'),
    "no language": ("extension = true", 'extension = true\nin = "xx"'),
    "prompt": ('say = "V-02b.2"', 'say = "V-99"'),
    "announced": ('say = "V-02b.2"', 'say = "V-02b.3"'),
    "not announced": ('say = "V-02b.2"', ""),
    "silent": ('otherwise = { queue = "agents" }', 'otherwise = { goto = "main" }'),
    "stuck": ('otherwise = { queue = "agents" }', "otherwise = { repeat = true }"),
    "otherwise": ('otherwise = { queue = "agents" }', 'otherwise = "agents"'),
    "no person": ('press = "0"\nsay = "V-02b.0"\nqueue = "agents"', 'press = "0"\nsay = "V-02b.0"\nrepeat = true'),
    "two first": ('name = "main"', 'name = "main"\nfirst = true'),
    "same name": ('name = "main"', 'name = "language"'),
}  # fmt: skip


@pytest.fixture(autouse=True)
def page() -> Iterator[None]:
    """A page in Chinese."""
    app = Flask(__name__)
    Babel(app, default_locale="zh_Hant_TW")
    with app.test_request_context():
        yield


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN)
def test_a_fault_is_told_in_chinese(change: tuple[str, str]) -> None:
    """None is left in English, and each ends as a sentence."""
    assert change[0] in SHIPPED["main.toml"]
    broken = {**SHIPPED, "main.toml": SHIPPED["main.toml"].replace(*change, 1)}
    with pytest.raises(BadMenus) as refused:
        checked(broken, catalogue())
    for fault in refused.value.faults:
        told = in_words(fault)
        assert told != fault and not re.search(r"\b(must|not|is|the|which)\b", told), (fault, told)


def test_every_sentence_of_the_check_has_its_twin() -> None:
    """As many kinds of faults as the check knows are known here: a new one is found missing."""
    kinds = sum(_sentences(Path(name)) for name in ("ivr/menus.py", "ivr/check.py"))
    assert (
        kinds - len(SAID) - len(WHOLE) == 1
    )  # an unknown setting is said alike of a menu and of everywhere.toml


def _sentences(file: Path) -> int:
    """How many texts a file adds to the faults or yields."""
    found = 0
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        match node:
            case ast.Call(func=ast.Attribute(attr="append" | "extend", value=ast.Name(id="faults"))):
                found += 1
            case ast.Expr(value=ast.Yield(value=ast.JoinedStr())):
                found += 1
            case ast.YieldFrom(value=ast.GeneratorExp(elt=ast.JoinedStr())):
                found += 1
    return found
