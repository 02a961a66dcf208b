"""Files of an older system on the pages: the form, and the dry run as a table of lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response
from govuk_frontend_wtf.wtforms_widgets import GovFileInput
from werkzeug.datastructures import FileStorage
from wtforms import FileField

from administration.old_lines import Fault, TooManyLines
from administration.uploads import Upload
from hotline.sheets.columns import Sheet
from hotline.sheets.headings import heading_of
from web.console.answers import render
from web.console.forms import Form, button
from web.console.gate import house, me
from web.console.language import _, _l, in_words


class OldFileForm(Form):
    """A file of an older system."""

    file = FileField(_l("檔案"), widget=GovFileInput())
    submit = button(_l("上傳並試算"))

    def kept(self, kind: str) -> Upload | None:
        """The file, kept until it is approved; None and blamed where there is none."""
        sent = self.file.data
        if isinstance(sent, FileStorage) and sent.filename:
            return house().uploads.keep(me().login, sent.filename, kind, sent.read())
        self.blame("file", _("請選擇檔案"))
        return None


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line of the dry run; ``mark`` says what it would do, ``link`` leads to what is here already."""

    line: int
    key: str
    cells: Sequence[str]
    faults: Sequence[Fault] = ()
    mark: tuple[str, str] = ("", "")
    """The word and its colour."""
    link: tuple[str, str] = ("", "")
    """The words and the address."""


def columns(sheet: Sheet) -> list[tuple[str, str, bool]]:
    """Columns of a file: in Chinese, by name, and whether each line needs it."""
    return [(heading_of(name, "zh"), name, name in sheet.required) for name in sheet.headings]


def plan_page(
    kept: Upload,
    sheet: Sheet,
    lines: Sequence[ShownLine],
    status: int = 200,
    too_long: TooManyLines | None = None,
    **words: Any,
) -> Response:
    """The dry run of a file; ``words``: what the template says of these things."""

    def heading(name: str) -> str:
        """A column as files call it; of what is no column its own words."""
        return heading_of(name, "zh") if name in sheet.headings else name

    wrong = [(one.line, column, why) for one in lines for column, why in one.faults]
    return render(
        "old_files/plan.html",
        status,
        upload=kept,
        lines=lines,
        wrong=wrong,
        too_long=too_long,
        heading=heading,
        in_words=in_words,
        **words,
    )
