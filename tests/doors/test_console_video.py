"""The pages of the sign-language service: whose a session is, what is sent and told (P3.6, P6.4)."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from itertools import count
from typing import Any

import pytest
from PIL import Image
from structlog.testing import capture_logs

from calls.topics import Topic, TopicKind
from hotline.cases.store import Case, CasePhoto
from hotline.clock import taipei
from hotline.db import looking, transaction
from hotline.video import line, misuse
from hotline.video.store import VideoSession
from tests.doors.console import BASE, PASSWORD, Console, Visitor, console
from tests.signing import TEN, video_account
from tests.store.cases import said
from web.console.app import routes

WORD = str(Topic(TopicKind.WORD, "tax"))
HOSTILE = "<img src=x onerror=alert(1)>"
NAMES = map("amy-{}".format, count(1))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Console:
    return console(tmp_path_factory.mktemp("video") / "home")


@pytest.fixture
def hand(pages: Console) -> Iterator[Visitor]:
    """An interpreter on duty, at ten in the morning, with nobody in line."""
    pages.clock.at = TEN
    visitor = pages.signed_in("interpreter-1")
    assert visitor.post("/video/on").status_code == 200
    yield visitor
    with transaction(pages.house.factory) as session:
        for one in session.query(VideoSession):
            pages.house.video_line.leave(session, one.id, pages.clock.at)


def citizen(pages: Console, **says: Any) -> Visitor:
    """Somebody who came in by the service's own door."""
    login, visitor = next(NAMES), pages.stranger()
    with transaction(pages.house.factory) as session:
        video_account(session, login, PASSWORD, pages.clock.at, **says)
    answer = visitor.post("/sign/in", {"login": login, "password": PASSWORD}, page="/sign/in")
    assert answer.status_code == 303, answer.text
    return visitor


TOKENS: dict[int, tuple[Visitor, str]] = {}
"""Each with its visitor, who stays: else another could have the same number, and send what is not theirs."""


def does(visitor: Visitor, path: str, **fields: Any) -> Any:
    """A deed of the page's script, with the token that the page gave it."""
    if id(visitor) not in TOKENS:
        TOKENS[id(visitor)] = visitor, visitor.token("/sign")
    sent = {"csrf": TOKENS[id(visitor)][1], **fields}
    return visitor.client.post(path, data=sent, base_url=BASE)


def joins(visitor: Visitor, **more: str) -> str:
    """Into the line: the path of the session."""
    answer = visitor.post("/sign", {"way": "video", **more}, page="/sign")
    assert (answer.status_code, answer.location) == (303, "/sign/room")
    text = visitor.get("/sign/room").text
    return text.split('data-path="')[1].split('"')[0]


def served(pages: Console, hand: Visitor) -> tuple[Visitor, str, str]:
    """A citizen with the interpreter: the paths of both."""
    amy = citizen(pages)
    mine = joins(amy)
    number = hand.post("/video/accept").json["session"]  # type: ignore[index]
    assert mine == f"/sign/room/{number}"
    return amy, mine, f"/video/{number}"


def addresses_of(pages: Console, door: str, number: int) -> Iterator[tuple[str, str]]:
    """Every address of a session behind a door, with its method."""
    for rule, _endpoint, method, _who in routes(pages.app):
        if rule.startswith(f"{door}/<int:number>/"):
            yield method, rule.replace("<int:number>", str(number)).replace("<int:message>", "1")


def picture() -> BytesIO:
    made = BytesIO()
    Image.new("RGB", (1600, 1200), "white").save(made, "PNG")
    made.seek(0)
    return made


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("2026-11-24T10:00", ("服務中", "到 12:30", "現在沒有翻譯員上線")),
        ("2026-11-24T12:30", ("休息中", "13:30 再開放")),
        ("2026-11-28T10:00", ("休息中", "週末", "2026-11-30（一） 08:30 再開放")),
    ],
)
def test_P6_3_the_front_page_says_whether_it_is_open(pages: Console, at: str, told: tuple[str, ...]) -> None:
    """To everybody, without a script; and when it opens again."""
    pages.clock.at = taipei(at)
    page = pages.stranger().get("/sign").text
    assert [one for one in told if one not in page] == []


def test_only_a_room_may_use_the_camera(pages: Console, hand: Visitor) -> None:
    amy, *_ = served(pages, hand)
    rights = {
        path: visitor.get(path).headers["Permissions-Policy"]
        for visitor, path in ((amy, "/sign"), (amy, "/sign/room"), (hand, "/video"), (hand, "/account"))
    }
    assert [path for path, told in rights.items() if "camera=(self)" in told] == ["/sign/room", "/video"]


@pytest.mark.matrix
def test_every_wrong_sign_in_has_one_answer(pages: Console) -> None:
    """Unknown, locked or wrong: the same page, and no cookie."""
    pages.clock.at = TEN
    with transaction(pages.house.factory) as session:
        for login, state in (("known", "active"), ("locked", "locked")):
            video_account(session, login, PASSWORD, pages.clock.at, state=state)
    told, visitor = set(), pages.stranger()
    for login, word in (("known", "wrong word here"), ("locked", PASSWORD), ("nobody", PASSWORD)):
        answer = visitor.post("/sign/in", {"login": login, "password": word}, page="/sign/in")
        assert "__Host-video" not in str(answer.headers)
        told.add((answer.status_code, answer.text.replace(login, "L")))
    assert len(told) == 1 and "帳號或密碼不對" in told.pop()[1]


def test_P6_4_who_waits_is_told_the_place_and_the_wait(pages: Console, hand: Visitor) -> None:
    """At most what those before may take; the interpreter sees whose device, and nobody's name.

    That nothing is recorded is said before and while one waits.
    """
    first, mine, _theirs = served(pages, hand)
    second, third = citizen(pages), citizen(pages)
    joins(second)
    path = joins(third)
    told = third.get(f"{path}/state").json
    assert told and (told["head"], told["state"]) == ("等候中，您是第 2 位", "waiting")
    assert "最久約 30 分鐘" in told["says"]
    board = hand.get("/video/board").json
    assert board and board["deeds"] == ["off"] and len(board["line"]) == 2
    assert "自己的裝置" in board["line"][0] and "陳" not in str(board)
    assert first.get(f"{mine}/state").json["left"] == 900  # type: ignore[index]
    for page in map(third.get, ("/sign", "/sign/room")):
        assert "服務不錄影、不錄音" in page.text and "服務結束時刪除" in page.text
    assert "上線 0 位、忙碌中 1 位" in pages.stranger().get("/sign").text


def test_a_poll_that_waits_for_the_database_is_heard_when_it_is_answered(
    pages: Console, hand: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked six seconds after the last, answered five later: all of it was our silence, and is given back."""
    amy, mine, _theirs = served(pages, hand)
    waits = iter((timedelta(seconds=5), *[timedelta(0)] * 9))
    monkeypatch.setattr(line, "hold_line", lambda session: pages.clock.goes_on(next(waits)))
    pages.clock.goes_on(timedelta(seconds=6))
    assert amy.get(f"{mine}/state").json["left"] == 900  # type: ignore[index]


def test_at_a_counter_the_officer_is_named(pages: Console, hand: Visitor) -> None:
    """Who began the session, to the interpreter and on record (§14)."""
    device = citizen(pages, kind="counter", counter=7, agency="epb", name="環保局一樓")
    assert "請寫下您的姓名" in device.post("/sign", {"way": "video"}, page="/sign").text
    joins(device, officer="林協助")
    assert "臨櫃" in hand.get("/video/board").json["line"][0]  # type: ignore[index]
    hand.post("/video/accept")
    assert "環保局一樓，協助人員 林協助" in hand.get("/video").text


def test_a_third_party_finds_no_session(pages: Console, hand: Visitor) -> None:
    """Neither another citizen nor another interpreter, by any address: 404, and the log says so.

    The interpreter's telephone knows no such session either, and says so as what was not done.
    """
    _amy, mine, theirs = served(pages, hand)
    other, colleague = citizen(pages), pages.signed_in("interpreter-1")
    number = int(theirs.rsplit("/", 1)[1])
    with transaction(pages.house.factory) as session:
        session.get_one(VideoSession, number).interpreter = "interpreter-2"
    with capture_logs() as logs:
        told = Counter[int]()
        for visitor, door in ((other, "/sign/room"), (colleague, "/video")):
            for method, path in addresses_of(pages, door, number):
                answer = visitor.get(path) if method == "GET" else does(visitor, path, kind="chat", text="x")
                told[answer.status_code] += 1
                assert answer.status_code == 404 or (answer.status_code == 422 and door == "/video"), path
    assert [one["event"] for one in logs].count("video.not_theirs") == told[404] >= 11
    assert pages.stranger().get(f"{mine}/state").status_code == 401
    with transaction(pages.house.factory) as session:
        session.get_one(VideoSession, number).interpreter = "interpreter-1"


def test_what_is_written_is_text_for_both(pages: Console, hand: Visitor) -> None:
    """As it was typed, in its order, to who is loaded anew too; without the page's token it is refused."""
    amy, mine, theirs = served(pages, hand)
    does(amy, f"{mine}/message", kind="chat", text=HOSTILE)
    does(hand, f"{theirs}/message", kind="chat", text="請說")
    for visitor, path in ((amy, mine), (hand, theirs)):
        told = visitor.get(f"{path}/state").json
        assert told and [one["text"] for one in told["messages"]] == [HOSTILE, "請說"]
    told = amy.get(f"{mine}/state").json
    assert told and [one["mine"] for one in told["messages"]] == [True, False]
    assert amy.get(f"{mine}/state?after=2").json["messages"] == []  # type: ignore[index]
    assert does(amy, f"{mine}/message", kind="chat", text="長" * 1001).status_code == 422
    bare = amy.client.post(f"{mine}/message", data={"kind": "chat", "text": "x"}, base_url=BASE)
    assert bare.status_code == 400


def test_a_photograph_is_seen_by_the_other_side_alone(pages: Console, hand: Visitor) -> None:
    """As large as it was taken, kept by no browser, and gone with the session."""
    amy, mine, theirs = served(pages, hand)
    assert does(amy, f"{mine}/photo", image=(BytesIO(b"no picture"), "x.jpg")).status_code == 422
    assert does(amy, f"{mine}/photo", image=(picture(), "x.png")).status_code == 200
    one = hand.get(f"{theirs}/state").json["messages"][0]  # type: ignore[index]
    seen = hand.get(one["address"])
    assert Image.open(BytesIO(seen.data)).size == (1600, 1200)
    assert (seen.content_type, seen.headers["Cache-Control"]) == ("image/jpeg", "no-store")
    assert amy.get(f"{mine}/photos/{one['number']}.jpg").status_code == 404
    does(amy, f"{mine}/leave")
    assert hand.get(one["address"]).status_code == 404


@pytest.mark.matrix
def test_a_photograph_goes_into_a_case_of_who_sees_it_alone(pages: Console, hand: Visitor) -> None:
    """One that an agent filed is refused, and the page says so."""
    amy, mine, theirs = served(pages, hand)
    assert does(amy, f"{mine}/photo", image=(picture(), "x.png")).status_code == 200
    with transaction(pages.house.factory) as session:
        filing, at = pages.house.case_filing, pages.clock.at
        row = filing.draft(session, said(), "agent-1", at)
        number = filing.file(session, row.id, "agent-1", at, is_another=True).number
    answer = does(hand, f"{theirs}/photos/1/case", case=number)
    assert answer.status_code == 422 and answer.json["fault"]
    with transaction(pages.house.factory) as session:
        session.query(Case).one().filed_by = "interpreter-1"
    assert does(hand, f"{theirs}/photos/1/case", case=number).status_code == 200
    with looking(pages.house.factory) as session:
        assert session.query(CasePhoto).one().by == "interpreter-1"


def test_P6_4_the_end_is_told_and_noted(pages: Console, hand: Visitor) -> None:
    """A topic, and an agency by part of its name; until then it is on the page as to be noted."""
    amy, mine, theirs = served(pages, hand)
    does(amy, f"{mine}/leave")
    told = hand.get(f"{theirs}/state").json
    assert told and told["isOver"] and told["says"] == "民眾離開了。請記下主題。"
    assert "記下主題：陳可辨" in hand.get("/video").text
    assert does(hand, f"{theirs}/end", topic="").json["fields"] == {"topic": "請選擇主題"}
    assert "沒有這個機關" in does(hand, f"{theirs}/end", topic=WORD, agency="月球").json["fault"]
    noted = {"topic": WORD, "agency": "環保", "misuse": "yes", "what": "有人代打電話聊天"}
    assert does(hand, f"{theirs}/end", **noted).status_code == 200
    assert f'data-number="{theirs.rsplit("/", 1)[1]}"' not in hand.get("/video").text
    with looking(pages.house.factory) as session:
        row = session.get_one(VideoSession, int(theirs.rsplit("/", 1)[1]))
        assert (row.topic, row.agency, row.is_misuse, row.end_reason) == (WORD, "epb", True, "citizen")
        assert "有人代打電話聊天" in [one.what for one in misuse.incidents(session)]


def test_signing_out_leaves_nothing_behind(pages: Console, hand: Visitor) -> None:
    amy, mine, _theirs = served(pages, hand)
    amy.post("/sign/out", page="/sign")
    assert amy.get(f"{mine}/state").status_code == 401
    assert amy.get("/sign/room").location == "/sign"
