"""Whatever is typed, at every verb and in every place:
a sentence, never a traceback, a control character, a broken row.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import pytest
from click.testing import CliRunner, Result

from hotline import clock
from hotline.db import transaction
from hotline.numbers import e164
from hotline.settings import Settings
from ops.cli.main import main
from ops.wiring import House, workshop
from tests.beginnings import copied
from tests.doors.founding import founded
from tests.doors.test_cli_help import TREE

ELSEWHERE: Final = frozenset(
    (
        "up",
        "walk",
        "check",
        "settings",
        "call",
        "prompts build",
        "prompts check",
        "asterisk install",
        "asterisk rx",
        "recordings verify",
        "twilio configure",
    )
)
"""Verbs that start something, ask a person or the network, or take no words."""
VERBS: Final = {
    " ".join(path): one
    for path, one in TREE.items()
    if not isinstance(one, click.Group) and " ".join(path) not in ELSEWHERE
}
NO_TEXT: Final = ("\x00", "a\x00b", "\udcff", "x\x1b[2J\r\x07", "\u202e5112")
STRANGE: Final = (
    "",
    "-1",
    "9" * 40,
    "2147483648",
    "界" * 3000,
    "0001-01-01T00:00",
    "9999-12-31T23:59",
    "9999-12-31",
    "9999-12",
    "a,b=c",
    "１２",
    "x\nfake line",
)
WORDS: Final = {
    "by": "admin-1", "login": "mei", "callback_id": "1", "number": "0912345678", "matter": "x", "entry": "1",
    "extension": "5112", "target": "5113", "person": "p-5112", "day": "2026-12-10", "agency": "epb",
    "section": "epb-clean", "key": "5112", "phone": "agent-1", "to": "officer-5113", "call_id": "door-1.1",
    "until": "2036-12-24T10:00", "since": "2026-12-20T10:00", "numbers": "0922333444", "first": "2026-11",
    "evidence": "door-1.1", "path": "nowhere", "notice_id": "1", "place": "1", "seat": ("5F", "1", "2"),
    "opens": "08:30", "closes": "17:30", "pause": ("12:30", "13:30"),
    "first_day": "2026-12-01", "last_day": "2026-12-02", "calls": "9", "training_on": "2026-12-01", "request": "1",
    "asked_at": "2026-11-24T10:00", "logins": "agent-1", "entries": "1", "subject": "11411240001",
}  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The fictional city with one promise;
    commands run in a folder of their own, where they may leave files.
    """
    place = tmp_path_factory.mktemp("hostile")
    settings, before = Settings(home=place / "home"), Path.cwd()
    copied("founded", settings.home, founded)
    made = workshop(settings, "tests")
    with transaction(made.factory) as session:
        made.callbacks.promise(
            session, "door-1.1", e164("0912345678"), "zh-TW", "caller", clock.now(), "5112"
        )
    os.chdir(place)
    yield made
    os.chdir(before)
    made.engine.dispose()


def places(verb: str) -> list[click.Parameter]:
    """Where a person types a word."""
    return [one for one in VERBS[verb].params if not (isinstance(one, click.Option) and one.is_flag)]


def typed(house: House, verb: str, changed: click.Parameter, word: str) -> Result:
    """The verb with a fit word in every place but one."""
    options, bare = list[str](), list[str]()
    for one in VERBS[verb].params:
        is_place = isinstance(one, click.Argument)
        if one is not changed and not (one.required or is_place):
            continue
        fit = WORDS.get(one.name or "", "x")
        if isinstance(one.type, click.Choice):
            fit = str(one.type.choices[0])
        words = [word] * max(1, one.nargs) if one is changed else [fit] if isinstance(fit, str) else [*fit]
        if is_place:
            bare += words
        elif not (isinstance(one, click.Option) and one.is_flag):
            options += [one.opts[0], *words]
    line = [*verb.split(), *options, *(["--", *bare] if bare else [])]
    return CliRunner().invoke(main, line, env={"HOTLINE_HOME": str(house.settings.home)})


FEW = [pytest.param(verb, marks=[pytest.mark.matrix] if n % 6 else []) for n, verb in enumerate(VERBS)]
"""Every sixth verb in the plain run."""


@pytest.mark.parametrize("verb", FEW)
def test_strange_words_are_answered_in_a_sentence(house: House, verb: str) -> None:
    """Accepted or refused; nothing else comes of them."""
    for place in places(verb):
        for word in STRANGE:
            result = typed(house, verb, place, word)
            told = f"{verb} {place.name}={word[:30]!r}: {result.output[:300]} {result.exception!r}"
            assert result.exception is None or isinstance(result.exception, SystemExit), told
            assert result.exit_code in (0, 1, 2) and "database cannot be asked" not in result.output, told
            assert not set("\x00\x07\x1b\r\u202e") & set(result.output), told


@pytest.mark.parametrize("word", NO_TEXT)
def test_what_is_no_text_is_refused_before_anything_is_looked_at(house: House, word: str) -> None:
    """At every verb and place: no database could keep it, no terminal show it."""
    for verb in VERBS:
        for place in places(verb):
            result = typed(house, verb, place, word)
            assert result.exit_code == 2 and "holds what is no text" in result.output, (verb, place.name)
