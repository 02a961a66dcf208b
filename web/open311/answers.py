"""Answers of Open311 as XML and JSON: one structure for both (the standard's Spark convention)."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from xml.etree import ElementTree

from flask import Response

from hotline.clock import TAIPEI

XML, JSON = "xml", "json"
MEDIA: Final = {XML: "text/xml; charset=utf-8", JSON: "application/json; charset=utf-8"}
SINGULAR: Final = {
    "services": "service",
    "attributes": "attribute",
    "service_requests": "request",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
"""The element of one, by that of many."""
_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Signs that no XML may hold, not even escaped."""


def answer(form: str, root: str, told: Any, status: int = 200) -> Response:
    """An answer in the form that was asked for; ``root``: the element that XML has around it."""
    if form == JSON:
        text = json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")
    else:
        element = ElementTree.Element(root)
        _fill(element, told)
        text = ElementTree.tostring(element, encoding="utf-8", xml_declaration=True)
    return Response(text, status, content_type=MEDIA[form])


def instant(at: datetime | None) -> str | None:
    """An instant as the standard writes it, in Taipei's time with its offset."""
    return at.astimezone(TAIPEI).isoformat(timespec="seconds") if at else None


def _fill(element: ElementTree.Element, told: Any) -> None:
    match told:
        case Mapping():
            for name, inner in told.items():
                _fill(ElementTree.SubElement(element, name), inner)
        case list():
            for inner in told:
                _fill(ElementTree.SubElement(element, SINGULAR[element.tag]), inner)
        case None:
            pass
        case bool():
            element.text = "true" if told else "false"
        case _:
            element.text = _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", str(told))
