"""The wallboard: opened by a token from its own networks alone, shows nobody's number or name, on record."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from calls.store import CallRow
from hotline.accounts.store import WallboardRow
from hotline.accounts.wallboards import OPENED, REFUSALS, REFUSED, enter, wallboards
from hotline.db import transaction
from hotline.ledger.audit import audit_rows
from hotline.permissions import Action
from hotline.staff.agent_state import set_alias
from hotline.staff.store import Agent
from reporting.board import AgentNow, Floor, WaitingCall
from reporting.wallboard import WallState, wall
from tests.doors.console import Console, Visitor, console

ROOM = "10.1.2.7"


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    made = console(tmp_path / "home")
    at = made.clock.at
    row = CallRow(id="a-1.1", caller="+886911000001", started_at=at, queued_at=at - timedelta(seconds=75))
    with transaction(made.house.factory) as session:
        session.add(row)
        session.get_one(Agent, "agent-2").paused = "就醫"
        set_alias(session, "agent-1", "小雨", at=at, by="supervisor-1")
    return made


def makes(pages: Console, networks: str = "10.1.2.0/24") -> str:
    """A supervisor makes a token for a screen."""
    form = {"place": "三樓話務中心", "networks": networks}
    shown = pages.signed_in("supervisor-1").post("/wallboards", form, page="/wallboards")
    found = re.search(r'id="token">([\w-]{40,})<', shown.text)
    assert found, shown.text
    return found[1]


def opens(screen: Visitor, token: str, address: str = ROOM) -> TestResponse:
    """A screen sends the token, and is shown what it opens."""
    there = {"environ_overrides": {"REMOTE_ADDR": address}}
    answer = screen.post("/wallboard", {"token": token}, page="/wallboard", **there)
    return screen.get("/wallboard", **there) if answer.status_code == 303 else answer


def told(pages: Console, action: str) -> list[tuple[str, object]]:
    """Who, and what stands of it in the audit log."""
    with transaction(pages.house.factory) as session:
        return [(row.by, row.after) for row in audit_rows(session) if row.action == action]


def test_a_token_is_shown_once_and_kept_as_a_hash(pages: Console) -> None:
    """With who made it and for which networks, and nowhere the token itself."""
    token = makes(pages, "10.1.2.7, 10.2.0.0/16")
    with transaction(pages.house.factory) as session:
        (row,) = wallboards(session)
        assert token not in {row.digest, *map(str, session.get_one(WallboardRow, 1).networks)}
        assert (row.place, row.networks, row.made_by) == (
            "三樓話務中心",
            ["10.1.2.7/32", "10.2.0.0/16"],
            "supervisor-1",
        )
    assert token not in pages.signed_in("supervisor-1").get("/wallboards").text
    assert token not in str(told(pages, Action.WALLBOARD_MAKE))


@pytest.mark.parametrize("networks", ["三樓", "0.0.0.0/0", "10.1.2.3 10.1.2.300", "::/0"])
def test_a_token_is_bound_to_networks(pages: Console, networks: str) -> None:
    """What is none, or binds nothing, is refused at its field."""
    form = {"place": "大廳", "networks": networks}
    refused = pages.signed_in("supervisor-1").post("/wallboards", form, page="/wallboards")
    assert refused.status_code == 422 and "不是可以使用的網路位址" in refused.text


def test_the_screen_shows_no_number_and_no_name(pages: Console) -> None:
    """Waits by language, goals, agents by alias or seat; a break, and not for what."""
    screen = pages.stranger()
    seen = opens(screen, makes(pages))
    assert seen.status_code == 200 and "noindex" in seen.headers["X-Robots-Tag"]
    for shown in ("小雨", "第 2 席", "國語", "1:15", "過久", "休息", "服務水準"):
        assert shown in seen.text, shown
    with transaction(pages.house.factory) as session:
        names = [one.name for one in session.query(Agent)]
    for hidden in ("0911", "911000001", "agent-1", "就醫", *names):
        assert hidden not in seen.text, hidden


def test_what_is_streamed_to_the_wall_has_nobody_in_it() -> None:
    """Neither calls nor telephones: the picture itself has no place for them."""
    agent = AgentNow("agent-1", "示範話務員一", "", "break", "就醫", "2026-11-24T02:00:00+00:00")
    waits = WaitingCall("a-1.1", "0911***001", "zh-TW", "2026-11-24T02:00:00+00:00")
    picture = wall(Floor(waiting=[waits], agents=[agent]))
    assert picture.agents[0].state is WallState.BREAK
    for hidden in ("a-1.1", "0911", "agent-1", "示範", "就醫"):
        assert hidden not in str(picture.plain())


def test_every_opening_and_refusal_is_on_record(pages: Console) -> None:
    """From where, and why not: an unknown token, another network, one that was revoked."""
    token = makes(pages)
    screen = pages.stranger()
    assert "這個開啟碼不能用" in opens(pages.stranger(), "x" * 43).text
    assert "不能從這個網路位址開啟" in opens(pages.stranger(), token, "10.9.9.9").text
    opens(screen, token)
    assert told(pages, OPENED) == [("wallboard:1", {"from": ROOM})]
    pages.signed_in("supervisor-1").post("/wallboards/1/revoke", page="/wallboards")
    there = {"environ_overrides": {"REMOTE_ADDR": ROOM}}
    dark = screen.get("/wallboard", **there)
    assert dark.status_code == 401 and "已停用" in dark.text and "小雨" not in dark.text
    assert screen.get("/wallboard", **there).status_code == 200  # the browser has forgotten the token
    why = [(after or {})["why"] for _by, after in told(pages, REFUSED) if isinstance(after, dict)]
    assert why == ["unknown", "elsewhere", "revoked"]


def test_a_network_that_was_refused_too_often_is_only_told_to_wait(pages: Console) -> None:
    """So that nobody fills the log; a token that is right opens it all the same."""
    token, at, factory = makes(pages), pages.clock.at, pages.house.factory
    for _time in range(REFUSALS):
        enter(factory, "wrong", ROOM, at)
    assert opens(pages.stranger(), "wrong").status_code == 429
    assert len(told(pages, REFUSED)) == REFUSALS
    assert opens(pages.stranger(), token).status_code == 200


def test_the_stream_ends_when_the_token_is_revoked(pages: Console) -> None:
    """The screen hears that it is over; without a token there is none."""
    screen, token = pages.stranger(), makes(pages)
    there = {"environ_overrides": {"REMOTE_ADDR": ROOM}}
    assert screen.get("/wallboard/events", **there).status_code == 401
    opens(screen, token)
    pages.app.streams.wallboard.beat = 0.0
    answer = screen.get("/wallboard/events", buffered=False, **there)
    parts = (part for part in answer.response)
    while b"queues" not in (said := next(parts)):
        assert not said.startswith(b"event: over")
    pages.signed_in("supervisor-1").post("/wallboards/1/revoke", page="/wallboards")
    assert list(parts)[-1] == b"event: over\ndata: 1\n\n"
    answer.close()


def test_an_alias_is_given_on_the_agents_page(pages: Console) -> None:
    """By a supervisor, for no reason but the screen; longer ones are refused."""
    supervisor = pages.signed_in("supervisor-1")
    where = "/board/agent/agent-3"
    assert supervisor.post(where, {"deed": "alias", "alias": "阿樹"}, page=where).status_code == 302
    assert supervisor.post(where, {"deed": "alias", "alias": "樹" * 17}, page=where).status_code == 422
    with transaction(pages.house.factory) as session:
        assert session.get_one(Agent, "agent-3").alias == "阿樹"


def test_only_supervisors_and_administrators_make_tokens(pages: Console) -> None:
    """An agent sees none of them."""
    assert pages.signed_in("agent-1").get("/wallboards").status_code == 403
