"""A page as a tagged PDF (PDF/UA-1) with its fonts inside, rendered without fetching anything."""

from typing import Any


def as_pdf(page: str) -> bytes:
    """The document of a page in HTML that has its style and its pictures in itself.

    Whatever address stands in it, of a network or a disk, is left alone.
    """
    from weasyprint import HTML  # a second of a core, and only who renders needs it
    from weasyprint.urls import URLFetcher

    nothing = URLFetcher(allowed_protocols=(), allow_redirects=False)
    rendered = HTML(string=page, url_fetcher=nothing)
    return bytes(rendered.write_pdf(finisher=_say_scopes, pdf_variant="pdf/ua-1"))


def _say_scopes(_document: Any, written: Any) -> None:
    """Say of each head of a table what it heads: WeasyPrint only names the heads of each cell."""
    elements = {one.reference: one for one in written.objects if _is_element(one)}
    for head in elements.values():
        if head["S"] == "/TH":
            group = elements[elements[head["P"]]["P"]]
            head["A"]["Scope"] = "/Column" if group["S"] == "/THead" else "/Row"


def _is_element(one: object) -> bool:
    """Tell elements of the structure from other objects."""
    return isinstance(one, dict) and "S" in one
