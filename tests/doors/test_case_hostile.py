"""Bad input about cases: hostile text, times and places that are none, photographs that are too much.

Each is refused in a sentence, with what was typed still there, and nothing half done.
"""

import base64
import struct
import zlib
from collections.abc import Callable
from functools import cache
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select

from hotline.cases.find import by_number
from hotline.cases.rules import CaseState, Move
from hotline.cases.store import Case, CasePhoto
from hotline.db import looking, transaction
from tests.doors.console import BASE, Console, Visitor, console
from tests.doors.programs import program
from tests.doors.test_desk_cases import calls, files, types
from tests.store.cases import POTHOLE, Table, said

pytestmark = pytest.mark.matrix
Door = Callable[[str], Visitor]
SCRIPT = "<script>alert('一九九九')</script>"
TAG = "<img src=x onerror=alert(1)>{{ 7*7 }}%(n)s\u202e"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Console:
    made = console(tmp_path_factory.mktemp("hostile") / "home", browser_phones=True, api_rate=1_000_000)
    made.house.moving.categories = Table(POTHOLE)  # type: ignore[assignment]
    return made


@pytest.fixture(scope="module")
def signed_in(pages: Console) -> Door:
    return cache(pages.signed_in)


def filed(pages: Console, **fields: Any) -> str:
    at, house = pages.clock.at, pages.house
    with transaction(house.factory) as session:
        row = house.case_filing.draft(session, said(**fields), "agent-1", at)
        return house.case_filing.file(session, row.id, "agent-1", at, is_another=True).number or ""


def stands(pages: Console, number: str) -> tuple[Case, int]:
    """The case, and how many photographs it has."""
    with looking(pages.house.factory) as session:
        row = by_number(session, number)
        assert row
        photos = select(func.count()).where(CasePhoto.case_id == row.id)
        return row, session.scalar(photos) or 0


def test_what_a_citizen_said_is_shown_as_it_was_said_and_never_run(pages: Console, signed_in: Door) -> None:
    """On every page that shows it, as text."""
    plain = TAG.replace("\u202e", "")
    number = filed(pages, matter=f"{SCRIPT}{plain}", place=f"板橋區{SCRIPT}", name=plain)
    liaison = signed_in("liaison-pwd")
    liaison.post(f"/cases/{number}/notes", {"note": f"{SCRIPT}{plain}"})
    liaison.post(f"/cases/{number}/contact")
    for path in (f"/cases/{number}", "/inbox?pile=open", "/cases", f"/cases?place={SCRIPT}"):
        shown = liaison.get(path).text
        assert "&lt;script&gt;alert" in shown and "<script>alert" not in shown and "<img src=x" not in shown
    page = liaison.get(f"/cases/{number}").text
    assert "{{ 7*7 }}" in page and "%(n)s" in page


@pytest.mark.parametrize(
    "note",
    ["字" * 4001, "a\x00b", "a\x07b", "a\x1b[31m", "  ", TAG],
    ids=["long", "nul", "bell", "escape", "blank", "turned"],
)
def test_what_nobody_can_read_is_refused_where_it_was_typed(
    pages: Console, signed_in: Door, note: str
) -> None:
    number, liaison = filed(pages), signed_in("liaison-pwd")
    assert (
        liaison.post(f"/cases/{number}/moves/sign", {"version": stands(pages, number)[0].version}).status_code
        == 302
    )
    before = stands(pages, number)[0]
    answer = liaison.post(f"/cases/{number}/moves/progress", {"version": before.version, "note": note})
    after = stands(pages, number)[0]
    assert answer.status_code == 422 and "govuk-error-message" in answer.text
    assert (after.state, after.version) == (CaseState.SIGNED, before.version)


@pytest.mark.parametrize(
    "when",
    [
        "2026-02-30T10:00",
        "2026-11-24T25:00",
        "99999-01-01T00:00",
        "0001-01-01T00:00",
        "昨天",
        "",
        "2026-11-24",
    ],
)
def test_a_time_that_is_none_completes_nothing(pages: Console, signed_in: Door, when: str) -> None:
    """What else was typed is there."""
    number, liaison = filed(pages), signed_in("liaison-pwd")
    liaison.post(f"/cases/{number}/moves/sign", {"version": stands(pages, number)[0].version})
    version = stands(pages, number)[0].version
    form = {"version": version, "result": "已補平", "doer": "養護科", "no_photo": "天黑", "done_at": when}
    answer = liaison.post(f"/cases/{number}/moves/{Move.COMPLETE}", form)
    assert answer.status_code == 422 and "已補平" in answer.text and "養護科" in answer.text
    assert stands(pages, number)[0].state == CaseState.SIGNED
    assert liaison.get(f"/cases?since={when}&until={when}").status_code == 200


@pytest.mark.parametrize(
    "place", ["22.99, 120.2", "25.04, 121.56", "0.0, 0.0", "台北市中正區重慶南路一段122號"]
)
def test_what_lies_outside_the_city_is_filed_only_knowingly(
    pages: Console, signed_in: Door, place: str
) -> None:
    """A point of Kaohsiung, of Taipei in the middle, of the sea; an address of another city is words."""
    agent = signed_in("agent-1")
    draft = types(agent, calls(pages).said(place=place))
    answer = files(agent, draft)
    if "路" in place:
        assert answer.status_code == 200
        return
    assert answer.status_code == 422 and answer.json["fault"]
    with looking(pages.house.factory) as session:
        assert session.get_one(Case, draft["id"]).number is None


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(22.99, 120.2), (91.0, 0.0), (1e308, 1e308), ("北", "東")]
)
def test_a_program_cannot_place_a_case_elsewhere(pages: Console, latitude: Any, longitude: Any) -> None:
    works, where = program(pages, "agent-1"), {"latitude": latitude, "longitude": longitude}
    drafted = works.asks(
        "POST", "/case-drafts", {"category": "3003", "matter": "坑洞", "name": "王", **where}
    )
    if drafted.status_code == 201:
        told: Any = drafted.json
        drafted = works.asks("POST", f"/case-drafts/{told['number']}/file", {})
    assert drafted.status_code == 422, drafted.text


def bomb() -> bytes:
    """A small file of nine hundred million pixels."""
    made = BytesIO()
    Image.new("1", (30_000, 30_000)).save(made, "PNG")
    return made.getvalue()


def swelling() -> bytes:
    """A picture of one pixel, beside which 200 MB of text are packed."""
    made = BytesIO()
    Image.new("RGB", (1, 1)).save(made, "PNG")
    packed = b"zTXtComment\0\0" + zlib.compress(bytes(200_000_000))
    chunk = struct.pack(">I", len(packed) - 4) + packed + struct.pack(">I", zlib.crc32(packed))
    return made.getvalue()[:33] + chunk + made.getvalue()[33:]


def kept(pages: Console, number: str) -> int:
    return stands(pages, number)[1]


@pytest.mark.parametrize("make", [bomb, swelling])
def test_a_bomb_is_refused_in_a_sentence(pages: Console, signed_in: Door, make: Callable[[], bytes]) -> None:
    """By a page and by a program; nothing is kept."""
    number, liaison, data = filed(pages), signed_in("liaison-pwd"), make()
    answer = liaison.post(f"/cases/{number}/photos", {"photos": (BytesIO(data), "a.jpg")})
    assert answer.status_code == 422 and "照片" in answer.text
    works = program(pages, "liaison-pwd")
    told = works.asks("POST", f"/cases/{number}/photos", {"image": base64.b64encode(data).decode()})
    assert told.status_code == 422 and kept(pages, number) == 0


def test_a_photograph_of_50_mb_is_refused_in_a_sentence(pages: Console, signed_in: Door) -> None:
    """Before it is read; one that is fit is taken behind it."""
    number, liaison, fit = filed(pages), signed_in("liaison-pwd"), BytesIO()
    path, large = f"/cases/{number}/photos", bytes(50 * 1024 * 1024)
    part = b'--x\r\nContent-Disposition: form-data; name="photos"; filename="a.jpg"\r\n\r\n'
    form = {"data": part + large + b"\r\n--x--\r\n", "content_type": "multipart/form-data; boundary=x"}
    answer = liaison.client.post(path, base_url=BASE, **form)
    assert answer.status_code == 413 and "一次最多 8 MB" in answer.text
    told = program(pages, "liaison-pwd").asks("POST", path, {"image": base64.b64encode(large).decode()})
    assert told.status_code == 413 and kept(pages, number) == 0
    Image.new("RGB", (40, 30)).save(fit, "JPEG")
    liaison.post(path, {"photos": (BytesIO(fit.getvalue()), "a.jpg")})
    assert kept(pages, number) == 1


def test_of_several_photographs_one_that_is_none_keeps_all_back(pages: Console, signed_in: Door) -> None:
    number, liaison, fit = filed(pages), signed_in("liaison-pwd"), BytesIO()
    Image.new("RGB", (40, 30)).save(fit, "JPEG")
    sent = [(BytesIO(fit.getvalue()), "a.jpg"), (BytesIO(b"<svg/>"), "b.jpg")]
    assert liaison.post(f"/cases/{number}/photos", {"photos": sent}).status_code == 422
    assert kept(pages, number) == 0


@pytest.mark.parametrize("name", ["matter", "place", "name", "email", "letter_to"])
def test_a_draft_keeps_nothing_of_what_is_too_long(pages: Console, signed_in: Door, name: str) -> None:
    """What was saved before stays, and can be filed."""
    agent, caller = signed_in("agent-1"), calls(pages)
    draft = types(agent, caller.said())
    there = {"case": draft["id"], "version": draft["version"]}
    answer = agent.post("/desk/case", {**there, **caller.said(**{name: "長" * 5000})})
    assert answer.status_code == 422 and answer.json["fault"]  # type: ignore[index]
    assert files(agent, draft).status_code == 200
