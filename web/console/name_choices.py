"""Lists from which a form chooses agencies, sections, people and extensions: by name, as they stand today.

A choice is sent by its code, which nobody types or sees. What is meant now stays in the list.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from flask import render_template
from markupsafe import Markup
from wtforms import SelectField

from hotline.directory.rules import Desk, Directory
from hotline.permissions import Action
from web.console.gate import may
from web.console.language import _

Groups = Mapping[str, list[tuple[str, str]]]
"""Codes and names, by the heading they stand under."""
LONG: Final = 12
"""A longer list can be narrowed by typing."""


class NamedSelect:
    """A list of names under headings, in the design system's form."""

    def __call__(self, field: SelectField, **more: Any) -> Markup:
        """Draw the field; ``params`` may give a hint."""
        hint = more.get("params", {}).get("hint", {}).get("text", "") or field.description
        many = sum(1 for _one in field.iter_choices())
        return Markup(render_template("named_select.html", field=field, hint=hint, is_long=many > LONG))


def named(label: Any, *checks: Any, hint: Any = "") -> SelectField:
    """A choice by name; what may be chosen is offered by the page and examined by the use case."""
    return SelectField(label, checks, widget=NamedSelect(), description=hint, validate_choice=False)


def offer(field: SelectField, groups: Groups, kept: str = "", nothing: str = "") -> None:
    """Offer names, under none chosen what that means; a code that none has is kept as ``kept``."""
    said = str(field.data or "")
    there = {code for group in groups.values() for code, _name in group}
    first = [("", nothing or _("（請選擇）"))]
    if said and said not in there:
        first.append((said, kept or said))
    headed = {heading: names for heading, names in groups.items() if heading}
    field.choices = {"": [*first, *groups.get("", ())], **headed}


def agencies(known: Directory, but: str = "") -> Groups:
    """Every agency but one."""
    rows = sorted(known.agencies.values(), key=lambda one: (one.closed, one.code))
    return {"": [(one.code, one.name) for one in rows if one.code != but]}


def sections(known: Directory, agency: str) -> Groups:
    """Sections of the agencies that who is signed in may change, one agency's first."""
    return {
        known.agencies[code].name: [
            (one.code, one.name) for one in _ordered(known.sections.values()) if one.agency == code
        ]
        for code in _mine(known, agency)
    }


def persons(known: Directory, agency: str) -> Groups:
    """People of an agency by section; of all that one may change where none is worked on."""
    return _by_section(
        known,
        agency,
        (
            (one.section, one.code, " ".join(filter(None, (one.name, one.title))))
            for one in _ordered(known.persons.values())
        ),
    )


def desks(known: Directory, agency: str, but: Iterable[str] = ()) -> Groups:
    """Extensions of an agency by section, without some."""
    left_out = set(but)
    return _by_section(
        known,
        agency,
        (
            (one.section, one.extension, f"{one.extension} {_sitting(known, one)}".strip())
            for one in known.desks.values()
            if one.extension not in left_out
        ),
    )


def _by_section(known: Directory, agency: str, found: Iterable[tuple[str, str, str]]) -> Groups:
    under: dict[str, list[tuple[str, str]]] = {}
    for section, code, name in found:
        under.setdefault(section, []).append((code, name))
    mine = [agency] if agency in known.agencies else list(_mine(known, agency))
    groups: dict[str, list[tuple[str, str]]] = {}
    for code in mine:
        for one in _ordered(known.sections.values()):
            if one.agency == code and one.code in under:
                heading = one.name if len(mine) == 1 else f"{known.agencies[code].name} {one.name}"
                groups.setdefault(heading, []).extend(under[one.code])
    return groups


def _mine(known: Directory, first: str) -> Iterator[str]:
    """Agencies that who is signed in may change, one first."""
    codes = sorted(known.agencies, key=lambda code: (code != first, code))
    return (code for code in codes if may(Action.DIRECTORY_CHANGE, code))


def _ordered(rows: Iterable[Any]) -> list[Any]:
    return sorted(rows, key=lambda one: one.code)


def _sitting(known: Directory, desk: Desk) -> str:
    person = known.persons.get(desk.person)
    return desk.name or (person.name if person else "")
