"""Cells of the tables of a page, as they are read."""

from collections.abc import Mapping
from html.parser import HTMLParser


class _Tables(HTMLParser):
    """Cells of the tables of a page, each after the id of the heading above it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[list[str]]] = {}
        self._heading, self._row, self._in_cell = "", list[str](), False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "h2":
            self._heading = given.get("id") or self._heading
        if tag == "tr":
            self._row = []
            self.found.setdefault(self._heading, []).append(self._row)
        if tag in ("td", "th"):
            self._in_cell = True
            self._row.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self._row[-1] += data.strip()


def tables_of(html: str) -> Mapping[str, list[list[str]]]:
    """The tables of a page, head first, by the ids of their headings."""
    reader = _Tables()
    reader.feed(html)
    return reader.found


def rows_of(html: str) -> list[list[str]]:
    """Rows of all tables of a page, heads too."""
    return [row for rows in tables_of(html).values() for row in rows]
