"""Monthly packs: editions that are there, one that is asked for, each with its pictures and files."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from flask import Response, abort, jsonify

from hotline.permissions import ANY_OTHER, Action
from reporting.office_reports import narrowed
from reporting.packs import documents, letters, rules, service
from reporting.packs.files import WordedTable, as_json, as_workbook
from reporting.packs.odt import KIND, as_odt
from reporting.packs.store import PackEdition
from reporting.table import csv_text
from web.console.answers import csv_file, lead_to, render
from web.console.date_fields import asked_month
from web.console.gate import Pages, allow, may, now, read_session, scope, stamp, write_session
from web.console.language import _, _l, current
from web.console.menu import FIGURES
from web.console.pack_pictures import pictures
from web.console.pack_words import differences, worded
from web.console.rows_behind import opened
from web.serving import late_grounds

pages = Pages("packs")
pages.in_menu(FIGURES, _l("月報全冊"), "listed", Action.REPORT_READ, place=3)
SHOWN: Final = 30
"""Rows of a table on the page; all of them are in the files."""
NAMED: Final = 12
"""Differences that the page names."""
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.read("/reports/packs", Action.REPORT_READ)
def listed() -> Response:
    """Editions, and packs that are being made."""
    with read_session() as session:
        found, waiting = service.editions(session), service.runs(session)
    return render(
        "packs/packs.html",
        editions=found,
        waiting=waiting,
        steps=len(rules.PARTS),
        month=_last_month(),
        may_make=may(Action.REPORT_READ, ANY_OTHER),
    )


@pages.read("/reports/packs/progress", Action.REPORT_READ)
def progress() -> Response:
    """The run that is made first, for the script that waits."""
    with read_session() as session:
        run = service.waiting(session)
    return jsonify({"running": run is not None, "done": run.step if run else 0, "of": len(rules.PARTS)})


@pages.change("/reports/packs", Action.REPORT_READ)
def made() -> Response:
    """Ask for the pack of a month; it is there within a minute. Raises MonthNotOver, NotPermitted."""
    month = asked_month(_last_month())
    with write_session() as session:
        service.ask(session, month, **stamp())
    return lead_to("packs.listed", _("已經開始產製，完成後會出現在下面。"), _code=303)


@pages.read("/reports/packs/<month>/<int:number>", Action.REPORT_READ)
def one(month: str, number: int) -> Response:
    """An edition: pictures of some figures, every table, and what differs from the edition before."""
    edition = _edition(month, number)
    agency = scope(Action.REPORT_READ)
    tables = worded(edition, agency)
    with read_session() as session:
        is_rendered = current() in documents.languages_of(session, edition)
    return render(
        "packs/pack.html",
        edition=edition,
        tables=tables,
        opened=_opened(edition, agency),
        shown=SHOWN,
        named=NAMED,
        pictures=[] if agency else pictures(edition),
        differences=[] if agency else differences(edition),
        letters=_letters(edition, agency),
        is_rendered=is_rendered,
        ANY_OTHER=ANY_OTHER,
    )


@pages.read("/reports/packs/<month>/<int:number>/pack.<form>", Action.REPORT_READ)
def whole(month: str, number: int, form: str) -> Response:
    """An edition as one file: a workbook; for who acts for the city its document, or JSON.

    Raises NoSuchPack, DocumentNotRendered.
    """
    edition, agency = _edition(month, number), scope(Action.REPORT_READ)
    name = f"1999-{month}-{number}"
    match form:
        case "xlsx":
            return _file(as_workbook(worded(edition, agency)), f"{name}.xlsx", XLSX)
        case "pdf" if not agency:
            with read_session() as session:
                content = documents.document(session, edition, current())
            return _file(content, f"{name}.pdf", "application/pdf")
        case "json" if not agency:
            return _file(as_json(edition), f"{name}.json", "application/json; charset=utf-8")
    abort(404)


@pages.read("/reports/packs/<month>/<int:number>/<table>.csv", Action.REPORT_READ)
def table_file(month: str, number: int, table: str) -> Response:
    """A table of an edition for a spreadsheet."""
    found = _table(worded(_edition(month, number), scope(Action.REPORT_READ)), table)
    return csv_file(csv_text(found.head, found.rows), f"1999-{month}-{number}-{table}")


@pages.read("/reports/packs/<month>/<int:number>/letters/<agency>.odt", Action.REPORT_READ)
def letter_file(month: str, number: int, agency: str) -> Response:
    """The letter that asks an agency to improve, as a draft. Raises NotPermitted, NoSuchPack."""
    allow(Action.REPORT_READ, agency)
    edition = _edition(month, number)
    if agency not in letters.agencies_to_improve(edition):
        abort(404)
    content = as_odt(letters.letter(edition, agency, late_grounds()))
    return _file(content, f"1999-{month}-{number}-{agency}.odt", KIND)


def _opened(edition: PackEdition, agency: str) -> dict[str, list[list[str]]]:
    """Addresses of what is behind each number that is shown, by table."""
    found = {}
    for name in edition.tables.keys() & rules.PARTS.keys():
        part, table = rules.PARTS[name], rules.table_of(edition.tables[name])
        table = narrowed(table, part.kind, agency) if agency else table
        rows = table.rows[:SHOWN]
        found[name] = opened(part.kind, table, rows, edition.month, part.group, edition.number)
    return found


def _letters(edition: PackEdition, agency: str) -> dict[str, str]:
    """Agencies that have a letter, or the one."""
    found = letters.agencies_to_improve(edition)
    return {code: name for code, name in found.items() if agency in ("", code)}


def _table(tables: Sequence[WordedTable], name: str) -> WordedTable:
    return next((one for one in tables if one.name == name), None) or abort(404)


def _file(content: str | bytes, name: str, kind: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=headers, content_type=kind)


def _edition(month: str, number: int) -> PackEdition:
    """Raises NoSuchPack."""
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        abort(404)
    with read_session() as session:
        return service.edition(session, first, number)


def _last_month() -> date:
    """The first day of the latest month that is over."""
    return rules.due(now())[0].first
