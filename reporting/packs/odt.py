"""A letter as a text document (ODF 1.3), which every office suite opens and the city's rules ask for."""

import io
from collections.abc import Iterator, Sequence
from typing import Final
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from hotline.log_masking import clean
from reporting.packs.letters import LATE_HEAD, AgencyLetter

KIND: Final = "application/vnd.oasis.opendocument.text"
_SPACES: Final = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "text", "table", "style")
)
_FO: Final = 'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"'
_FONT: Final = "標楷體"
_FACES: Final = (
    f'<office:font-face-decls><style:font-face style:name="{_FONT}" style:font-family-generic="script"/>'
    "</office:font-face-decls>"
)
_STYLES: Final = (
    f'<?xml version="1.0" encoding="UTF-8"?><office:document-styles {_SPACES} {_FO} office:version="1.3">'
    f"{_FACES}<office:styles>"
    '<style:default-style style:family="paragraph"><style:paragraph-properties fo:line-height="150%"/>'
    f'<style:text-properties style:font-name="{_FONT}" style:font-name-asian="{_FONT}" fo:font-size="14pt"'
    ' style:font-size-asian="14pt" fo:language="zh" fo:country="TW"'
    ' style:language-asian="zh" style:country-asian="TW"/>'
    "</style:default-style>"
    '<style:style style:name="Standard" style:family="paragraph"/>'
    '<style:style style:name="Title" style:family="paragraph" style:parent-style-name="Standard">'
    '<style:paragraph-properties fo:text-align="center"/>'
    '<style:text-properties fo:font-size="20pt" style:font-size-asian="20pt"/></style:style>'
    "</office:styles></office:document-styles>"
)
_MANIFEST: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
    ' manifest:version="1.3">'
    f'<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="{KIND}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    '<manifest:file-entry manifest:full-path="styles.xml" manifest:media-type="text/xml"/>'
    "</manifest:manifest>"
)
_NUMERALS: Final = "一二三四五六七八九十"


def as_odt(letter: AgencyLetter) -> bytes:
    """The document: its type first and plain, as the standard has it; the same letter, the same bytes."""
    out = io.BytesIO()
    with ZipFile(out, "w") as file:
        for name, text, how in (
            ("mimetype", KIND, ZIP_STORED),
            ("META-INF/manifest.xml", _MANIFEST, ZIP_DEFLATED),
            ("styles.xml", _STYLES, ZIP_DEFLATED),
            ("content.xml", _content(letter), ZIP_DEFLATED),
        ):
            entry = ZipInfo(name)  # without the time of day
            entry.compress_type = how
            file.writestr(entry, text)
    return out.getvalue()


def _content(letter: AgencyLetter) -> str:
    return "".join(
        (
            f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_SPACES} office:version="1.3">',
            f"{_FACES}<office:body><office:text>",
            *_body(letter),
            "</office:text></office:body></office:document-content>",
        )
    )


def _body(letter: AgencyLetter) -> Iterator[str]:
    yield _paragraph(letter.sender, "Title")
    for head, text in (
        ("受文者", letter.agency),
        ("發文日期", ""),
        ("發文字號", ""),
        ("主旨", letter.subject),
    ):
        yield _paragraph(f"{head}：{text}")
    yield _paragraph("說明：")
    for number, point in zip(_NUMERALS, letter.points, strict=False):
        yield _paragraph(f"{number}、{point}")
    if letter.late:
        yield _paragraph("附表：逾期案件")
        yield from _table(letter.late)


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield '<table:table table:name="late"><table:table-column table:number-columns-repeated="4"/>'
    yield f"<table:table-header-rows>{_row(LATE_HEAD)}</table:table-header-rows>"
    yield from map(_row, rows)
    yield "</table:table>"


def _row(cells: Sequence[str]) -> str:
    inner = "".join(
        f'<table:table-cell office:value-type="string">{_paragraph(cell)}</table:table-cell>'
        for cell in cells
    )
    return f"<table:table-row>{inner}</table:table-row>"


def _paragraph(text: str, style: str = "Standard") -> str:
    return f'<text:p text:style-name="{style}">{escape(clean(text))}</text:p>'
