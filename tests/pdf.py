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


def marks(document: PdfReader) -> Iterator[tuple[int, str, Any]]:
    """What each page marks, by the number of the page: as what, and what is told of it."""
    for number, page in enumerate(document.pages):
        for operands, operator in ContentStream(page.get_contents(), document).operations:
            if operator in OPENS:
                yield number, str(operands[0]).removeprefix("/"), operands[1] if len(operands) > 1 else {}


def unreached(document: PdfReader) -> list[tuple[int, int]]:
    """Content that no element of the structure leads to, by page and number: a reader is never told it."""
    pages = {page.indirect_reference: number for number, page in enumerate(document.pages)}
    led = {
        (pages[one.raw_get("/Pg")], kid)
        for one in elements(document)
        for kid in one.get("/K", [])
        if isinstance(kid, int)
    }
    numbered = ((page, told["/MCID"]) for page, _what, told in marks(document) if "/MCID" in told)
    return [one for one in numbered if one not in led]


def footers(document: PdfReader) -> list[int]:
    """How many pieces of each page are marked as its foot, which no reader speaks (PDF/UA-1, 7.8)."""
    found = [0] * len(document.pages)
    for number, what, told in marks(document):
        found[number] += what == "Artifact" and told.get("/Subtype") == "/Footer"
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
