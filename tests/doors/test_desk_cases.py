"""Cases at the desk: a draft as it is typed, what is proposed and must be decided, filing and its number."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

import pytest

from calls.dispositions import proposed_services
from calls.store import CallRow
from hotline.callbacks.find import of_case
from hotline.cases.find import drafts_of
from hotline.cases.store import Case, ViolationLetter
from hotline.clock import taipei
from hotline.db import looking, transaction
from hotline.ledger.looks import looks_at
from hotline.outbound_calls.rules import OutboundState, Purpose, Target
from hotline.outbound_calls.store import CallerVerification, PlacedCall
from hotline.outbox.service import notices
from ops.wiring import workshop
from tests.doors.console import Console, Visitor, console
from web.console.case_words import case_number

COUNT: Final = count(1)


@dataclass(frozen=True)
class Caller:
    """A citizen before a pothole of their own, whose call an agent answered."""

    call: str
    number: str
    hole: dict[str, str]

    def said(self, **other: str) -> dict[str, str]:
        """What is typed for it."""
        return {"call": self.call, **self.hole, **other}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Console:
    return console(tmp_path_factory.mktemp("desk") / "home", browser_phones=True)


@pytest.fixture(scope="module")
def agent(pages: Console) -> Visitor:
    return pages.signed_in("agent-1")


@pytest.fixture
def caller(pages: Console) -> Caller:
    return calls(pages)


def calls(pages: Console, place: str = "", number: str = "", phone: str = "agent-1") -> Caller:
    """A citizen calls, and an agent's phone answers."""
    at, n = pages.clock.at, next(COUNT)
    number = number or f"+8869{n:08d}"
    row = CallRow(id=f"call-{n}", caller=number, started_at=at, queued_at=at, agent=phone, agent_at=at)
    with transaction(pages.house.factory) as session:
        session.add(row)
    place = place or f"板橋區文化路一段{n}號"
    hole = {"matter": "路面有坑洞，機車差點摔倒", "place": place, "name": "王小明", "phone": f"0{number[4:]}"}
    return Caller(f"call-{n}", number, hole)


def types(agent: Visitor, said: Mapping[str, str], draft: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Types into the form, which saves it; ``draft``: one that is there."""
    there = {"case": draft["id"], "version": draft["version"]} if draft else {}
    answer = agent.post("/desk/case", {**there, **said})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json
    return told


def files(agent: Visitor, draft: Mapping[str, Any], **decided: str) -> Any:
    return agent.post(f"/desk/case/{draft['id']}/file", {"version": draft["version"], **decided})


def filed(pages: Console, agent: Visitor, said: Mapping[str, str], **decided: str) -> Case:
    """The case of what was typed and decided."""
    answer = files(agent, types(agent, said), **decided)
    assert answer.status_code == 200, answer.text
    return case(pages, answer.json["number"])


def case(pages: Console, number: str) -> Case:
    with transaction(pages.house.factory) as session:
        return session.query(Case).filter_by(number=number.replace("-", "")).one()


def looks(pages: Console, subject: str) -> list[str]:
    with transaction(pages.house.factory) as session:
        return [one.by for one in looks_at(session, subject)]


def form(agent: Visitor, call: str) -> dict[str, Any]:
    """What the form of a call holds."""
    told: dict[str, Any] = agent.get("/desk/case", query_string={"call": call}).json
    return told


def test_P5_0_b_a_draft_is_kept_as_it_is_typed(pages: Console, agent: Visitor, caller: Caller) -> None:
    """For the page that is loaded anew, and the server that began anew; for nobody else."""
    first = types(agent, {"call": caller.call, "matter": "路面有坑"})
    types(agent, caller.said(), first)
    kept = form(agent, caller.call)["draft"]
    assert kept["id"] == first["id"]
    said = ("matter", "place", "name")
    assert [kept["fields"][name] for name in said] == [caller.hole[name] for name in said]
    with looking(workshop(pages.house.settings, "again").factory) as session:
        assert first["id"] in [row.id for row in drafts_of(session, "agent-1")]
    colleague = pages.signed_in("agent-2")
    assert form(colleague, caller.call)["draft"] is None
    assert (
        colleague.post("/desk/case", {"case": first["id"], "version": 2, "matter": "別的"}).status_code == 422
    )


def test_of_two_pages_with_one_draft_the_second_is_told(agent: Visitor, caller: Caller) -> None:
    """What the first typed is not lost."""
    first = types(agent, caller.said())
    types(agent, caller.said(email="wang@mail.example"), first)
    late = agent.post("/desk/case", {"case": first["id"], "version": first["version"], **caller.said()})
    assert late.status_code == 409 and late.json["fault"]  # type: ignore[index]
    assert form(agent, caller.call)["draft"]["fields"]["email"] == "wang@mail.example"


def test_category_and_place_are_proposed_from_the_words(agent: Visitor, caller: Caller) -> None:
    """What a person chose stays chosen."""
    told = types(agent, caller.said())
    assert (told["kind"], told["fields"]["category"], told["ready"]) == ("quick", "3003", "可以立案。")
    assert (told["fields"]["reply_way"], told["fields"]["is_safety"]) == ("sms", True)
    assert told["place"].startswith("板橋區文化路") and not told["asks_district"]
    chosen = types(agent, caller.said(category="3004", by_hand="category"), told)
    assert chosen["fields"]["category"] == "3004"
    assert types(agent, caller.said(place="那邊"), chosen)["place"].startswith("看不出是哪裡")


def test_P5_4_2_a_quick_case_has_its_number_at_once(pages: Console, agent: Visitor, caller: Caller) -> None:
    """On the screen and by SMS; its service and topic are proposed for the call."""
    told = files(agent, types(agent, caller.said())).json
    assert told["number"].startswith("1151-1240-") and "簡訊" in told["says"]
    row = case(pages, told["number"])
    assert (row.kind, row.state, row.call_id) == ("quick", "FILED", caller.call)
    with transaction(pages.house.factory) as session:
        sent = {one.template: one.recipient for one in notices(session) if f":{row.id}:" in one.event}
        assert proposed_services(session, caller.call) == {"P3.5"}
    assert sent["N-20"] == caller.number and "N-40" in sent
    desk = agent.get("/desk/open").text
    assert re.search(r'value="P3\.5" data-digit="5" checked', desk) and "案件：路面損壞" in desk
    assert form(agent, caller.call)["draft"] is None
    said = {"service": "P3.5", "topic": "category:3003"}
    assert agent.post(f"/desk/call/{caller.call}/service", said).status_code == 200


@pytest.mark.parametrize(
    ("phone", "email", "said"),
    [("02-2960-3456", "", "請唸給民眾聽，四位一組：1151、1240、"), ("", "wang@mail.example", "電子郵件")],
)
def test_V_12_who_has_no_mobile_is_read_the_number(
    agent: Visitor, caller: Caller, phone: str, email: str, said: str
) -> None:
    """In fours, by the agent."""
    answer = files(agent, types(agent, caller.said(phone=phone, email=email)))
    assert answer.status_code == 200 and said in answer.json["says"]


def test_P8_2_what_touches_somebody_waits_for_the_call_back(
    pages: Console, agent: Visitor, caller: Caller
) -> None:
    """The check is opened for the call's own number; when it fails, only the refusal stays."""
    said = caller.said(touches="reputation")
    draft = types(agent, said)
    assert "回撥" in draft["decisions"] and files(agent, draft).status_code == 422
    decided(pages, caller, "FAILED")
    again = types(agent, said, draft)
    assert "不能立案" in again["decisions"]
    answer = files(agent, again).json
    assert answer["number"] == "" and "沒有立案" in answer["said"]
    with transaction(pages.house.factory) as session:
        row = session.get_one(Case, draft["id"])
        assert (row.state, row.number, row.matter) == ("NOT_FILED", None, "")


def test_P8_2_a_confirmed_petitioner_files(pages: Console, agent: Visitor, caller: Caller) -> None:
    """Once the check says so."""
    draft = types(agent, caller.said(touches="property"))
    decided(pages, caller, "CONFIRMED")
    assert files(agent, draft).status_code == 200


def decided(pages: Console, caller: Caller, state: str) -> None:
    with transaction(pages.house.factory) as session:
        check = session.query(CallerVerification).filter_by(call_id=caller.call).one()
        assert (check.number, check.state) == (caller.number, "PENDING")
        check.state, check.ground = state, "denied" if state == "FAILED" else "affirmed"


def test_P5_0_c_anothers_case_at_the_place_is_the_agents_to_decide(
    pages: Console, agent: Visitor, caller: Caller
) -> None:
    """Attached, the report has a number and contact of its own; or it is another matter."""
    lead = filed(pages, agent, caller.said())
    second, third = (calls(pages, caller.hole["place"]) for _again in range(2))
    draft = types(agent, second.said())
    assert case_number(lead.number) in draft["decisions"]
    undecided = files(agent, draft)
    assert undecided.status_code == 422 and case_number(lead.number) in undecided.json["fault"]
    answer = files(agent, draft, choice=f"attach:{lead.number}")
    report = case(pages, answer.json["number"])
    assert (report.lead_id, report.phone) == (lead.id, second.number)
    assert filed(pages, agent, third.said(), choice="another").lead_id is None


def test_P7_2_an_open_case_of_this_caller_is_shown(pages: Console, agent: Visitor, caller: Caller) -> None:
    """On the card of the next call, and before another is filed."""
    row = filed(pages, agent, caller.said())
    again = calls(pages, caller.hole["place"], caller.number)
    card = agent.get(f"/desk/call/{again.call}").json
    assert card is not None and card["cases"][0]["number"] == case_number(row.number)
    assert card["cases"][0]["address"] == f"/cases/{row.number}" and "路面損壞" in card["cases"][0]["text"]
    draft = types(agent, again.said())
    assert case_number(row.number) in draft["decisions"] and files(agent, draft).status_code == 422
    same = files(agent, draft, choice=f"same:{row.number}").json
    assert same["number"] == case_number(row.number) and form(agent, again.call)["draft"] is None
    assert "14:00" in same["says"]
    with transaction(pages.house.factory) as session:
        promised = of_case(session, row.number or "")
        assert promised is not None and promised.number == caller.number
    other = types(agent, again.said())
    assert files(agent, other, choice="another").status_code == 200


def test_P5_4_11_an_unnamed_caller_is_offered_a_petition(
    pages: Console, agent: Visitor, caller: Caller
) -> None:
    """Unless it is public safety or resources."""
    noise = caller.said(matter="樓下半夜唱歌很吵", name="", category="1001", by_hand="category")
    draft = types(agent, noise)
    assert "未具名無法使用快速服務" in draft["decisions"] and files(agent, draft).status_code == 422
    row = case(pages, files(agent, draft, as_petition="yes").json["number"])
    assert (row.kind, row.petition_ground) == ("petition", "anonymous")
    assert filed(pages, agent, calls(pages).said(name="")).kind == "quick"


def test_P5_3_a_a_notify_case_needs_its_call(pages: Console, agent: Visitor, caller: Caller) -> None:
    """Linked to the placed call; who took the report, and when, stands in the case."""
    said, at = caller.said(kind="notify"), pages.clock.at
    draft = types(agent, said)
    assert not draft["notify"]["asks_person"] and files(agent, draft).status_code == 422
    with transaction(pages.house.factory) as session:
        call = PlacedCall(token="t1", purpose=Purpose.NOTIFY, call_id=caller.call, extension="5112")
        call.matter, call.targets = "坑洞", [Target("desk", "5112", "王小明").as_row()]
        call.by, call.placed_at, call.state = "agent-1", at, OutboundState.ANSWERED
        call.reached, call.answered_at = 1, at
        session.add(call)
        session.flush()
        version = pages.house.case_filing.notify(session, draft["id"], call.id, "agent-1", at).version
    told = types(agent, said, {"id": draft["id"], "version": version})
    assert told["notify"]["asks_person"] and "5112 王小明" in told["notify"]["says"]
    assert told["notify"]["address"].startswith("/placed/")
    assert agent.post(f"/desk/case/{draft['id']}/taken", {"person": "王小明"}).status_code == 200
    row = case(pages, files(agent, types(agent, said, told)).json["number"])
    assert (row.kind, row.notified_person, row.notified_at) == ("notify", "王小明", at)


def test_P4_12_who_types_a_draft_leaves_a_trace(pages: Console, agent: Visitor, caller: Caller) -> None:
    """The caller's number stands in the form of who answered; of others' calls nothing does."""
    told = form(agent, caller.call)
    assert (told["phone"].replace("-", ""), told["reply_way"]) == (caller.hole["phone"], "sms")
    assert "phone" not in form(agent, calls(pages, phone="agent-2").call)
    draft = types(agent, caller.said())
    assert looks(pages, f"call:{caller.call}") == ["agent-1"]
    assert looks(pages, f"case-draft:{draft['id']}") == ["agent-1"]


def test_a_draft_that_is_no_case_is_given_up(pages: Console, agent: Visitor, caller: Caller) -> None:
    """What was typed of the citizen goes; that there was a draft stays."""
    draft = types(agent, caller.said())
    assert agent.post(f"/desk/case/{draft['id']}/give-up").status_code == 200
    assert form(agent, caller.call)["draft"] is None
    with transaction(pages.house.factory) as session:
        row = session.get_one(Case, draft["id"])
        assert (row.state, row.matter, row.phone, row.number) == ("NOT_FILED", "", "", None)
    assert files(agent, draft).status_code == 422


def test_P5_4_3_a_case_entered_after_an_outage_has_the_true_time(
    pages: Console, agent: Visitor, caller: Caller
) -> None:
    """Phoned an hour ago: clocks run from there; a time to come, or none that can be read, is refused."""
    draft = types(agent, caller.said())
    for wrong in ("2026-11-24T23:00", "昨天"):
        assert files(agent, draft, phoned_at=wrong).status_code == 422
    answer = files(agent, draft, phoned_at="2026-11-24T09:00")
    row = case(pages, answer.json["number"])
    assert row.entered_late and row.filed_at == taipei("2026-11-24T09:00")


def test_P5_4_10_where_the_letter_is_registered_the_desk_files_a_petition(
    pages: Console, agent: Visitor
) -> None:
    """Three findings that nothing is wrong do not suffice; with the agency's letter the agent is told before
    filing that it becomes a petition. Public safety is never blocked, and lifted it is quick again.
    """
    noise = {
        "matter": "鄰居的狗整夜在叫",
        "category": "1001",
        "is_safety": "",
        "place": "三重區重新路四段12號",
    }
    chosen = {"by_hand": "category"}
    for _finding in range(3):
        row = filed(pages, agent, calls(pages).said(**noise, **chosen), choice="another")
        with transaction(pages.house.factory) as session:
            found = session.get_one(Case, row.id)
            found.state, found.is_unfounded, found.done_at = "CLOSED", True, pages.clock.at
    letter = {"case": row.number or "", "signed_by": "陳警官", "reason": "三次查無違規"}

    def drafted(**more: str) -> dict[str, Any]:
        return types(agent, calls(pages).said(**noise, **{**chosen, **more}))

    assert drafted()["kind"] == "quick"
    rdec = pages.signed_in("authorised-1")
    assert rdec.post("/case-letters/new", letter).status_code == 302
    blocked = drafted()
    assert blocked["kind"] == "petition" and "改以一般陳情受理" in blocked["decisions"]
    made = case(pages, files(agent, blocked, choice="another").json["number"])
    assert (made.kind, made.petition_ground, made.state) == ("petition", "blocked", "DISPATCHED")
    assert "陳情" in agent.get(f"/cases/{made.number}").text
    safe = {**calls(pages).said(**noise), "is_safety": "yes", "by_hand": ["category", "is_safety"]}
    assert types(agent, safe)["kind"] == "quick"
    with transaction(pages.house.factory) as session:
        number = session.query(ViolationLetter).one().id
    assert rdec.post(f"/case-letters/{number}/lift", {"reason": "現場已改變"}).status_code == 302
    assert drafted()["kind"] == "quick"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"matter": "x" * 5000}, "matter"),
        pytest.param({"matter": "a\x00b"}, "matter", marks=pytest.mark.matrix),
        ({"email": "nobody"}, "email"),
        pytest.param({"phone": "12"}, "phone", marks=pytest.mark.matrix),
        ({"reply_way": "sms", "by_hand": "reply_way", "phone": "02-2960-3456"}, "phone"),
        pytest.param({"place": ""}, "place", marks=pytest.mark.matrix),
        ({"name": "", "category": "1001", "by_hand": "category"}, "name"),
    ],
)
def test_what_cannot_be_filed_is_said_at_its_field(
    agent: Visitor, caller: Caller, wrong: dict[str, str], field: str
) -> None:
    """By the name of the field, so that the page shows it there."""
    answer = agent.post("/desk/case", caller.said(**wrong))
    if answer.status_code == 200:
        answer = files(agent, answer.json or {})
    told: Any = answer.json
    assert (answer.status_code, list(told["fields"])) == (422, [field])


def test_a_late_entry_of_no_time_is_said_at_its_field(agent: Visitor, caller: Caller) -> None:
    told: Any = files(agent, types(agent, caller.said()), phoned_at="昨天").json
    assert list(told["fields"]) == ["phoned_at"]
