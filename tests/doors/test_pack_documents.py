"""The document of a monthly pack: a tagged PDF by the checker's word and by our own look."""

import re
import socket
import urllib.request
from base64 import b64decode
from collections import Counter
from datetime import date
from operator import sub
from threading import get_ident

import page as checker
import pytest
from sqlalchemy import delete
from weasyprint import HTML

from calls.store import CallRow, Leg
from hotline.clock import taipei
from hotline.db import looking, transaction
from ops.jobs.pack_documents import LANGUAGES, document_of, render_missing
from reporting.packs import documents, service
from reporting.packs.pdf import as_pdf
from reporting.packs.store import PackDocument, PackEdition
from tests import pdf
from tests.doors.console import Console, console
from tests.doors.programs import program
from tests.doors.test_packs import asked_for
from transfer.outcome import DialOutcome
from web.console.pack_document import document_page
from web.console.pack_words import worded_in
from wording import CHINESE, ENGLISH

pytestmark = pytest.mark.matrix  # a whole pack is counted and rendered; the plain run has its rules
FILE = "/reports/packs/2026-10/1/pack.pdf"
HOSTILE = '<script>alert(1)</script><img src="http://127.0.0.1:9/x.png">&amp;<b>橋'
"""A title that somebody chose."""
REACHING = """<html lang="en"><head><title>t</title>
<link rel="stylesheet" href="http://127.0.0.1:9/x.css"><link rel="attachment" href="file:///etc/passwd">
<style>@import "http://127.0.0.1:9/y.css"; @font-face { font-family: x; src: url(file:///etc/passwd) }
p { background: url(http://127.0.0.1:9/b.png); font-family: x }
li { list-style-image: url(//127.0.0.1:9/l.png) }
</style></head><body><p>words<img alt="a" src="http://127.0.0.1:9/a.png">
<img alt="a" src="file:///etc/hostname">
<img alt="a" src="data:image/png;base64,iVBORw0KGgo="></p><ul><li>one</ul>
<svg width="9" height="9"><title>a</title>
<image href="http://127.0.0.1:9/s.png" width="9" height="9"/>
<use href="file:///etc/passwd#x"/></svg><object data="http://127.0.0.1:9/o"></object>
<iframe src="http://127.0.0.1:9/f"></iframe></body></html>"""
"""A page that asks for whatever a page can ask for."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Console:
    """With a pack of October, in which an extension was rung that has a hostile name, and its documents."""
    made = console(tmp_path_factory.mktemp("city") / "home")
    at = taipei("2026-10-20T10:00")
    with transaction(made.house.factory) as session:
        call = CallRow(id="call-1", started_at=at, queued_at=at, agent_at=at, ended_at=at, service="P3.2")
        call.topic, call.queue_seconds = "extension:5112", 1.0
        session.add(call)
        session.flush()
        leg = Leg(channel="leg-1", call_id="call-1", phone="officers", kind="desk", started_at=at)
        leg.extension, leg.section, leg.agency = HOSTILE, "epb-clean", "epb"
        leg.outcome, leg.ring_seconds = DialOutcome.ANSWERED, 3.0
        session.add(leg)
    asked_for(made)
    refused = made.signed_in("supervisor-1").get(FILE)
    assert refused.status_code == 404 and "還在產製" in refused.text
    assert "PDF 正在產製" in made.signed_in("supervisor-1").get("/reports/packs/2026-10/1").text
    assert render_missing(made.app, made.clock, as_pdf) == 2 == len(LANGUAGES)
    return made


@pytest.fixture(scope="module")
def content(pages: Console) -> bytes:
    """As a browser is given it, in Chinese."""
    answer = pages.signed_in("supervisor-1").get(FILE)
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    assert 'filename="1999-2026-10-1.pdf"' in answer.headers["Content-Disposition"]
    return answer.data


def failures(document: bytes) -> list[str]:
    """What the checker finds against PDF/UA-1."""
    report = checker.validate_pdf_bytes(document, profile=checker.ValidationProfile.PDF_UA_1)
    return [f"{one.rule_id} {one.message}" for one in report.failures]


def edition_of(pages: Console) -> PackEdition:
    with looking(pages.house.factory) as session:
        return service.edition(session, date(2026, 10, 1), 1)


def test_P10_the_document_is_tagged_by_the_checkers_word(pages: Console, content: bytes) -> None:
    """In both languages; the same page without tags fails, so the checker looks."""
    english = program(pages, "supervisor-1").reads("/packs/2026-10-01/1/document?language=en")
    assert [failures(content), failures(b64decode(english["content"]))] == [[], []]
    untagged = HTML(string=document_page(pages.app, edition_of(pages), CHINESE)).write_pdf()
    assert len(failures(untagged)) > 5


def test_P10_a_reader_finds_its_way(content: bytes) -> None:
    """Language and title, bookmarks, headings that skip no level, heads of tables, words for pictures."""
    document = pdf.read(content)
    catalogue = pdf.root(document)
    assert catalogue["/Lang"] == "zh-Hant-TW" and catalogue["/MarkInfo"]["/Marked"] == True  # noqa: E712
    assert catalogue["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712
    assert document.metadata and document.metadata.title == "1999市政服務專線115年10月月報"
    assert re.search(rb"pdfuaid:part\W+1\b", catalogue["/Metadata"].get_data())
    elements = list(pdf.elements(document))
    kinds = Counter(map(pdf.kind, elements))
    levels = [int(pdf.kind(one)[1]) for one in elements if re.fullmatch(r"H\d", pdf.kind(one))]
    assert levels[0] == 1 and levels.count(1) == 1 and max(map(sub, levels[1:], levels)) <= 1
    assert "一通電話完成率" in (marks := pdf.titles(document.outline)) and len(marks) >= levels.count(2)
    heads = [pdf.scope(one) for one in elements if pdf.kind(one) == "TH"]
    assert (
        set(heads) == {"/Column", "/Row"} and kinds["TD"] and kinds["THead"] and kinds["L"] and kinds["Link"]
    )
    pictures = [one for one in elements if pdf.kind(one) == "Figure"]
    assert pictures and all("長條圖" in str(one.get("/Alt", "")) for one in pictures)
    assert pdf.unmarked(document) == pdf.unreached(document) == []
    first, *others = pdf.footers(document)
    assert first == 1 and set(others) == {2}, (
        "its number alone, then the title too: on no sheet are they read"
    )
    assert (fonts := pdf.fonts(document)) and all(fonts.values()) and all("CJK-TC" in one for one in fonts)


def test_P10_the_document_says_what_the_files_say(pages: Console, content: bytes) -> None:
    """Every table by its title, and its cells; what looks like HTML is read as it is written."""
    words = re.sub(r"\s", "", "".join(page.extract_text() for page in pdf.read(content).pages))
    for table in worded_in(pages.app, edition_of(pages), CHINESE):
        cells = [cell for row in (table.head, *table.rows[:5]) if table.rows for cell in row]
        missed = [one for one in (table.title, *cells) if re.sub(r"\s", "", one) not in words]
        assert missed == [], table.name
    assert re.sub(r"\s", "", HOSTILE) in words


def test_P10_nothing_is_fetched_for_a_document(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither over a network nor from a disk, whatever a page names."""
    here, reached = get_ident(), list[object]()

    def refuse(*address: object) -> None:
        if get_ident() == here:  # pages of these tests look for an Asterisk in threads of their own
            reached.append(address)
        raise OSError

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(urllib.request.OpenerDirector, "open", refuse)
    content = as_pdf(REACHING)
    assert reached == [] and "words" in pdf.read(content).pages[0].extract_text()
    assert b"root:" not in content and "/Image" not in str(pdf.read(content).pages[0]["/Resources"])


def test_P10_a_document_is_rendered_once_and_for_the_city(pages: Console, content: bytes) -> None:
    """A download renders nothing; over the API it is the same; who acts for an agency has its tables."""

    def torn(_page: str) -> bytes:
        raise AssertionError

    assert render_missing(pages.app, pages.clock, torn) == 0
    assert document_of(pages.app, edition_of(pages), CHINESE, pages.clock, torn) == content
    told = program(pages, "supervisor-1").reads("/packs/2026-10-01/1/document")
    assert told["media"] == "application/pdf" and b64decode(told["content"]) == content
    liaison = pages.signed_in("liaison-epb")
    assert liaison.get(FILE).status_code == 404 and "PDF" not in liaison.get("/reports/packs/2026-10/1").text
    path = "/packs/2026-10-01/1/document"
    assert program(pages, "liaison-epb").asks("GET", path).status_code == 403
    assert program(pages, "supervisor-1").asks("GET", f"{path}?language=ja").status_code == 422


def test_P10_a_document_that_cannot_be_rendered_keeps_no_other_from_it(
    pages: Console, content: bytes
) -> None:
    """It is told and tried again."""
    with transaction(pages.house.factory) as session:
        session.execute(delete(PackDocument))

    def english_hangs(page: str) -> bytes:
        if f'lang="{ENGLISH}' in page:
            raise ChildProcessError
        return content

    with pytest.raises(ChildProcessError, match="1 documents"):
        render_missing(pages.app, pages.clock, english_hangs)
    with looking(pages.house.factory) as session:
        assert documents.languages_of(session, edition_of(pages)) == {CHINESE}
    assert render_missing(pages.app, pages.clock, lambda _page: content) == 1
