"""A page as a tagged PDF (PDF/UA-1) with its fonts inside, rendered without fetching anything."""

from collections.abc import Iterator, Mapping
from typing import Any


def as_pdf(page: str) -> bytes:
    """The document of a page in HTML that has its style and its pictures in itself.

    Whatever address stands in it, of a network or a disk, is left alone.
    """
    from weasyprint import HTML  # a second of a core, and only who renders needs it
    from weasyprint.urls import URLFetcher

    nothing = URLFetcher(allowed_protocols=(), allow_redirects=False)
    rendered = HTML(string=page, url_fetcher=nothing)
    return bytes(rendered.write_pdf(finisher=_finish, pdf_variant="pdf/ua-1"))


def _finish(_document: Any, written: Any) -> None:
    """Say in the structure what WeasyPrint leaves open."""
    elements = {one.reference: one for one in written.objects if _is_element(one)}
    _say_scopes(elements)
    _set_margins_aside(elements, written)


def _say_scopes(elements: Mapping[bytes, Any]) -> None:
    """Say of each head of a table what it heads: WeasyPrint only names the heads of each cell."""
    for head in elements.values():
        if head["S"] == "/TH":
            group = elements[elements[head["P"]]["P"]]
            head["A"]["Scope"] = "/Column" if group["S"] == "/THead" else "/Row"


def _set_margins_aside(elements: Mapping[bytes, Any], written: Any) -> None:
    """Mark title and number in the margin of each sheet as such: no reader is to speak them on every sheet.

    WeasyPrint makes elements of them, which no other leads to.
    """
    (top,) = (one for one in elements.values() if one["S"] == "/Document")
    aside = elements.keys() - {top.reference, *_below(top, elements)}
    marks = {(elements[one]["Pg"], mark) for one in aside for mark in elements[one]["K"]}
    for page, painted in _pages(written):
        for place, mark in enumerate(painted):
            if isinstance(mark, dict) and (page, mark.get("MCID")) in marks:
                painted[place - 1] = "/Artifact"
                painted[place] = b"<</Type /Pagination /Subtype /Footer>>"
    (owners,) = (one["Nums"] for one in written.objects if isinstance(one, dict) and "Nums" in one)
    for several in owners:
        if isinstance(several, list):
            several[:] = ["null" if one in aside else one for one in several]
    for one in aside:
        elements[one].clear()


def _below(parent: Any, elements: Mapping[bytes, Any]) -> Iterator[bytes]:
    """The elements that an element leads to, by their references."""
    for kid in parent["K"]:
        if kid in elements:
            yield kid
            yield from _below(elements[kid], elements)


def _pages(written: Any) -> Iterator[tuple[bytes, list[Any]]]:
    """Each sheet by its reference, with what is painted on it."""
    known = {one.reference: one for one in written.objects}
    for page in written.page_references:
        yield page, known[known[page]["Contents"]].stream


def _is_element(one: object) -> bool:
    """Tell elements of the structure from other objects."""
    return isinstance(one, dict) and "S" in one
