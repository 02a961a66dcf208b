"""The page that dials 1999: there only where it is wanted; its account ends with the hour;
what is said is its own.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from calls.store import CallRow
from control.citizen_webrtc import account_of, new_account, password_at, secrets_at
from control.page_calls import READ, PageCalls
from control.text_line import Party, TextLineClosed
from hotline import clock
from hotline.callbacks.store import Callback
from hotline.db import transaction
from hotline.ledger.store import AuditRow
from tests.doors.console import BASE, Console, Visitor, console

ABROAD = {"REMOTE_ADDR": "192.0.2.7"}
"""The address of a citizen's network."""


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    return console(tmp_path / "home", browser_phones=True)


def test_without_browser_phones_there_is_no_page(tmp_path: Path) -> None:
    """Neither page nor account, and no page may use a microphone."""
    visitor = console(tmp_path / "home").stranger()
    assert visitor.get("/phone").status_code == 404
    assert visitor.post("/phone/account", page="/sign-in").status_code == 404
    headers = visitor.get("/sign-in").headers
    assert (
        "microphone=()" in headers["Permissions-Policy"] and "ws:" not in headers["Content-Security-Policy"]
    )


def test_a_page_gets_an_account_of_the_hour(pages: Console) -> None:
    """By a form of ours only; Asterisk takes it this hour and the next, and then no more."""
    visitor = pages.stranger()
    refused = visitor.client.post("/phone/account", base_url="https://console.test")
    assert refused.status_code == 400
    given = visitor.post("/phone/account", page="/phone").json
    assert given is not None
    settings, at = pages.house.settings, pages.clock.at
    taken = [
        [password for _, password in secrets_at(settings, at + timedelta(hours=hours))] for hours in range(3)
    ]
    assert [given["password"] in some for some in taken] == [True, True, False]
    assert given["password"] == password_at(settings, at) and len(given["page"]) == 32


def test_passwords_are_each_installation_s_own(pages: Console, tmp_path: Path) -> None:
    """Nobody makes one without the house's secret."""
    other = console(tmp_path / "other", browser_phones=True)
    assert password_at(other.house.settings, pages.clock.at) != password_at(
        pages.house.settings, pages.clock.at
    )


def said(page: str, **told: str) -> dict[str, str]:
    """What Asterisk's manager tells of a page's call."""
    return {"Event": "UserEvent", "UserEvent": "Said", "Page": page, **told}


def heard_by_itself(monotonic: Callable[[], float] = clock.monotonic) -> PageCalls:
    """Calls of pages on one machine, which hears at once what it tells."""
    calls = PageCalls(lambda node, event: calls.hear(dict(event), node), monotonic)
    return calls


MINE, ANOTHER, CALL = "a" * 32, "b" * 32, "ntpc1-1795600000.12"


def test_a_page_reads_what_was_said_to_it_and_nothing_else(pages: Console) -> None:
    """In the language it was said in, each once; another page's words stay its own."""
    calls: PageCalls = pages.house.page_calls
    calls.hear(said(MINE, Prompts="hotline/zh-TW/V-01"))
    calls.hear(said(MINE, Prompts="&hotline/en/to-an-agent"))
    calls.hear(said(ANOTHER, Prompts="hotline/en/V-01"))
    calls.hear({**said(MINE, Prompts="hotline/en/V-01"), "UserEvent": "Other"})
    visitor = pages.stranger()
    told = visitor.get(f"/phone/said?page={MINE}&after=0").json["said"]
    assert [(one["number"], one["language"]) for one in told] == [(1, "zh-TW"), (2, "en")]
    assert "錄音" in told[0]["text"]
    assert [one["number"] for one in visitor.get(f"/phone/said?page={MINE}&after=1").json["said"]] == [2]


def test_a_page_reads_where_its_call_is_and_why_it_ended(pages: Console) -> None:
    """As the dialplan's steps lead it; the end is the last word."""
    visitor, told = pages.stranger(), list[tuple[str, str]]()
    for step in ("menus", "queue", "ringing", "unanswered", "ringing", "talking", "ring", "through", "end"):
        pages.house.page_calls.hear(said(MINE, Call=CALL, State=step))
        told.append(state(visitor))
    pages.house.page_calls.hear(said(MINE, State="over", Why="promised"))
    pages.house.page_calls.hear(said(MINE, State="talking"))
    assert told == [
        (one, "")
        for one in (
            "menus", "waiting", "ringing", "waiting", "ringing", "talking", "hunting", "through", "ending",
        )
    ]  # fmt: skip
    assert state(visitor) == ("over", "promised")


def state(visitor: Visitor, page: str = MINE) -> tuple[str, str]:
    told = visitor.get(f"/phone/said?page={page}").json
    return told["state"], told["why"]


# --- the text line ---------------------------------------------------------------------------------------


@pytest.fixture
def talking(pages: Console) -> Console:
    """A citizen's page talks with agent-1."""
    at = pages.clock.at
    with transaction(pages.house.factory) as session:
        session.add(CallRow(id=CALL, started_at=at, agent="agent-1", agent_at=at))
    calls: PageCalls = pages.house.page_calls
    calls._monotonic, calls._tell = lambda: 0.0, lambda node, event: calls.hear(event, node)
    calls.hear(said(MINE, Call=CALL, State="talking"))
    calls.texts(CALL, 0)
    return pages


def citizen_writes(visitor: Visitor, text: str, page: str = MINE) -> TestResponse:
    return visitor.post("/phone/text", {"page": page, "text": text}, page="/sign-in")


def read(visitor: Visitor) -> list[tuple[str, str]]:
    """What a citizen's page shows of what was written."""
    return [(one["by"], one["text"]) for one in visitor.get(f"/phone/said?page={MINE}").json["texts"]]


def test_citizen_and_agent_write_to_each_other(talking: Console) -> None:
    """Both read both, as plain text; that the agent read is on record, what was written is not."""
    citizen, agent = talking.stranger(), talking.signed_in("agent-1")
    assert citizen_writes(citizen, " <b>我姓\n陳\u202e</b> ").status_code == 200
    assert agent.post(f"/desk/call/{CALL}/text", {"text": "請問地址？"}).status_code == 200
    there = [("citizen", "<b>我姓 陳 </b>"), ("agent", "請問地址？")]
    assert read(citizen) == there
    for _again in range(2):
        told = agent.get(f"/desk/call/{CALL}/text?after=0").json
        assert told["open"] and [(one["by"], one["text"]) for one in told["texts"]] == there
    with transaction(talking.house.factory) as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.subject == f"call:{CALL}")).all()
        assert [row.by for row in rows] == ["agent-1"]
        assert "姓" not in "".join(
            f"{row.before}{row.after}{row.reason}" for row in session.scalars(select(AuditRow))
        )


def test_a_text_line_is_of_its_talk_alone(talking: Console) -> None:
    """Another page and another agent read and write nothing; over the call nothing is left."""
    citizen, other = talking.stranger(), talking.signed_in("agent-2")
    citizen_writes(citizen, "我姓陳")
    assert citizen_writes(talking.stranger(), "我也要", page=ANOTHER).status_code == 422
    assert citizen_writes(talking.stranger(), "我也要", page="x").status_code == 404
    assert (
        citizen.client.post("/phone/text", data={"page": MINE, "text": "x"}, base_url=BASE).status_code == 400
    )
    assert talking.stranger().get(f"/phone/said?page={ANOTHER}").json["texts"] == []
    assert other.get(f"/desk/call/{CALL}/text").status_code in (404, 422)
    assert other.post(f"/desk/call/{CALL}/text", {"text": "喂"}).status_code == 422
    assert read(citizen) == [("citizen", "我姓陳")]
    talking.house.page_calls.hear(said(MINE, State="over"))
    assert read(citizen) == [] and citizen_writes(citizen, "還在嗎").status_code == 422
    assert talking.signed_in("agent-1").get(f"/desk/call/{CALL}/text").json == {"open": False, "texts": []}


@pytest.mark.parametrize("step", ["queue", "ringing", "ring", "through"])
def test_one_writes_to_an_agent_alone(pages: Console, step: str) -> None:
    """Nobody is there to read while one waits, or talks with an officer."""
    pages.house.page_calls.hear(said(MINE, Call=CALL, State=step))
    assert citizen_writes(pages.stranger(), "有人嗎").status_code == 422


@pytest.mark.parametrize("page", ["", "x", "A" * 32, "a" * 31, "../" + "a" * 29])
def test_a_page_that_is_none_reads_nothing(pages: Console, page: str) -> None:
    """Names are ours."""
    assert pages.stranger().get("/phone/said", query_string={"page": page}).status_code == 404


def test_what_asterisk_never_says_is_no_caption() -> None:
    """A hostile or torn event is passed over, and old pages are forgotten."""
    calls = heard_by_itself()
    calls.hear(said("c" * 32, Prompts="&&;rm -rf&<b>", State="nowhere"))
    assert [one.prompts for one in calls.seen("c" * 32, 0, 0).sayings] == [()]
    assert calls.seen("c" * 32, 0, 0).state == "menus"
    for number in range(600):
        calls.hear(said(f"{number:032x}", Prompts="hotline/en/V-01"))
    assert calls.seen("c" * 32, 0, 0).sayings == []
    assert len(calls.seen(f"{599:032x}", 0, 0).sayings) == 1


def test_the_pages_of_citizen_and_agent_are_served_by_two_machines() -> None:
    """Both hear the node of the call: what is read and written at one is seen at the other, in whole."""
    consoles = list[PageCalls]()

    def tell(node: str, event: Mapping[str, str]) -> None:
        assert node == "ntpc2" and all(
            len(f"{name}: {value}".encode()) < 1024 for name, value in event.items()
        )
        for one in consoles:
            one.hear(dict(event), node)

    consoles += (PageCalls(tell, lambda: 0.0) for _ in range(2))
    citizens, agents = consoles
    tell("ntpc2", said(MINE, Call=CALL, State="talking"))
    assert not citizens.seen(MINE, 0, 0).writes
    agents.texts(CALL, 0)
    assert citizens.seen(MINE, 0, 0).writes
    citizens.writes(MINE, long := '新" \\ ' * 90 + "👍" * 50)
    agents.answers(CALL, "好")
    there = [(Party.CITIZEN, long), (Party.AGENT, "好")]
    assert [(one.by, one.text) for one in agents.texts(CALL, 0)] == there
    assert [(one.by, one.text) for one in citizens.seen(MINE, 0, 0).texts] == there
    agents.put_through(CALL)
    assert citizens.seen(MINE, 0, 0).state == "through"
    for one in consoles:
        one.lose("ntpc1")
    assert citizens.seen(MINE, 0, 0).texts and agents.is_page(CALL)
    for one in consoles:
        one.lose("ntpc2")
    assert not citizens.seen(MINE, 0, 0).texts and not agents.is_page(CALL)


def test_one_writes_to_who_reads() -> None:
    """Not to an agent who answers with a telephone, nor to a desk whose page is gone."""
    at = [0.0]
    calls = heard_by_itself(lambda: at[0])
    calls.hear(said(MINE, Call=CALL, State="talking"))
    assert not calls.seen(MINE, 0, 0).writes
    with pytest.raises(TextLineClosed):
        calls.writes(MINE, "有人嗎")
    calls.texts(CALL, 0)
    assert calls.seen(MINE, 0, 0).writes
    at[0] = READ
    assert not calls.seen(MINE, 0, 0).writes


def test_what_was_written_is_forgotten_when_no_end_would_be_heard_of() -> None:
    """Asterisk's manager is gone: nobody writes, until it names the call again."""
    calls = heard_by_itself(lambda: 0.0)
    calls.hear(said(MINE, Call=CALL, State="talking"))
    calls.texts(CALL, 0)
    calls.writes(MINE, "我姓陳")
    calls.lose()
    assert calls.seen(MINE, 0, 0).texts == [] and not calls.is_page(CALL)
    with pytest.raises(TextLineClosed):
        calls.writes(MINE, "還在嗎")
    calls.hear(said(MINE, Call=CALL, State="talking"))
    calls.answers(CALL, "在")
    assert [one.text for one in calls.seen(MINE, 0, 0).texts] == ["在"]


# --- how many ------------------------------------------------------------------------------------------


def asks(visitor: Visitor, address: str = "192.0.2.7", page: str = "/sign-in") -> TestResponse:
    """A browser at an address asks for what it needs for a call."""
    return visitor.post("/phone/account", page=page, environ_base={"REMOTE_ADDR": address})


def test_the_same_browser_keeps_its_account(pages: Console) -> None:
    """However often the page is loaded, until its time is over; another browser has another."""
    mine, other = pages.stranger(), pages.stranger()
    first = asks(mine).json["account"]
    assert [asks(mine).json["account"] for _ in range(3)] == [first] * 3
    assert asks(other).json["account"] != first
    pages.clock.goes_on(pages.house.settings.visitor_stay)
    assert asks(mine).json["account"] != first


def test_nobody_makes_an_account_without_the_house(pages: Console, tmp_path: Path) -> None:
    """One of another installation, one that names another end, and one that is over are none."""
    settings, at = pages.house.settings, pages.clock.at
    own = new_account(settings, at)
    assert account_of(settings, own.word, at) == own
    foreign = new_account(console(tmp_path / "other", browser_phones=True).house.settings, at)
    longer = own.word[:32] + f"{int(own.word[32:42]) + 60:010d}" + own.word[42:]
    assert [account_of(settings, word, at) for word in (foreign.word, longer, own.word[:-1], "")] == [
        None
    ] * 4
    assert account_of(settings, own.word, own.ends_at) is None


def test_an_address_gets_so_many_accounts_an_hour(tmp_path: Path) -> None:
    """A whole /64 together; whoever has one keeps it; the next hour has its own; the refused are counted."""
    pages = console(tmp_path / "home", browser_phones=True, visitor_accounts=3)
    browsers = [pages.stranger() for _ in range(4)]
    answers = [asks(one, f"2001:db8::{n:x}") for n, one in enumerate(browsers, 1)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert (
        answers[3].json == {"elsewhere": "/phone/callback"}
        and 3590 < int(answers[3].headers["Retry-After"]) < 3602
    )
    assert asks(browsers[0], "2001:db8::1").status_code == 200
    assert asks(browsers[3], "2001:db8:0:1::1").status_code == 200
    pages.clock.goes_on(timedelta(hours=1))
    assert asks(pages.stranger(), "2001:db8::5").status_code == 200


def test_this_machine_is_not_counted_in_the_demo_only(tmp_path: Path) -> None:
    """Where calls come from outside, a proxy's address is one like any other."""
    demo = console(tmp_path / "demo", browser_phones=True, visitor_accounts=1)
    city = console(tmp_path / "city", browser_phones=True, visitor_accounts=1, sip_address="192.0.2.1")
    given = [[asks(at.stranger(), "127.0.0.1").status_code for _ in range(3)] for at in (demo, city)]
    assert given == [[200, 200, 200], [200, 429, 429]]


@pytest.fixture
def full(tmp_path: Path) -> Console:
    """From the address of ``ABROAD`` no more browsers may call; two callbacks an hour may be asked for."""
    pages = console(tmp_path / "home", browser_phones=True, visitor_accounts=1, visitor_callbacks=2)
    assert asks(pages.stranger()).status_code == 200
    return pages


def writes(visitor: Visitor, number: str) -> TestResponse:
    return visitor.post("/phone/callback", {"number": number}, page="/sign-in", environ_base=ABROAD)


def numbers(pages: Console) -> list[tuple[str, str]]:
    with transaction(pages.house.factory) as session:
        return [(row.number, row.origin) for row in session.scalars(select(Callback).order_by(Callback.id))]


def test_over_the_limit_a_page_shows_the_number_and_offers_a_callback(full: Console) -> None:
    """Who comes to telephone is led there; the promise is like any other, and its due time is told."""
    visitor = full.stranger()
    assert visitor.get("/phone", environ_base=ABROAD).location == "/phone/callback"
    shown = visitor.get("/phone/callback", environ_base=ABROAD)
    assert shown.status_code == 200
    assert 'href="tel:1999"' in shown.text and 'href="tel:0229603456"' in shown.text and "額滿" in shown.text
    assert writes(visitor, "0912-345-678").status_code == 303
    assert "以前回電給您" in visitor.get("/phone/callback", environ_base=ABROAD).text
    assert numbers(full) == [("+886912345678", "page")]


@pytest.mark.parametrize("number", ["", "12", "0204123456", "+8613800138000", "110", "0912345678;x"])
def test_only_a_number_of_taiwan_is_called_back(full: Console, number: str) -> None:
    """Nothing premium, foreign or short; the page says what to write, and nothing is promised."""
    answer = writes(full.stranger(), number)
    assert answer.status_code == 422 and "電話" in answer.text and numbers(full) == []


def test_the_offer_is_no_open_door(full: Console) -> None:
    """So many an hour an address, one promise a number;
    and who can still telephone is led to the telephone.
    """
    visitor = full.stranger()
    assert [writes(visitor, "0912345678").status_code for _ in range(2)] == [303, 303]
    refused = writes(full.stranger(), "0987654321")
    assert refused.status_code == 429 and "用電話撥 1999" in refused.text
    assert numbers(full) == [("+886912345678", "page")]
    elsewhere = full.stranger().post("/phone/callback", {"number": "0987654321"}, page="/sign-in")
    assert elsewhere.status_code == 303 and elsewhere.location == "/phone"
    assert numbers(full) == [("+886912345678", "page")]


def test_while_the_database_is_away_a_call_can_be_had(
    pages: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is counted then: a call matters more."""

    def away(*_: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("away"))

    visitor = pages.stranger()
    visitor.token("/sign-in")
    monkeypatch.setattr("web.console.pages.phone.have", away)
    monkeypatch.setattr("web.console.pages.phone.is_used_up", away)
    assert visitor.get("/phone", environ_base=ABROAD).status_code == 200
    assert asks(visitor).status_code == 200
