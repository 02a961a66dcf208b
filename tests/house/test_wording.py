"""The catalogue of sentences: every error and every term is in it, in both languages,
and says nothing that it must not.
"""

import re
from collections.abc import Iterator
from enum import Enum
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from hotline.errors import Remark
from hotline.runtime_settings.rules import TUNABLE
from hotline.terms import GROUP
from tests.house.test_arrows import ROOMS
from wording import CHINESE, ENGLISH
from wording.catalogue import FOLDER

DOMAINS = ("errors", "terms")
GAP = re.compile(r"%\((\w+)\)s")
NOT_IMPORTED = re.compile(r"\.__main__$|^ops\.(bench|soak|migrations|voices)")
"""Modules that do something when they are imported, or need what is not installed;
none has an error of its own.
"""
NAMES_IN_CHINESE = frozenset("CSV PDF UTF Big XLSX MB T x y Asterisk Debian Python".split())
"""Words of Latin letters that are written so in Chinese too."""


def classes(kind: type) -> Iterator[type]:
    """Everything below a class."""
    for one in kind.__subclasses__():
        yield one
        yield from classes(one)


@pytest.fixture(scope="module")
def ours() -> None:
    """Every module is imported, so that every class is known."""
    for room in ROOMS:
        for found in walk_packages(import_module(room).__path__, f"{room}."):
            if not NOT_IMPORTED.search(found.name):
                import_module(found.name)


@pytest.fixture(scope="module")
def errors(ours: None) -> list[type[Remark]]:
    """Every class of error."""
    return [one for one in classes(Remark) if one.__module__.partition(".")[0] in ROOMS and one.code]


def catalogue(domain: str, language: str) -> Catalog:
    """As it is written."""
    with (FOLDER / language / "LC_MESSAGES" / f"{domain}.po").open("rb") as file:
        return read_po(file, locale=language)


def texts(domain: str, language: str) -> dict[str, str]:
    """Its texts by name."""
    return {str(one.id): str(one.string) for one in catalogue(domain, language) if one.id}


def variants(error: type[Remark]) -> list[str]:
    """On what the sentence of an error may depend: what its fact or property may be."""
    if not error.varies_by:
        return [""]
    member = getattr(error, error.varies_by, None)
    found = (
        get_type_hints(member.fget)["return"]
        if isinstance(member, property)
        else get_type_hints(error)[error.varies_by]
    )
    if get_origin(found) is Literal:
        return [str(one) for one in get_args(found)]
    kinds = [one for one in classes(Enum) if getattr(one, GROUP, "") == error.code] or [found]
    assert all(issubclass(one, Enum) for one in kinds), f"{error.__name__}.{error.varies_by}: {found}"
    return [str(one.value) for kind in kinds for one in kind]


def msgids(error: type[Remark]) -> set[str]:
    """Every sentence of an error."""
    return {f"{error.code}.{one}" if one else error.code for one in variants(error)}


def test_every_error_has_a_code_of_its_own(errors: list[type[Remark]]) -> None:
    """In kebab case; programs know it as the type of a problem."""
    codes = [one.code for one in errors]
    assert [one.__qualname__ for one in errors if not re.fullmatch(r"[a-z]+(-[a-z]+)*", one.code)] == []
    assert sorted(code for code in set(codes) if codes.count(code) > 1) == []


@pytest.mark.parametrize("language", [CHINESE, ENGLISH])
def test_every_error_has_its_sentences_and_no_sentence_is_left_over(
    errors: list[type[Remark]], language: str
) -> None:
    """One for each of what its sentence depends on."""
    needed = set().union(*(msgids(one) for one in errors))
    assert {name for name, text in texts("errors", language).items() if text} == needed


@pytest.mark.parametrize("language", [CHINESE, ENGLISH])
def test_every_gap_is_a_fact(errors: list[type[Remark]], language: str) -> None:
    """Of the class whose sentence it is; those that are told as ``facts`` are proved where they are found."""
    said = texts("errors", language)
    strange = {
        (msgid, gap)
        for error in errors
        for msgid in msgids(error)
        for gap in GAP.findall(said.get(msgid, ""))
        if not (hasattr(error, gap) or {gap, "facts"} & get_type_hints(error).keys())
    }
    assert strange == set()


@pytest.mark.parametrize("domain", DOMAINS)
def test_both_languages_tell_the_same_facts(domain: str) -> None:
    """The same names, and in each text the same gaps."""
    chinese, english = texts(domain, CHINESE), texts(domain, ENGLISH)
    gaps = {
        language: {name: set(GAP.findall(text)) for name, text in said.items()}
        for language, said in ((CHINESE, chinese), (ENGLISH, english))
    }
    assert gaps[CHINESE] == gaps[ENGLISH]


@pytest.mark.parametrize("language", [CHINESE, ENGLISH])
@pytest.mark.parametrize("domain", DOMAINS)
def test_a_text_is_written_once_and_for_people(domain: str, language: str) -> None:
    """Without codes, clause numbers and commands; a Chinese one without English."""
    path = FOLDER / language / "LC_MESSAGES" / f"{domain}.po"
    written = re.findall(r'^msgid "(.+)"$', path.read_text("utf-8"), re.MULTILINE)
    assert len(written) == len(set(written))
    for name, text in texts(domain, language).items():
        said = GAP.sub("", text)
        assert not re.search(r"%(?!\()|§|\bP\d+\.|HOTLINE_|hotline [a-z]+ |--[a-z]", said), name
        if language == CHINESE:
            assert set(re.findall(r"[A-Za-z]+", said)) <= NAMES_IN_CHINESE, name


@pytest.mark.parametrize("language", [CHINESE, ENGLISH])
def test_every_member_of_a_named_enum_has_its_name(errors: list[type[Remark]], language: str) -> None:
    """And a group of one enum holds no other word. Enums that are named as an error are its variants."""
    said, codes = texts("terms", language), {one.code for one in errors}
    for kind in classes(Enum):
        group = getattr(kind, GROUP, "")
        if group and group not in codes:
            words: Any = {f"{group}.{one.value}" for one in kind}  # type: ignore[attr-defined]
            assert words == {name for name in said if name.partition(".")[0] == group}, kind


def test_every_setting_of_the_pages_has_its_name() -> None:
    """Those that are set while calls go on, and no other."""
    said = {name.partition(".")[2] for name in texts("terms", CHINESE) if name.startswith("setting.")}
    assert said == set(TUNABLE)


def test_what_is_compiled_is_what_is_written() -> None:
    """By ``ops/bootstrap.sh``, which the tests run first."""
    for path in (*FOLDER.glob("*/LC_MESSAGES/*.po"), *Path("web/translations").glob("*/LC_MESSAGES/*.po")):
        assert path.with_suffix(".mo").exists(), path
