"""Words of a monthly pack: its tables by their names, columns and cells, and what differs from before."""

from collections.abc import Sequence
from typing import Any

from flask import Flask
from flask_babel import force_locale

from reporting.office_reports import narrowed
from reporting.packs.files import WordedTable
from reporting.packs.rules import ABSENT, PARTS, table_of
from reporting.packs.store import PackEdition
from web.console.language import _, either
from web.console.report_words import BY_GROUP, COUNTED, GROUPS, REPORTS, heads, rows, word


def title(name: str) -> str:
    """Name of a table, with what a row of it is where that is asked."""
    part = PARTS[name]
    words, group = REPORTS[part.kind], GROUPS[part.group]
    return either(f"{words}（{group}）", f"{words} ({group})") if part.kind in BY_GROUP else str(words)


def worded(edition: PackEdition, agency: str = "") -> list[WordedTable]:
    """Tables of an edition in words, in the order of the pack; of one agency, its rows."""
    return [_table(name, edition.tables[name], agency) for name in PARTS if name in edition.tables]


def worded_in(app: Flask, edition: PackEdition, language: str) -> list[WordedTable]:
    """The same where no page is asked for: in a language."""
    with app.app_context(), force_locale(language):
        return worded(edition)


def _table(name: str, frozen: Any, agency: str) -> WordedTable:
    kind, table = PARTS[name].kind, table_of(frozen)
    if agency:
        table = narrowed(table, kind, agency)
    return WordedTable(name, title(name), str(COUNTED[kind]), heads(table), table.left, rows(table))


def differences(edition: PackEdition) -> Sequence[tuple[str, str, str, str, str]]:
    """What is otherwise than in the edition before: table, row, column, what it was, what it is."""
    return [_difference(edition, one) for one in edition.differences]


def _difference(edition: PackEdition, one: dict[str, Any]) -> tuple[str, str, str, str, str]:
    if one["table"] not in PARTS:
        return _("另外還有"), "", "", "", one["now"]
    head = edition.tables.get(one["table"], {}).get("head", [one["column"]])
    columns = dict(
        zip(head, heads(table_of({"title": "", "head": head, "left": 0, "rows": []})), strict=True)
    )
    named = (word(*of) for of in zip(head, one["row"], strict=False))
    row = " ".join(filter(None, named))
    was, now = (_cell(one["column"], one[which]) for which in ("was", "now"))
    return title(one["table"]), row, columns.get(one["column"], one["column"]), was, now


def _cell(column: str, cell: str) -> str:
    return cell if cell == ABSENT else word(column, cell)
