"""What a reader of a tagged PDF finds in it, by another library than wrote it."""

import io
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ContentStream, DictionaryObject

PAINTS = frozenset(
    (b"Tj", b"TJ", b"'", b'"', b"f", b"F", b"f*", b"S", b"s", b"B", b"B*", b"b", b"b*", b"Do", b"sh")
)
"""Operators after which something is seen."""
OPENS, CLOSES = (b"BMC", b"BDC"), b"EMC"


def read(content: bytes) -> PdfReader:
    """A document, whose faults are errors."""
    return PdfReader(io.BytesIO(content), strict=True)


def root(document: PdfReader) -> Any:
    """The catalogue."""
    return document.trailer["/Root"]


def elements(document: PdfReader) -> Iterator[DictionaryObject]:
    """Elements of the structure in the order of reading."""
    yield from _below(root(document)["/StructTreeRoot"])


def _below(parent: Any) -> Iterator[DictionaryObject]:
    kids = parent.get("/K", [])
    for kid in kids if isinstance(kids, list) else [kids]:
        found = kid.get_object()
        if isinstance(found, DictionaryObject) and "/S" in found:
            yield found
            yield from _below(found)


def kind(element: DictionaryObject) -> str:
    """What an element is: H1, TH, Figure."""
    return str(element["/S"]).removeprefix("/")


def scope(header: DictionaryObject) -> str:
    """What the header of a table is a header of; empty where it does not say."""
    given = header.get("/A", [])
    told = [one.get_object() for one in (given if isinstance(given, list) else [given])]
    return next((str(one["/Scope"]) for one in told if "/Scope" in one), "")


def unmarked(document: PdfReader) -> list[bytes]:
    """What is painted outside of any mark: no reader could tell whether it is content."""
    found = list[bytes]()
    for page in document.pages:
        depth = 0
        for _operands, operator in ContentStream(page.get_contents(), document).operations:
            depth += (operator in OPENS) - (operator == CLOSES)
            if operator in PAINTS and depth == 0:
                found.append(operator)
    return found


def fonts(document: PdfReader) -> dict[str, bool]:
    """Fonts of the pages by their names, and whether each is embedded."""
    found = dict[str, bool]()
    for page in document.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            described = inner["/FontDescriptor"].get_object()
            found[str(inner["/BaseFont"])] = any(
                f"/FontFile{suffix}" in described for suffix in ("", "2", "3")
            )
    return found


def titles(outline: Any) -> list[str]:
    """Bookmarks, those below others too."""
    return [title for one in outline for title in (titles(one) if isinstance(one, list) else [one.title])]
