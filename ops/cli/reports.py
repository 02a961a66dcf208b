"""``hotline report``: the pack of a month that is over, frozen and as files (P10)."""

import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from hotline import clock, disk
from ops.cli.options import FOLDER, CommandGroup, DateParam, minute, say, say_each
from ops.machine.users import acting_as_caller
from ops.wiring import House

if TYPE_CHECKING:
    from reporting.packs.store import PackEdition

MONTH: Final = DateParam("YYYY-MM", lambda text: date.fromisoformat(f"{text}-01"), "a month", "2026-10")
COMMAND: Final = "command"
"""Who made an edition that was asked for on this machine."""
LANGUAGES: Final = {"zh-TW": "zh_Hant_TW", "en": "en"}


@click.group(cls=CommandGroup)
def report() -> None:
    """Reports of months that are over."""


@report.command("month")
@click.argument("month", type=MONTH)
@click.option("--out", required=True, type=FOLDER, help="folder for the files")
@click.option("--language", type=click.Choice(tuple(LANGUAGES)), default="zh-TW", help="of the words in them")
@click.pass_obj
def month_pack(house: House, month: date, out: Path, language: str) -> None:
    """Freeze the figures of MONTH as an edition, if any is otherwise than in the last, and write its files:
    JSON, a workbook, a document (PDF), a CSV file a table, and drafts of letters to agencies.
    """
    from reporting.packs.rules import PARTS

    with click.progressbar(length=len(PARTS), label=f"{month:%Y-%m}", file=sys.stderr) as bar:
        edition = house.packs.make(month, COMMAND, clock.now(), lambda _step: bar.update(1))
    files = _files(house, edition, LANGUAGES[language])
    with acting_as_caller():
        for name, content in files.items():
            disk.keep(out / name, content)
    say(f"{month:%Y-%m}, edition {edition.number}, as known at {minute(edition.counted_at)}")
    say(f"{len(edition.differences)} numbers are otherwise than in the edition before it")
    say_each(str(out / name) for name in files)


def _files(house: House, edition: "PackEdition", language: str) -> Mapping[str, str | bytes]:
    """The files of an edition by their names in the folder."""
    from ops.jobs.pack_documents import document_of
    from reporting.packs import letters
    from reporting.packs.files import as_json, as_workbook
    from reporting.packs.odt import as_odt
    from reporting.table import csv_text
    from web.console.app import create_console
    from web.console.pack_words import worded_in
    from web.serving import late_grounds

    app = create_console(house, clock.now)
    tables = worded_in(app, edition, language)
    asked = {
        code: letters.letter(edition, code, late_grounds()) for code in letters.agencies_to_improve(edition)
    }
    name = f"1999-{edition.month:%Y-%m}-{edition.number}"
    return {
        f"{name}.json": as_json(edition),
        f"{name}.xlsx": as_workbook(tables),
        f"{name}.pdf": document_of(app, edition, language, clock.now),
        **{f"{name}/{one.name}.csv": csv_text(one.head, one.rows) for one in tables},
        **{f"{name}/letters/{code}.odt": as_odt(one) for code, one in asked.items()},
    }
