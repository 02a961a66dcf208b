"""Each fault of menus has its sentence in both languages, with file, line and what to do."""

import pytest

from ivr.check import checked
from ivr.menu_faults import BadMenus, Flaw
from ivr.menus import FOLDER, read_sources
from tests.parts import catalogue
from wording import CHINESE, ENGLISH, sentence

SHIPPED = read_sources(FOLDER)
BROKEN = {
    "not a setting": ("tries = 3", "trys = 3\ntries = 3"),
    "missing": ("tries = 3", ""),
    "tries": ("tries = 3", "tries = 0"),
    "silences": ("tries = 3", "tries = 3\nsilences = 0"),
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
    "no person": (
        'press = "0"\nsay = "V-02b.0"\nqueue = "agents"',
        'press = "0"\nsay = "V-02b.0"\nrepeat = true',
    ),
    "two first": ('name = "main"', 'name = "main"\nfirst = true'),
    "same name": ('name = "main"', 'name = "language"'),
}


FOUND_ELSEWHERE = {
    Flaw.ENCODING,
    Flaw.UNREADABLE,
    Flaw.EVERYWHERE,
    Flaw.UNREACHABLE,
    Flaw.NO_TEXT,
    Flaw.UNNAMED_KEY,
    Flaw.KEYS,
    Flaw.NO_KEYS,
}
"""By ``tests/rules/test_menus.py``."""


def flaws(change: tuple[str, str]) -> set[Flaw]:
    """What is found after a change, each said in both languages."""
    assert change[0] in SHIPPED["main.toml"]
    broken = {**SHIPPED, "main.toml": SHIPPED["main.toml"].replace(*change, 1)}
    with pytest.raises(BadMenus) as refused:
        checked(broken, catalogue())
    for fault in refused.value.faults:
        assert sentence(fault, CHINESE).endswith("。") and "%(" not in sentence(fault, ENGLISH)
    return {fault.flaw for fault in refused.value.faults}


def test_every_fault_is_found_and_said() -> None:
    """None is left out, and no fact is missing in its sentence."""
    found = set().union(*(flaws(change) for change in BROKEN.values()))
    assert found == set(Flaw) - FOUND_ELSEWHERE
