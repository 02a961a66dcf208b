"""A menu's file that is edited keeps every comment, blank line and order that the edit does not touch."""

import tomllib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.menu_text import edited
from ivr.menus import FOLDER

WRITTEN = """\
# 夜間選單，9 月起試辦。

# Two languages.
name = "night"   # 不要改名


tries = 3               # 第三次之後由服務人員接聽
# 之後：
otherwise = { queue = "agents" } # 服務人員
seconds = 5

# 最常用的放在前面
[[key]] # 第一鍵
press   = "1"
# V-02b.1 重錄過
say = "V-02b.1"
queue = "agents"  # 值班人員

  # 手語
  [[key]]
  press = "4"
  say = "V-02b.4"
  in = "en"     # 這一句用英語唸
  inform = "sign-language-hours"     # 每月更新

# 以下少用。

[[key]]
press = "*"
repeat = true
# 完
"""
Table = dict[str, Any]


def changed(change: Callable[[Table], object]) -> str:
    """The text after a change to what it reads as."""
    table = tomllib.loads(WRITTEN)
    change(table)
    text = edited(WRITTEN, table)
    assert tomllib.loads(text) == {**table, "key": [key for key in table["key"] if key]}
    return text


def with_lines(*pairs: tuple[str, str]) -> str:
    """The text with these lines in the place of those."""
    text = WRITTEN
    for old, new in pairs:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize("file", sorted(path.name for path in FOLDER.glob("*.toml")))
def test_what_is_not_changed_stays_to_the_byte(file: str) -> None:
    text = (FOLDER / file).read_text("utf-8")
    assert edited(text, tomllib.loads(text)) == text
    assert changed(lambda table: None) == WRITTEN


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        (lambda menu: menu.update(tries=2), [("tries = 3 ", "tries = 2 ")]),
        (
            lambda menu: menu.update(otherwise={"goto": "main", "language": "ja"}),
            [('{ queue = "agents" }', '{ goto = "main", language = "ja" }')],
        ),
        (lambda menu: menu.update(first=True), [("seconds = 5\n", "seconds = 5\nfirst = true\n")]),
        (lambda menu: menu["key"][0].update(press="7"), [('press   = "1"', 'press = "7"')]),
        (lambda menu: menu["key"][1].update(say="V-03"), [('"V-02b.4"', '"V-03"')]),
        (lambda menu: menu["key"][2].update(say="V-09"), [("true\n#", 'true\nsay = "V-09"\n#')]),
        (lambda menu: menu["key"][1].pop("in"), [('  in = "en"     # 這一句用英語唸\n', "")]),
        (
            lambda menu: menu["key"].__setitem__(
                1, {"press": "4", "say": "V-02b.4", "in": "en", "callback": True}
            ),
            [('inform = "sign-language-hours" ', "callback = true ")],
        ),
        (
            lambda menu: menu["key"].append({"press": "0", "queue": "agents"}),
            [("# 完\n", '# 完\n\n[[key]]\npress = "0"\nqueue = "agents"\n')],
        ),
    ],
    ids=[
        "a setting",
        "where silence leads",
        "a new setting",
        "the key to press",
        "what is said",
        "a new announcement",
        "no fixed language",
        "what a key does",
        "a new key",
    ],
)
def test_an_edit_changes_its_own_line(
    change: Callable[[Table], object], lines: list[tuple[str, str]]
) -> None:
    assert changed(change) == with_lines(*lines)


@pytest.mark.parametrize("at", range(3))
def test_a_key_that_is_taken_out_leaves_the_comments_around_it(at: int) -> None:
    """What stands behind its values goes with them."""
    text = changed(lambda menu: menu["key"].__setitem__(at, {}))
    kept = [line for line in WRITTEN.splitlines() if line.lstrip().startswith("#")]
    assert [line for line in text.splitlines() if line.lstrip().startswith("#")] == kept
    whole = iter(WRITTEN.splitlines())
    assert all(line in whole for line in text.splitlines())  # nothing else, in the old order


def test_without_any_key_the_list_is_empty() -> None:
    """So that the check says what is wrong."""
    table = tomllib.loads(WRITTEN) | {"key": [{}, {}, {}]}
    assert tomllib.loads(edited(WRITTEN, table)) == {**table, "key": []}
    emptied = edited(WRITTEN, table)
    assert tomllib.loads(edited(emptied, tomllib.loads(WRITTEN))) == tomllib.loads(WRITTEN)


words = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
rows = st.lists(
    st.dictionaries(st.sampled_from(["press", "say", "in", "queue"]), words | st.just(True)), max_size=5
)


@given(rows, words, st.integers(0, 99))
def test_whatever_a_form_sends_is_what_is_read(keys: list[Table], otherwise: str, tries: int) -> None:
    """Quotes, control characters and line ends are values, never lines."""
    table = {"name": "night", "otherwise": {"goto": otherwise}, "seconds": 5, "tries": tries, "key": keys}
    assert tomllib.loads(edited(WRITTEN, table)) == {**table, "key": [key for key in keys if key]}
