"""The agents' desk without a telephone: whose it is, what a card tells, and deeds that cannot be done."""

from datetime import timedelta
from pathlib import Path

import pytest

from calls import recording_pause, recording_stop
from calls.dispositions import CONSULTED
from calls.store import CallEvent, CallRow, Leg
from hotline.accounts.endings import end_staff
from hotline.callbacks.find import of_number
from hotline.db import transaction
from hotline.knowledge.rules import Faq
from hotline.knowledge.service import write
from hotline.ledger.looks import looks_at
from hotline.numbers import ANONYMOUS
from hotline.staff.browsers import STAYS, browsers
from hotline.staff.store import Agent
from tests.doors.console import Console, Visitor, console

CALL, NUMBER = "ntpc1-1795600000.12", "+886912345678"


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    made = console(tmp_path / "home", browser_phones=True)
    with transaction(made.house.factory) as session:
        at = made.clock.at
        session.add(CallRow(id=CALL, caller=NUMBER, started_at=at, queued_at=at, turn=3))
        session.add(
            CallEvent(key="k", call_id=CALL, at=at, kind="KeyPressed", detail={"menu": "main", "key": "1"})
        )
    return made


@pytest.fixture
def agent(pages: Console) -> Visitor:
    return pages.signed_in("agent-1")


def answers(pages: Console, phone: str) -> None:
    with transaction(pages.house.factory) as session:
        row = session.get_one(CallRow, CALL)
        row.agent, row.agent_at = phone, pages.clock.at


def signed_on(pages: Console) -> dict[str, str]:
    with transaction(pages.house.factory) as session:
        return browsers(session, pages.clock.at)


def test_who_has_no_telephone_of_an_agent_has_no_desk(pages: Console) -> None:
    """A supervisor without one is told what to do; an officer may not open it."""
    with transaction(pages.house.factory) as session:
        session.delete(session.get_one(Agent, "agent-2"))
    homeless = pages.signed_in("agent-2").get("/desk")
    assert homeless.status_code == 404 and "沒有話務電話" in homeless.text
    assert pages.signed_in("officer-5112").get("/desk").status_code == 403


def test_a_page_is_the_telephone_as_long_as_it_is_there(pages: Console, agent: Visitor) -> None:
    """It says so every half minute; silent for some minutes, it is none any more, and its password ends."""
    given = agent.post("/desk/on", page="/account").json
    assert given is not None and given["user"] == "agent-1"
    assert signed_on(pages) == {"agent-1": given["password"]}
    pages.clock.goes_on(STAYS - timedelta(seconds=1))
    assert agent.post("/desk/stay", {"secret": given["password"]}).status_code == 200
    pages.clock.goes_on(STAYS)
    assert signed_on(pages) == {}
    assert agent.post("/desk/stay", {"secret": given["password"]}).status_code == 409


def test_who_may_answer_no_more_has_no_telephone(pages: Console, agent: Visitor) -> None:
    """From the moment on which a login is nobody's, however long the page would have counted."""
    given = agent.post("/desk/on").json
    assert given
    at = pages.clock.at
    with transaction(pages.house.factory) as session:
        end_staff(session, "agent-1", at + timedelta(seconds=1), at=at, by="admin-1")
    assert signed_on(pages) == {"agent-1": given["password"]}
    pages.clock.goes_on(timedelta(seconds=2))
    assert signed_on(pages) == {}


def test_the_latest_page_is_the_telephone(pages: Console, agent: Visitor) -> None:
    """The one before is told so, and signing it off takes nothing from the other."""
    first, second = (agent.post("/desk/on").json for _page in range(2))
    assert first and second and first["password"] != second["password"]
    refused = agent.post("/desk/stay", {"secret": first["password"]})
    assert refused.status_code == 409 and "另一個分頁" in refused.json["fault"]  # type: ignore[index]
    agent.post("/desk/off", {"secret": first["password"]})
    assert signed_on(pages) == {"agent-1": second["password"]}
    agent.post("/desk/off", {"secret": second["password"]})
    assert signed_on(pages) == {}


def test_a_page_that_goes_in_a_talk_says_so_while_it_is_the_telephone(pages: Console, agent: Visitor) -> None:
    """Another page's talk is not touched; and who comes back is on duty also while Asterisk is away."""
    first = agent.post("/desk/on").json
    second = agent.post("/desk/on", {"left": "yes"})
    assert first and second.json and second.status_code == 200
    refused = agent.post("/desk/gone", {"secret": first["password"]}).json
    assert refused and "另一個分頁" in refused["fault"]
    away = agent.post("/desk/gone", {"secret": second.json["password"]}).json
    assert away and "電話系統沒有回應" in away["fault"]


def test_a_card_tells_what_is_known_and_masks_the_number_until_the_answer(
    pages: Console, agent: Visitor
) -> None:
    """Whoever answers sees it, which leaves a trace; a colleague does not."""
    before = agent.get(f"/desk/call/{CALL}").json
    assert before is not None
    assert (before["number"], before["pressed"]) == ("0912***678", ["主選單 1"])
    answers(pages, "agent-1")
    after = agent.get(f"/desk/call/{CALL}").json
    assert after is not None and after["number"] == "0912345678"
    colleague = pages.signed_in("agent-2").get(f"/desk/call/{CALL}").json
    assert colleague is not None and colleague["number"] == "0912***678"
    with transaction(pages.house.factory) as session:
        assert [one.by for one in looks_at(session, f"call:{CALL}")] == ["agent-1"]
    assert agent.get("/desk/call/no-such-call").status_code == 404


def test_a_call_that_comes_back_to_an_agent_was_talked_in_before(pages: Console, agent: Visitor) -> None:
    """The talks of this agent that are over; not those of a colleague, nor the one that goes on."""
    at, minute = pages.clock.at, timedelta(minutes=1)
    legs = [
        Leg(channel="l-1", phone="agent-1", started_at=at, answered_at=at, ended_at=at + minute, talk_seconds=50.0),
        Leg(channel="l-2", phone="agent-2", started_at=at, answered_at=at, ended_at=at + minute, talk_seconds=40.0),
        Leg(channel="l-3", phone="agent-1", started_at=at, answered_at=at, ended_at=at + minute, talk_seconds=7.5),
        Leg(channel="l-4", phone="agent-1", started_at=at, answered_at=at, talk_seconds=3.0),
    ]  # fmt: skip
    assert agent.get(f"/desk/call/{CALL}").json["talked"] == 0  # type: ignore[index]
    with transaction(pages.house.factory) as session:
        for leg in legs:
            leg.call_id = CALL
        session.add_all(legs)
    assert agent.get(f"/desk/call/{CALL}").json["talked"] == 57.5  # type: ignore[index]


def test_a_call_is_closed_with_what_it_was_for(pages: Console, agent: Visitor) -> None:
    """At least one service type, several are possible, nothing else is taken (P3)."""
    answers(pages, "agent-1")
    assert CALL in agent.get("/desk").text
    path = f"/desk/call/{CALL}/service"
    assert agent.post(path).status_code == 422
    assert agent.post(path, {"service": "P3.9"}).status_code == 422
    assert agent.post(path, {"service": ["P3.2", "P3.1"], "topic": "word:other"}).status_code == 200
    assert CALL not in agent.get("/desk").text
    with transaction(pages.house.factory) as session:
        assert session.get_one(CallRow, CALL).service == "P3.1 P3.2"


def test_a_callback_is_promised_from_the_desk(pages: Console, agent: Visitor) -> None:
    """To the caller's own number, for a matter, with its time;
    asked for again, with the time that was promised.
    """
    answers(pages, "agent-1")
    answer = agent.post(f"/desk/call/{CALL}/callback", {"matter": "路燈", "extension": "5112"})
    assert answer.status_code == 200 and "14:00" in answer.json["said"]  # type: ignore[index]
    pages.clock.goes_on(timedelta(minutes=10))
    again = agent.post(f"/desk/call/{CALL}/callback", {"matter": "路燈", "extension": "5112"})
    assert again.status_code == 200 and "14:00" in again.json["said"]  # type: ignore[index]
    with transaction(pages.house.factory) as session:
        (promise,) = of_number(session, NUMBER)
        assert (promise.matter, promise.extension, promise.agency) == ("路燈", "5112", "epb")


def test_who_calls_with_a_hidden_number_is_asked_for_one(pages: Console, agent: Visitor) -> None:
    """And nobody else: a promise is kept at the number of the call if that is dialled."""
    answers(pages, "agent-1")
    path, other = f"/desk/call/{CALL}/callback", "(02)2960-3456"
    assert agent.get(f"/desk/call/{CALL}").json["asks_number"] is False  # type: ignore[index]
    assert agent.post(path, {"matter": "路燈", "number": other}).status_code == 200
    with transaction(pages.house.factory) as session:
        session.get_one(CallRow, CALL).caller = ANONYMOUS
    assert agent.get(f"/desk/call/{CALL}").json["asks_number"] is True  # type: ignore[index]
    refused = agent.post(path, {"matter": "路樹"})
    assert refused.status_code == 422 and "請填民眾可以接聽的電話" in refused.json["fault"]  # type: ignore[index]
    assert agent.post(path, {"matter": "路樹", "number": other}).status_code == 200
    with transaction(pages.house.factory) as session:
        assert [one.matter for one in of_number(session, NUMBER)] == ["路燈"]
        assert [one.matter for one in of_number(session, "0229603456")] == ["路樹"]


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("0204-123-456", "是付費號碼"),
        ("+81 3 1234 5678", "是國外號碼"),
        ("0800-123-456", "是服務專線"),
        ("0912-345-67", "不是完整的電話"),
        ("5112", "請填民眾可以接聽的電話"),
    ],
)
def test_resilience_2_7_a_number_that_is_not_dialled_is_refused_on_the_desk_in_words(
    pages: Console, agent: Visitor, number: str, why: str
) -> None:
    """Each with what to ask the caller for; who calls from abroad is asked as who hides the number is."""
    answers(pages, "agent-1")
    path = f"/desk/call/{CALL}/callback"
    with transaction(pages.house.factory) as session:
        session.get_one(CallRow, CALL).caller = "+819012345678"
    assert agent.get(f"/desk/call/{CALL}").json["asks_number"] is True  # type: ignore[index]
    refused = agent.post(path, {"matter": "路樹", "number": number})
    assert refused.status_code == 422 and why in refused.json["fault"]  # type: ignore[index]
    assert agent.post(path, {"matter": "路樹", "number": "0912-000-111"}).status_code == 200
    with transaction(pages.house.factory) as session:
        (given,) = of_number(session, "+886912000111")
        assert given.given_by == "+819012345678"


def test_resilience_2_7_a_caller_without_any_number_is_for_a_person_to_see(
    pages: Console, agent: Visitor
) -> None:
    """Never refused: the agent ticks it, and a supervisor finds it among those without a number."""
    answers(pages, "agent-1")
    with transaction(pages.house.factory) as session:
        session.get_one(CallRow, CALL).caller = ANONYMOUS
    form = {"matter": "路樹倒了", "without_number": "yes"}
    assert agent.post(f"/desk/call/{CALL}/callback", form).status_code == 200
    listed = pages.signed_in("supervisor-1").get("/callbacks?whose=without-number").text
    assert "路樹倒了" in listed and "沒有號碼" in listed


def test_without_asterisk_the_desk_says_so(pages: Console, agent: Visitor) -> None:
    """Nothing is lost: a break is on record, a transfer says that it did not happen."""
    rest = agent.post("/desk/break", {"reason": "用餐"})
    assert rest.status_code == 302
    assert "用餐" in agent.get("/desk").text
    officer = {"extension": "5112", "why": "law"}
    tried = [
        ("put-through", officer),
        ("consult", officer),
        ("go-on", {"way": "join"}),
        ("do", {"kind": "guided"}),
    ]
    for path, form in tried:
        answer = agent.post(f"/desk/call/{CALL}/{path}", form)
        assert answer.status_code == 422 and "電話系統沒有回應" in answer.json["fault"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("path", "form", "said"),
    [
        ("put-through", {"extension": "5112", "why": "x"}, "理由"),
        ("put-through", {"extension": "99999", "why": "faq"}, "99999"),
        ("consult", {"extension": "5112"}, "理由"),
        ("consult", {"extension": "99999", "why": "faq"}, "99999"),
        ("do", {"kind": "end"}, "沒有這個動作"),
        ("go-on", {"way": "out"}, "沒有這個動作"),
    ],
)
def test_what_cannot_be_done_is_said(
    pages: Console, agent: Visitor, path: str, form: dict[str, str], said: str
) -> None:
    """In one sentence."""
    answers(pages, "agent-1")
    answer = agent.post(f"/desk/call/{CALL}/{path}", form)
    assert answer.status_code == 422 and said in answer.json["fault"]  # type: ignore[index]


def test_whom_to_put_through_to_is_found_with_the_ladder(agent: Visitor) -> None:
    """By extension or name; who would ring, and why."""
    found = agent.get("/desk/who", query_string={"q": "5112"}).json
    assert found and found[0]["extension"] == "5112"
    told = agent.get("/desk/route", query_string={"extension": "5112"}).json
    assert told and told["rings"].startswith("依序響鈴：5112 ") and "5111" in told["rings"]
    assert any("5111" in line for line in told["lines"])
    nobody = agent.get("/desk/route", query_string={"extension": "999"}).json
    assert nobody and nobody["rings"] == nobody["lines"][1], (
        "what is heard says that there is no such extension"
    )


def test_a_caller_who_shows_no_number_is_listed_in_words(pages: Console, agent: Visitor) -> None:
    """Not by what the row says, which is English."""
    with transaction(pages.house.factory) as session:
        session.get_one(CallRow, CALL).caller = ANONYMOUS
    answers(pages, "agent-1")
    page = agent.get("/desk").text
    assert "· 未顯示號碼</legend>" in page and ANONYMOUS not in page


def test_the_languages_of_an_agent_are_named(agent: Visitor) -> None:
    """Not their tags."""
    page = agent.get("/desk").text
    assert "國語" in page and "zh-TW、" not in page


def test_where_a_talk_stands_is_told_with_each_phone_rung(pages: Console, agent: Visitor) -> None:
    """Also while Asterisk says nothing: then the place is not known."""
    with transaction(pages.house.factory) as session:
        for number, (extension, outcome) in enumerate((("5112", "busy"), ("5111", ""))):
            session.add(
                Leg(
                    channel=f"c{number}",
                    call_id=CALL,
                    phone="officers",
                    kind="desk",
                    asked="5112",
                    extension=extension,
                    started_at=pages.clock.at,
                    outcome=outcome,
                )
            )
    told = agent.get(f"/desk/call/{CALL}/now").json
    assert told and told["place"] == ""
    assert [(one["extension"], one["says"].rpartition("：")[2]) for one in told["rungs"]] == [
        ("5112", "忙線"),
        ("5111", "響鈴中"),
    ]


def test_P3_1_the_book_is_found_on_the_desk_and_whether_it_answered_is_on_record(
    pages: Console, agent: Visitor
) -> None:
    """The answer's text with it; an entry that is not in the book is none."""
    with transaction(pages.house.factory) as session:
        faq = Faq("epb", "垃圾車幾點來？", "晚上七點到九點。", keywords="垃圾 清運")
        number = write(session, faq, at=pages.clock.at, by="admin-1").key
    answers(pages, "agent-1")
    found = agent.get("/desk/knowledge", query_string={"q": "垃圾車"}).json
    assert found and (found[0]["number"], found[0]["answer"]) == (number, "晚上七點到九點。")
    path = f"/desk/call/{CALL}/answered"
    assert agent.post(path, {"entry": number, "answered": "yes"}).status_code == 200
    assert agent.post(path, {"entry": "999", "answered": "yes"}).status_code == 422
    with transaction(pages.house.factory) as session:
        told = [one.detail for one in session.query(CallEvent).filter_by(kind=CONSULTED)]
    assert told == [{"entry": number, "answered": True, "by": "agent-1"}]


def test_after_call_work_is_told_and_ends_when_the_agent_is_ready(pages: Console, agent: Visitor) -> None:
    """Also while Asterisk is away: the rows count, and it is brought later. Which call it is for is told
    until that is closed.
    """
    at = pages.clock.at
    with transaction(pages.house.factory) as session:
        one = session.get_one(Agent, "agent-1")
        one.after_until, one.after_leg = at + timedelta(seconds=40), "leg-1"
        session.add(Leg(channel="leg-1", call_id=CALL, phone="agent-1", kind="agent", started_at=at))
    assert agent.get("/desk/after").json == {"left": 40.0, "paused": "after-call work", "call": CALL}
    with transaction(pages.house.factory) as session:
        session.get_one(CallRow, CALL).service = "P3.1"
    assert agent.get("/desk/after").json == {"left": 40.0, "paused": "after-call work", "call": ""}
    agent.post("/desk/ready")
    assert agent.get("/desk/after").json == {"left": 0.0, "paused": "", "call": ""}


def test_P4_12_a_pause_of_the_recording_is_on_the_card(pages: Console, agent: Visitor) -> None:
    """Beside the notice: who paused it, and until when at most."""
    assert agent.get(f"/desk/call/{CALL}").json["recording"]["says"] == "未告知；目前沒有錄音"  # type: ignore[index]
    with transaction(pages.house.factory) as session:
        at = pages.clock.at
        session.get_one(CallRow, CALL).recorded_at = at
        session.add(CallEvent(key="n", call_id=CALL, at=at, kind="NoticeHeard", detail={"language": "zh-TW"}))
        recording_pause.begin(session, CALL, until=at + timedelta(minutes=1), by="agent-1", at=at)
    told = agent.get(f"/desk/call/{CALL}").json["recording"]  # type: ignore[index]
    assert told["paused"] and told["says"].startswith("已告知；暫停錄音中（示範話務員一），最晚 10:01:00")
    assert agent.post(f"/desk/call/{CALL}/recording", {"pause": "yes"}).status_code == 422


def test_P4_12_a_recording_that_was_stopped_stays_so_on_the_card(pages: Console, agent: Visitor) -> None:
    """The page names the other channels; without a reason, or while nobody talks, nothing is stopped."""
    assert pages.house.settings.recording_refused in agent.get("/desk").text
    path = f"/desk/call/{CALL}/stop-recording"
    assert [agent.post(path, {"reason": why}).status_code for why in ("", "民眾不同意")] == [422, 422]
    with transaction(pages.house.factory) as session:
        recording_stop.stop(session, CALL, "民眾不同意", by="agent-1", at=pages.clock.at)
    told = agent.get(f"/desk/call/{CALL}").json["recording"]  # type: ignore[index]
    assert told["stopped"] and told["says"] == "未告知；已停止錄音，不再恢復"


def test_a_card_tells_that_a_promise_of_this_caller_was_restored(pages: Console, agent: Visitor) -> None:
    """Who answers asks the citizen first."""
    with transaction(pages.house.factory) as session:
        pages.house.callbacks.restoring(pages.clock.at).promise(
            session, "earlier", NUMBER, "zh-TW", "caller", pages.clock.at, "5112"
        )
    card = agent.get(f"/desk/call/{CALL}").json
    assert card is not None and [one["matter"] for one in card["promises"]] == ["5112 還原：先查證"]
