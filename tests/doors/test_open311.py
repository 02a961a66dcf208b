"""Open311 GeoReport v2 by its standard: what programs of others read, and what comes of what they send."""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from georeport import GeoReport
from sqlalchemy import select
from werkzeug.test import TestResponse

from hotline.accounts import keys
from hotline.accounts.keys import KeyScope
from hotline.cases.drafts import DraftFields
from hotline.cases.incoming import NOBODYS, TAKEN
from hotline.cases.rules import CaseState
from hotline.cases.store import Case, CaseEvent, CaseToken
from hotline.cases.words import ReplyWay
from hotline.clock import TAIPEI
from hotline.db import looking, transaction
from hotline.ledger.looks import looks_at
from tests.doors.console import BASE, Console, Visitor, console
from tests.doors.programs import program
from tests.served import served
from web.open311.app import PREFIX
from web.open311.telling import questions

HOLE = "路面坑洞，我是王小明，電話 0912345678"
SAID = "板橋區文化路一段188巷5號王小明家門口"
MOBILE, LANDLINE = "0912345678", "0229603456"
FIELDS = (
    "service_request_id status status_notes service_name service_code description agency_responsible "
    "service_notice requested_datetime updated_datetime expected_datetime address address_id zipcode "
    "lat long media_url"
).split()
"""Of a request, in the order of the standard's own table."""


class City:
    """The pages' server with cases in it, and a program of somebody else before it."""

    def __init__(self, made: Console) -> None:
        self.made = made
        self.anybody = made.app.test_client()

    def gets(self, path: str, form: str = "json", **headers: str) -> TestResponse:
        path, mark, asked = path.partition("?")
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return self.anybody.get(f"{PREFIX}/{path}.{form}{mark}{asked}", base_url=BASE, headers=named)

    def reads(self, path: str) -> Any:
        answer = self.gets(path)
        assert answer.status_code == 200, answer.text
        return answer.json

    def numbers(self, asked: str = "") -> list[str]:
        return [one["service_request_id"] for one in self.reads(f"requests?{asked}")]

    def one(self, number: str, lang: str = "zh") -> Any:
        (told,) = self.reads(f"requests/{number}?lang={lang}")
        return told

    def sends(self, form: str = "json", **said: Any) -> TestResponse:
        """A report by form; names of attributes are given as they are."""
        return self.anybody.post(f"{PREFIX}/requests.{form}", data=said, base_url=BASE)

    def files(self, category: str = "3003", **says: Any) -> str:
        """An agent files a report."""
        says = {"matter": HOLE, "place": SAID, "name": "王小明", "phone": MOBILE} | says
        filing, at = self.made.house.case_filing, self.made.clock.at
        with transaction(self.made.house.factory) as session:
            fields = DraftFields(category=category, reply_way=ReplyWay.NONE, **says)
            row = filing.draft(session, fields, "agent-1", at)
            row = filing.file(session, row.id, "agent-1", at, is_another=True, as_petition=True)
            assert row.number
            return row.number

    def stands(self, number: str, state: CaseState, **columns: Any) -> None:
        """A case is where its moves would have brought it."""
        with transaction(self.made.house.factory) as session:
            row = session.scalars(select(Case).where(Case.number == number)).one()
            row.state = state
            for name, value in columns.items():
                setattr(row, name, value)

    def draft(self, token: str) -> Case:
        with looking(self.made.house.factory) as session:
            return session.scalars(select(Case).join(CaseToken).where(CaseToken.token == token)).one()

    def key(self, scope: KeyScope = KeyScope.OPEN311, login: str = "agent-1") -> str:
        with transaction(self.made.house.factory) as session:
            return keys.make(session, login, "app", at=self.made.clock.at, by="admin-1", scope=scope)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    home = tmp_path_factory.mktemp("open311") / "home"
    return City(console(home, api_rate=1_000_000, open311_reports=True))


@pytest.fixture(scope="module")
def key(city: City) -> str:
    return city.key()


@pytest.fixture(scope="module")
def agent(city: City) -> Visitor:
    return city.made.signed_in("agent-1")


def errors(answer: TestResponse) -> list[tuple[int, str]]:
    """Codes and descriptions, as JSON tells them."""
    return [(one["code"], one["description"]) for one in answer.json or []]


# --- services --------------------------------------------------------------------------------------------


def test_services_are_the_categories_but_petitions(city: City) -> None:
    """Code, name, sentence with limits, questions or not, by token, other words, agency."""
    told = {one["service_code"]: one for one in city.reads("services")}
    with looking(city.made.house.factory) as session:
        known = city.made.house.categories.at(session, city.made.clock.at)
    assert set(told) == {code for code, one in known.items() if one.kind != "petition"}
    hole = told["3003"]
    assert list(hole) == [
        "service_code",
        "service_name",
        "description",
        "metadata",
        "type",
        "keywords",
        "group",
    ]
    assert (hole["service_name"], hole["metadata"], hole["type"]) == (known["3003"].name, True, "batch")
    assert f"{known['3003'].stage1_hours} 小時內" in hole["description"]
    assert hole["keywords"] == ", ".join(known["3003"].words)


def test_what_is_asked_of_a_service_is_its_definition(city: City) -> None:
    """Each question with a code that stays where it is; XML says the same."""
    told = city.reads("services/3003")
    with looking(city.made.house.factory) as session:
        known = city.made.house.categories.at(session, city.made.clock.at)["3003"]
    assert told["service_code"] == "3003"
    assert [one["description"] for one in told["attributes"]] == list(known.questions)
    assert [one["order"] for one in told["attributes"]] == list(range(1, len(known.questions) + 1))
    assert {one["datatype"] for one in told["attributes"]} == {"string"}
    root = ElementTree.fromstring(city.gets("services/3003", "xml").data)
    assert root.tag == "service_definition"
    assert [one.findtext("code") for one in root.iter("attribute")] == [
        one["code"] for one in told["attributes"]
    ]
    assert {one.findtext("variable") for one in root.iter("attribute")} == {"true"}


@pytest.mark.proves("standards")
def test_the_discovery_file_says_where_and_how(city: City) -> None:
    """As the standard wants it, beside the addresses themselves."""
    told = city.reads("discovery")
    (there,) = told["endpoints"]
    assert there["url"] == f"{BASE}{PREFIX}"
    assert there["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert there["formats"] == ["text/xml", "application/json"]
    root = ElementTree.fromstring(city.gets("discovery", "xml").data)
    assert [one.text for one in root.iter("format")] == there["formats"]


# --- requests --------------------------------------------------------------------------------------------


def test_a_case_is_told_without_a_word_of_who_reported_it(city: City) -> None:
    """What, roughly where, how it stands, by when; neither what was typed nor the house."""
    number = city.files(latitude=25.012345, longitude=121.465432)
    answer = city.gets(f"requests/{number}")
    (told,) = json.loads(answer.data)
    assert list(told) == FIELDS
    assert told["service_request_id"] == number and told["status"] == "open"
    assert told["service_code"] == "3003" and told["agency_responsible"]
    assert told["address"] == "新北市板橋區文化路1段188巷"
    assert (told["lat"], told["long"]) == (25.012, 121.465)
    row = row_of(city, number)
    assert datetime.fromisoformat(told["requested_datetime"]) == row.filed_at
    assert datetime.fromisoformat(told["expected_datetime"]) == row.due_at
    assert told["expected_datetime"].endswith("+08:00")
    for text in (answer.text, city.gets(f"requests/{number}", "xml").text):
        assert not re.search("王小明|0912|912345678|坑洞，我|家門口|5號", text)


def row_of(city: City, number: str) -> Case:
    with looking(city.made.house.factory) as session:
        return session.scalars(select(Case).where(Case.number == number)).one()


HIDDEN: dict[str, dict[str, Any]] = {
    "nameless": {"name": "", "is_safety": True},
    "a petition": {"category": ""},
    "what is no quick case unnamed": {"name": "", "is_safety": False},
}


@pytest.mark.parametrize("which", HIDDEN)
def test_what_is_not_for_everybody_is_not_there(city: City, which: str) -> None:
    """Neither in the list nor by its number, and the answer is that of a number nobody has."""
    says = dict(HIDDEN[which])
    number = city.files(says.pop("category", "3003"), **says)
    assert number not in city.numbers()
    assert city.reads(f"requests?service_request_id={number}") == []
    (there,) = errors(city.gets(f"requests/{number}"))
    (nowhere,) = errors(city.gets("requests/115112499999"))
    assert there[0] == nowhere[0] == 404
    assert there[1].replace(number, "") == nowhere[1].replace("115112499999", "")


def test_what_touches_a_particular_person_is_not_there(city: City) -> None:
    """The accused has a name too (P8.2)."""
    number = city.files()
    city.stands(number, CaseState.SIGNED, touches="accuses")
    assert number not in city.numbers()
    city.stands(number, CaseState.DISPATCHED, touches="", kind="petition", petition_ground="converted")
    assert number in city.numbers()  # it stays where it was seen


STANDING = (
    (CaseState.FILED, "open", "已受理，等待機關處理。", "Received; waits for the agency."),
    (CaseState.EXTERNAL, "open", "非市府權責，已函轉主管機關。", "Not the city's to decide"),
    (CaseState.UNDER_AUDIT, "open", "已處理，市府正在複查。", "Dealt with; the city is reviewing it."),
    (CaseState.DONE, "closed", "已處理完成，正在回復反映人。", "Dealt with; whoever"),
    (CaseState.CLOSED, "closed", "已結案。", "Closed."),
    (CaseState.CANCELLED, "closed", "已取消。", "Cancelled."),
    (CaseState.NO_ACTION, "closed", "依規定不予處理，已結案。", "Closed without action"),
    *((one, "open", "", "") for one in (CaseState.SIGNED, CaseState.IN_PROGRESS, CaseState.STAGE2_PENDING)),
    *((one, "open", "", "") for one in (CaseState.DISPATCHED, CaseState.REDISPATCH, CaseState.JOINT)),
    *((one, "closed", "", "") for one in (CaseState.REPLIED, CaseState.RESULT_RECORDED)),
)
FIRST = [STANDING[0], *(pytest.param(*row, marks=pytest.mark.matrix) for row in STANDING[1:])]


@pytest.mark.parametrize(("state", "status", "chinese", "english"), FIRST)
def test_every_state_is_open_or_closed_with_a_sentence(
    city: City, state: CaseState, status: str, chinese: str, english: str
) -> None:
    """Closed is what the agency has dealt with; the search knows the same two kinds."""
    number, over = city.files(), city.made.clock.at + timedelta(hours=1)
    ends = {"closed_at": over} if state in (CaseState.CLOSED, CaseState.NO_ACTION) else {}
    city.stands(number, state, **ends)
    told = city.one(number)
    assert told["status"] == status and told["status_notes"].startswith(chinese)
    assert city.one(number, "en")["status_notes"].startswith(english)
    assert number in city.numbers(f"status={status}")
    assert number not in city.numbers("status=closed" if status == "open" else "status=open")
    assert number in city.numbers("status=open,closed")
    if ends:
        assert datetime.fromisoformat(told["updated_datetime"]) == over
    if state is CaseState.EXTERNAL:
        assert told["expected_datetime"] is None  # no time runs outside the city


def test_a_late_case_says_so(city: City) -> None:
    """And until then by when it is to be dealt with."""
    number = city.files()
    due = row_of(city, number).due_at
    assert due
    said = f"{due.astimezone(TAIPEI):%Y-%m-%d %H:%M}"
    assert city.one(number)["service_notice"] == f"機關預計在 {said} 前處理。"
    city.stands(number, CaseState.SIGNED, due_at=city.made.clock.at - timedelta(minutes=1))
    assert "已逾期" in city.one(number)["service_notice"]


def test_requests_are_searched_by_time_and_service_in_pages(city: City) -> None:
    """Both ends belong to it; the latest first; a list of numbers overrides all else."""
    began = city.made.clock.at
    city.made.clock.goes_on(timedelta(days=100))
    first, second = city.files(), city.files("3002")
    city.made.clock.goes_on(timedelta(minutes=1))
    third = city.files()
    now = city.made.clock.at.astimezone(TAIPEI).isoformat()
    assert city.numbers()[:3] == [third, second, first]
    assert city.numbers("service_code=3002") == [second]
    assert city.numbers("service_code=3002,3003&page_size=2&page=2") == [first]
    assert city.numbers(f"start_date={now}") == [third]  # its plus came as a blank
    earlier = now.replace("T10:01", "T10:00").replace("+", "%2B")
    assert city.numbers(f"end_date={earlier}")[:2] == [second, first]
    assert city.numbers(f"service_request_id={first},{third}&service_code=3002") == [third, first]
    old = f"{began.isoformat().replace('+00:00', 'Z')}"
    assert set(city.numbers(f"start_date={old}")).isdisjoint({first, second, third})


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("start_date=yesterday", "2026-11-24T00:00:00+08:00"),
        pytest.param("start_date=2026-11-24T00:00:00", "time with its zone", marks=pytest.mark.matrix),
        pytest.param("end_date=0000-00-00T00:00:00Z", "time with its zone", marks=pytest.mark.matrix),
        pytest.param("end_date=9999-12-31T23:59:59Z", "time with its zone", marks=pytest.mark.matrix),
        ("start_date=2026-01-01T00:00:00Z&end_date=2026-11-01T00:00:00Z", "90 days"),
        pytest.param(
            "start_date=2026-02-01T00:00:00Z&end_date=2026-01-01T00:00:00Z",
            "end_date is before",
            marks=pytest.mark.matrix,
        ),
        pytest.param("status=done", "open or closed", marks=pytest.mark.matrix),
        pytest.param("page=0", "1 to 1000", marks=pytest.mark.matrix),
        pytest.param("page_size=1001", "1 to 1000", marks=pytest.mark.matrix),
        pytest.param(
            "service_request_id=" + ",".join(map(str, range(1001))), "1000 numbers", marks=pytest.mark.matrix
        ),
    ],
)
def test_what_cannot_be_asked_is_said(city: City, asked: str, says: str) -> None:
    """400, with what is wrong and what to do."""
    answer = city.gets(f"requests?lang=en&{asked}")
    assert answer.status_code == 400
    ((code, said),) = errors(answer)
    assert code == 400 and says in said


# --- the standard's forms ----------------------------------------------------------------------------------


def test_errors_are_the_standards_in_both_forms(city: City) -> None:
    """A list of codes and descriptions under the right status, in the language that is asked for."""
    answer = city.gets("services/nowhere", "xml", Accept_Language="en")
    assert answer.status_code == 404
    assert answer.content_type == "text/xml; charset=utf-8"
    assert answer.data.startswith(b"<?xml version=")
    root = ElementTree.fromstring(answer.data)
    (error,) = root.findall("error")
    assert root.tag == "errors" and error.findtext("code") == "404"
    assert 'no category "nowhere"' in (error.findtext("description") or "")
    answer = city.gets("services/nowhere")
    assert answer.content_type == "application/json; charset=utf-8"
    assert errors(answer) == [(404, "這時沒有「nowhere」這個案件類別；請從清單重新選擇。")]
    assert city.gets("services?jurisdiction_id=taipei.gov").status_code == 404
    assert city.gets("services?jurisdiction_id=ntpc.gov.tw").status_code == 200
    assert city.gets("services?jurisdiction_id=").status_code == 200
    assert errors(city.gets("elsewhere"))[0][0] == 404
    refused = city.anybody.delete(f"{PREFIX}/requests.json", base_url=BASE)
    assert refused.status_code == 405 and "GET" in refused.headers["Allow"]


def test_no_sign_breaks_xml(city: City) -> None:
    """Control characters, marks of XML itself, what is no character."""
    answer = city.gets("services/%00%0b%3Cb%3E%26%EF%BF%BF", "xml")
    assert answer.status_code == 404
    ElementTree.fromstring(answer.data)


def test_pages_of_any_origin_may_read(city: City) -> None:
    """What is read stands a minute; errors and tokens do not; nothing runs in a browser that opens it."""
    answer = city.gets("services")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert "Accept-Language" in answer.headers["Vary"]
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert city.gets("services/x").headers["Cache-Control"] == "no-store"
    asked = city.anybody.options(f"{PREFIX}/services.json", base_url=BASE)
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in city.sends().headers


@pytest.mark.parametrize("form", ["json", pytest.param("xml", marks=pytest.mark.matrix)])
def test_a_public_client_reads_it(city: City, form: str) -> None:
    """``georeport`` of PyPI, over HTTP."""
    first, second = city.files(), city.files("3002")
    with served(city.made.app) as address:
        client = GeoReport(f"{address}{PREFIX}", "ntpc.gov.tw", output_format=form)
        assert {"3002", "3003"} <= {one["service_code"] for one in client.get_service_list()}
        assert client.get_service_definition("3003")["service_code"] == "3003"
        told = client.get_service_requests(status="open")
        assert {first, second} <= {one["service_request_id"] for one in told}
        one = client.get_service_request(first)
        assert list(one) == FIELDS and one["service_request_id"] == first and one["expected_datetime"]


def test_whoever_asks_too_often_waits(tmp_path_factory: pytest.TempPathFactory) -> None:
    """By address, without a key."""
    made = City(console(tmp_path_factory.mktemp("often") / "home", api_rate=2))
    assert [made.gets("services").status_code for _ in range(3)] == [200, 200, 429]
    assert int(made.gets("services").headers["Retry-After"]) > 0


# --- reports sent in ---------------------------------------------------------------------------------------


def report(key: str, **other: Any) -> dict[str, Any]:
    """A whole one."""
    return {
        "api_key": key,
        "service_code": "3003",
        "address_string": "板橋區文化路一段300號",
        "lat": "25.0201",
        "long": "121.4655",
        "first_name": "大同",
        "last_name": "李",
        "phone": MOBILE,
        "description": "路面坑洞<b>很深</b>\n在機車道",
    } | other


def sent(city: City, **said: Any) -> str:
    """The token of a report that is taken."""
    answer = city.sends(**said)
    assert answer.status_code == 200, answer.text
    ((told),) = answer.json or []
    assert list(told) == ["token", "service_notice", "account_id"]
    return str(told["token"])


def test_a_report_waits_as_a_draft_until_a_person_files_it(city: City, key: str, agent: Visitor) -> None:
    """Its token tells no number before; then it does, and the case is read by it."""
    asked = next(iter(definition(city)))
    token = sent(
        city, **report(key, **{f"attribute[{asked}]": "約 30 公分", "media_url": "https://a.example/1.jpg"})
    )
    (told,) = city.reads(f"tokens/{token}")
    assert told == {"service_request_id": None, "token": token}
    row = city.draft(token)
    assert (row.state, row.drafted_by, row.number) == (CaseState.DRAFT, NOBODYS, None)
    assert (row.name, row.phone, row.reply_way) == ("李大同", "+886912345678", "sms")
    assert (row.latitude, row.longitude) == (25.0201, 121.4655)
    assert row.matter.splitlines() == [
        "路面坑洞<b>很深</b>",
        "在機車道",
        f"{definition(city)[asked]} 約 30 公分",
        "照片網址（未開啟、未查證）：https://a.example/1.jpg",
    ]
    told = agent.get(f"/desk/case?call=&id={row.id}").json
    assert told["draft"]["fields"]["matter"].startswith("路面坑洞")
    with looking(city.made.house.factory) as session:
        assert looks_at(session, f"case-draft:{row.id}")
    typed = {"case": row.id, "version": told["draft"]["version"], **told["draft"]["fields"]}
    typed |= {"is_safety": "no", "kind": ""}
    saved = agent.post("/desk/case", {**typed, "by_hand": "category"})
    assert saved.status_code == 200, saved.text
    mine = city.draft(token)
    assert (mine.drafted_by, mine.latitude) == ("agent-1", 25.0201)
    filed = agent.post(f"/desk/case/{row.id}/file", {"version": saved.json["version"], "choice": "another"})
    assert filed.status_code == 200, filed.text
    number = city.draft(token).number
    (told,) = city.reads(f"tokens/{token}")
    assert number and told == {"service_request_id": number, "token": token}
    assert city.one(number)["status"] == "open"
    root = ElementTree.fromstring(city.gets(f"tokens/{token}", "xml").data)
    assert root.findtext("request/service_request_id") == number
    with looking(city.made.house.factory) as session:
        events = session.scalars(select(CaseEvent.kind).where(CaseEvent.case_id == row.id)).all()
    assert events[:2] == ["draft", TAKEN]


def definition(city: City) -> dict[str, str]:
    """Codes of the questions of a pothole."""
    with looking(city.made.house.factory) as session:
        return questions(city.made.house.categories.at(session, city.made.clock.at)["3003"])


def test_every_agent_sees_it_until_one_takes_it(city: City, key: str, agent: Visitor) -> None:
    """The second is told that it is gone; the list calls it what it is."""
    token = sent(city, **report(key, description="人孔蓋鬆動"))
    row = city.draft(token)
    other = city.made.signed_in("agent-2")
    listed = [one for one in agent.get("/desk/case?call=").json["drafts"] if one["id"] == row.id]
    assert listed and listed[0]["text"].startswith("外部通報 ")
    assert [one for one in other.get("/desk/case?call=").json["drafts"] if one["id"] == row.id]
    assert other.post(f"/desk/case/{row.id}/give-up").status_code == 200
    assert agent.post(f"/desk/case/{row.id}/give-up").status_code == 422
    answer = city.gets(f"tokens/{token}?lang=en")
    assert answer.status_code == 404 and "it was not filed" in errors(answer)[0][1]


def test_the_same_report_is_taken_once_a_day(city: City, key: str) -> None:
    """A program that got no answer may send again; another key's is another's."""
    said = report(key, description="同一件事")
    token = sent(city, **said)
    assert sent(city, **said) == token
    assert sent(city, **{**said, "description": "另一件事"}) != token
    assert sent(city, **{**said, "api_key": city.key()}) != token
    city.made.clock.goes_on(timedelta(days=1))
    assert sent(city, **said) != token


def test_all_that_is_wrong_is_said_at_once(city: City, key: str) -> None:
    """In the language that is asked for, and nothing is kept."""
    before = tokens(city)
    answer = city.anybody.post(
        f"{PREFIX}/requests.json?lang=en",
        data={"api_key": key, "lat": "25", "attribute[x]": "1", "media_url": "file:///etc/passwd"},
        base_url=BASE,
    )
    assert answer.status_code == 400
    assert errors(answer) == [
        (400, "The service_code is missing; give one from the list of services."),
        (400, "lat and long go together; give the other one too."),
        (400, "media_url must be a web address of at most 1000 characters; correct it, or leave it out."),
    ]
    assert tokens(city) == before


def tokens(city: City) -> int:
    with looking(city.made.house.factory) as session:
        return len(session.scalars(select(CaseToken.token)).all())


WRONG: dict[str, tuple[dict[str, Any], int, str]] = {
    "unknown service": ({"service_code": "0000"}, 404, "0000"),
    "no place": ({"address_string": "", "lat": "", "long": ""}, 400, "address_string"),
    "an address number alone": (
        {"address_string": "", "lat": "", "long": "", "address_id": "7"},
        400,
        "address_id",
    ),
    "outside": ({"lat": "25.05", "long": "121.55"}, 400, "新北市"),
    "no figures": ({"lat": "north"}, 400, "座標"),
    "not a number": ({"lat": "nan"}, 400, "座標"),
    "a long text": ({"description": "洞" * 4001}, 400, "description: 最多 4000"),
    "a control sign": ({"description": "洞\x00"}, 400, "description: "),
    "a long name": ({"first_name": "大" * 70}, 400, "name"),
    "a number of ours": ({"phone": "1999"}, 400, "電話"),
    "no e-mail": ({"email": "me"}, 400, "信箱"),
    "twice": ({"service_code": ["3003", "3002"]}, 400, "service_code"),
    "a question not asked": ({"attribute[q0]": "1"}, 400, "q0"),
}


@pytest.mark.parametrize(
    "which", ["unknown service", *(pytest.param(one, marks=pytest.mark.matrix) for one in list(WRONG)[1:])]
)
def test_what_cannot_be_taken_is_said(city: City, key: str, which: str) -> None:
    """The status of the standard, and what to do."""
    other, status, says = WRONG[which]
    before = tokens(city)
    answer = city.sends(**report(key, **other))
    assert answer.status_code == status
    assert [says in said for _code, said in errors(answer)] == [True]
    assert tokens(city) == before


def test_a_report_needs_a_key_of_its_own(city: City, key: str) -> None:
    """None, a wrong one, one for the API, one whose login files nothing: 403; its own does nothing else."""
    for other in ("", "hotline_x", city.key(KeyScope.ALL)):
        assert city.sends(**report(other)).status_code == 403
    assert city.sends(**report(city.key(login="officer-5112"))).status_code == 403
    asking = program(city.made)
    asking.key = key
    assert asking.asks("GET", "/cases").status_code == 401
    refused = city.anybody.post(f"{PREFIX}/requests.xml", json=report(key), base_url=BASE)
    assert refused.status_code == 403  # no form, so no key in it
    headed = {"Authorization": f"Bearer {key}"}
    assert (
        city.anybody.post(f"{PREFIX}/requests.json", json={}, base_url=BASE, headers=headed).status_code
        == 400
    )


def test_reports_are_closed_until_they_are_opened(tmp_path_factory: pytest.TempPathFactory) -> None:
    """By default; reading is open."""
    made = City(console(tmp_path_factory.mktemp("closed") / "home"))
    answer = made.sends(**report(made.key()))
    assert answer.status_code == 403
    assert errors(answer) == [(403, "目前不受理程式送出的通報；請撥 1999。")]
    assert made.gets("services").status_code == 200
    assert "key_service" in made.reads("discovery")


NUL, HALF = "%00", "%ED%A0%80"
HOSTILE = (
    f"requests?service_code={NUL},{HALF}&status=open",
    f"requests?service_request_id={NUL},１１５,{'9' * 400}",
    f"requests?start_date={NUL}",
    f"requests?page=１&page_size={HALF}",
    f"requests/{NUL}",
    f"services/{NUL}{HALF}",
    f"tokens/{NUL}",
    f"tokens/{HALF}'--",
    f"services?lang={NUL}&jurisdiction_id={HALF}",
)


@pytest.mark.dialects
@pytest.mark.matrix
def test_both_databases_bear_whatever_is_sent(
    tmp_path: Path, database_url: str, request: pytest.FixtureRequest
) -> None:
    """Signs that one of them cannot keep are a 400 or 404, never a fault of ours; a report goes its way."""
    made = City(console(tmp_path / "home", database_url=database_url, open311_reports=True))
    request.addfinalizer(made.made.house.engine.dispose)
    key = made.key()
    said = [made.gets(one, form) for one in HOSTILE for form in ("json", "xml")]
    said += [made.sends(**report(key, **{name: "\x00"})) for name in report(key)]
    assert {one.status_code for one in said} <= {200, 400, 403, 404}
    token = sent(made, **report(key))
    assert sent(made, **report(key)) == token
    number = made.files()
    assert made.numbers("service_code=3003&status=open,closed") == [number]
    assert made.reads(f"tokens/{token}")[0]["service_request_id"] is None
