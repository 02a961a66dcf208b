"""Who reads a citizen's whole number or name is on record: one row a reading, by page, by API and by command.

Everything that shows anything is asked with citizens on record: a whole number or name in the answer, and
exactly one new row of who read it, go together.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from sqlalchemy import select

from calls.caller_history import petitioner
from calls.store import CallEvent, CallRow, Leg
from hotline.accounts import keys
from hotline.callbacks.wishes import Wish
from hotline.callbacks.work import CallbackWork
from hotline.db import looking, transaction
from hotline.ledger.looks import READINGS
from hotline.ledger.store import AuditRow
from hotline.outbound_calls import caller_verification
from hotline.outbound_calls.gate import Touches
from hotline.outbound_calls.store import PlacedCall
from hotline.special_callers import service as special
from hotline.staff.store import Agent
from ops.cli.main import main
from tests.doors.console import BASE, Console, Visitor, console
from tests.doors.programs import Program
from tests.doors.test_api_routes import GAPS
from tests.house.test_arrows import ROOMS
from web.console.app import routes

E164, NUMBER, NAME = "+886933218765", "0933218765", "陳可辨"
WRITTEN = re.compile(rf"(?:\+?886[ -]?|0)933[ -]?218[ -]?765|{NAME}")
"""The citizen's number in any of the ways it is written, and the citizen's name."""
CALL = "ntpc1-1795600000.12"
OF_STAFF = ("duty:", "directory:", "notices:")
"""Subjects of readings that tell of our own people, or show citizens masked."""
LEAVES = frozenset(("sign_in.leave", "sign_in.end_sessions"))
"""Deeds that end the visit of a test's own visitor."""
PEOPLE = ("agent-1", "supervisor-1", "admin-1", "officer-5112")
FIRST_ROWS = (PEOPLE[0], *(pytest.param(login, marks=pytest.mark.matrix) for login in PEOPLE[1:]))
FORM = {
    "reason": "民眾來電詢問進度", "result": "已說明", "note": "已去電", "outcome": "busy", "until": "2026-11-25T10:00",
    "to": "officer-5113", "ground": "affirmed", "person": "王科長", "extension": "5112", "matter": "路燈不亮",
    "service": "P3.1", "why": "faq", "level": "市長", "document": "府研話字第1號", "answered": "yes", "citizen": NUMBER,
}  # fmt: skip
"""What is filled in, whatever the form."""
BODIES: dict[str, dict[str, object]] = {
    "/callbacks": {"citizen": NUMBER, "matter": "路燈不亮", "name": NAME, "extension": "5112"},
    "/case-drafts": {"matter": "路燈不亮", "name": NAME, "phone": NUMBER},
    "/callbacks/<int:number>/number": {"citizen": NUMBER},
    "/callbacks/<int:number>/matter": {"matter": "路燈不亮"},
    "/callbacks/<int:number>/attempts": {"outcome": "busy"},
    "/callbacks/<int:number>/close": {"result": "已說明"},
    "/callbacks/<int:number>/hand-over": {"to": "officer-5113", "reason": "職務代理"},
    "/callbacks/<int:number>/extend": {"until": "2026-11-25T10:00:00+08:00", "reason": "等現場回報"},
    "/callbacks/<int:number>/cancel": {"reason": "民眾撤回"},
}


@dataclass
class Seen:
    """What an answer showed, beside the rows that were written for it."""

    where: str
    shown: set[str]
    by: list[str]

    def is_right(self, login: str) -> bool:
        """One row by whoever read, or nothing to read."""
        return self.by == ([login] if self.shown else [])


@dataclass
class Watched:
    """A city with citizens on record, and its log of readings."""

    pages: Console

    def readings(self) -> list[str]:
        """By whom, of all that were written so far."""
        with looking(self.pages.house.factory) as session:
            chosen = select(AuditRow).where(AuditRow.action.in_(READINGS)).order_by(AuditRow.id)
            return [row.by for row in session.scalars(chosen) if not row.subject.startswith(OF_STAFF)]

    def seen(self, where: str, before: list[str], text: str) -> Seen:
        """Of an answer, and of the rows since ``before``."""
        return Seen(where, set(WRITTEN.findall(text)), self.readings()[len(before) :])


def citizens(home: Path) -> Watched:
    """One who called, was promised a call back in three matters, is on the special list,
    and is to be verified.
    """
    pages = console(home, browser_phones=True, api_rate=1_000_000)
    house, at = pages.house, pages.clock.at
    with transaction(house.factory) as session:
        session.add(
            CallRow(
                id=CALL,
                caller=E164,
                started_at=at,
                queued_at=at,
                turn=3,
                agent="agent-1",
                agent_at=at,
                language="zh-TW",
                wanted="zh-TW",
            )
        )
        session.flush()
        session.add(
            Leg(
                channel="l-1",
                call_id=CALL,
                phone="agent-1",
                started_at=at,
                answered_at=at,
                outcome="answered",
            )
        )
        told = {"caller": E164, "menu": "main", "key": "1"}
        session.add(CallEvent(key="k", call_id=CALL, at=at, kind="KeyPressed", detail=told))
        for number, matter in enumerate(("路燈不亮", "積水", "噪音"), 1):
            wish = Wish(E164, "zh-TW", "desk", matter=matter, name=NAME)
            assert house.callbacks.open(session, wish, "admin-1", at).id == number
        CallbackWork(house.callbacks).claim(session, 1, "agent-1", at)
        special.propose(session, [E164], "屢次辱罵", [CALL], by="supervisor-1", at=at)
        caller_verification.open_gate(
            session, petitioner(session, CALL), Touches.PROPERTY, "占用", by="agent-1", at=at
        )
        session.add(
            PlacedCall(
                token="t1",
                purpose="verify",
                call_id=CALL,
                verification_id=1,
                matter="占用",
                targets=[],
                by="agent-1",
                placed_at=at,
            )
        )
        assert session.get_one(Agent, "agent-1")
    return Watched(pages)


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return citizens(tmp_path / "home")


def addresses(pages: Console, method: str, special_row: int) -> Iterator[tuple[str, str]]:
    """(endpoint, address) of every route of a method, about what is on record."""
    for rule, endpoint, its_method, _allowed in routes(pages.app):
        if method != its_method or endpoint in LEAVES or endpoint == "static":
            continue
        number = str(special_row) if endpoint.startswith("audit.") else "1"
        yield (
            endpoint,
            re.sub(r"<[^>]*>", "x", re.sub("<call_id>", CALL, re.sub(r"<int:[^>]*>", number, rule))),
        )


def begun(answer: Any) -> str:
    """The text of an answer; of one that goes on, what it tells first."""
    if answer.is_streamed and "event-stream" in (answer.content_type or ""):
        first = b"".join(islice(answer.response, 2))
        answer.close()
        return first.decode()
    return str(answer.text)


def about_the_list(watched: Watched) -> int:
    """The row of the log that tells of the citizen's number."""
    with looking(watched.pages.house.factory) as session:
        return session.scalars(select(AuditRow.id).where(AuditRow.action == "special.propose")).one()


def looked_through(watched: Watched, visitor: Visitor) -> Iterator[Seen]:
    """Every page, looked at."""
    for endpoint, address in addresses(watched.pages, "GET", about_the_list(watched)):
        before = watched.readings()
        yield watched.seen(f"GET {endpoint}", before, begun(visitor.get(address)))


def all_done(watched: Watched, visitor: Visitor) -> Iterator[Seen]:
    """Every deed, with and without what it asks for, and the page that comes after it."""
    token = visitor.token("/account")
    for endpoint, address in addresses(watched.pages, "POST", about_the_list(watched)):
        for given in ({}, FORM):
            before = watched.readings()
            sent = {"csrf": token, **given}
            answer = visitor.client.post(address, base_url=BASE, data=sent, follow_redirects=True)
            yield watched.seen(f"POST {endpoint}", before, begun(answer))


@pytest.mark.parametrize("login", FIRST_ROWS)
def test_a_page_shows_a_citizen_whole_only_with_a_row_of_who_reads(watched: Watched, login: str) -> None:
    """Every page, and every deed with the page that comes after it, as each kind of people open them."""
    visitor = watched.pages.signed_in(login)
    seen = [*looked_through(watched, visitor), *all_done(watched, visitor)]
    assert [one for one in seen if not one.is_right(login)] == []
    shown = {one.where for one in seen if one.shown}
    expected = {
        "agent-1": {"GET callbacks.one", "GET agent_desk.card", "POST callbacks.reveal"},
        "admin-1": {"POST callbacks.reveal", "POST special_callers.numbers"},
        "supervisor-1": {"POST special_callers.numbers"},
    }
    assert expected.get(login, set()) <= shown


def test_the_page_after_a_claim_is_a_reading(watched: Watched) -> None:
    """Whoever takes a promise sees whom to call: one row, and one more when the page is opened again."""
    officer = watched.pages.signed_in("supervisor-1")
    token = officer.token("/account")
    before = watched.readings()
    page = officer.client.post(
        "/callbacks/2/claim", base_url=BASE, data={"csrf": token}, follow_redirects=True
    )
    assert watched.seen("claim", before, page.text).is_right("supervisor-1") and NAME in page.text
    officer.get("/callbacks/2")
    assert watched.readings()[len(before) :] == ["supervisor-1"] * 2


def test_a_call_on_the_desk_is_one_reading_however_often_the_page_asks(watched: Watched) -> None:
    """One row a call and agent: not one a poll; a colleague who takes the call over reads it too."""
    first, second = watched.pages.signed_in("agent-1"), watched.pages.signed_in("agent-2")
    before = watched.readings()
    for _poll in range(3):
        assert first.get(f"/desk/call/{CALL}").json["number"] == NUMBER  # type: ignore[index]
    with transaction(watched.pages.house.factory) as session:
        at = watched.pages.clock.at + timedelta(minutes=1)
        session.add(
            Leg(
                channel="l-2",
                call_id=CALL,
                phone="agent-2",
                started_at=at,
                answered_at=at,
                outcome="answered",
            )
        )
    assert second.get(f"/desk/call/{CALL}").json["number"] == NUMBER  # type: ignore[index]
    first.get(f"/desk/call/{CALL}")
    assert watched.readings()[len(before) :] == ["agent-1", "agent-2"]


@pytest.mark.parametrize("login", FIRST_ROWS)
def test_a_program_is_told_a_citizen_whole_only_with_a_row_of_who_reads(watched: Watched, login: str) -> None:
    """Every route of the API; a deed that is asked again under its name is read again."""
    seen = list(_asked(watched, login))
    assert [one for one in seen if not one.is_right(login)] == []
    if login == "agent-1":
        shown = {one.where for one in seen if one.shown}
        assert {
            "GET /callbacks/<int:number>",
            "POST /callbacks",
            "POST /callbacks/<int:number>/claim",
        } <= shown


def _asked(watched: Watched, login: str) -> Iterator[Seen]:
    with transaction(watched.pages.house.factory) as session:
        key = keys.make(session, login, "test", at=watched.pages.clock.at, by="test")
    program = Program(watched.pages.app.test_client(), key)
    for rule in watched.pages.app.api.url_map.iter_rules():
        path = rule.rule
        for gap, value in GAPS.items():
            path = path.replace(gap, value)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            for question in ("", "?reason=x") if method == "GET" else ("", ""):
                sent = BODIES.get(rule.rule, {}) if method == "POST" else None
                named = {"Idempotency_Key": f"{login} {rule.rule}"} if method == "POST" else {}
                before = watched.readings()
                answer = program.asks(method, f"{path}{question}", sent, **named)
                yield watched.seen(f"{method} {rule.rule}", before, answer.text)


AWAY = frozenset(
    (
        "up",
        "walk",
        "call",
        "prompts build",
        "prompts check",
        "asterisk install",
        "asterisk rx",
        "twilio configure",
        "twilio numbers",
    )
)
"""Commands that start, ring or fetch something, or talk with who sits there; none of them tells of rows."""
TYPED: dict[str, object] = {
    "call_id": CALL,
    "number": NUMBER,
    "numbers": NUMBER,
    "by": "admin-1",
    "login": "admin-1",
    "reason": "民眾來電詢問進度",
    "subject": "callback:1",
    "evidence": CALL,
    "extension": "5112",
    "agency": "epb",
    "name": "王科長",
    "person": "王科長",
    "result": "已說明",
    "matter": "路燈不亮",
}
"""What is typed for arguments and options of these names."""


OF_CITIZENS, OTHER = ("callback", "special", "audit"), "0287654321"
"""A number typed for other commands is that of an agency, a duty officer or a trunk."""


def commands(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """(words, command) of every command there is."""
    for name, one in group.commands.items():
        words = f"{path} {name}".strip()
        if isinstance(one, click.Group):
            yield from commands(one, words)
        elif words not in AWAY:
            yield words, one


def typed(words: str, command: click.Command, *, everything: bool) -> list[str]:
    """A command with what it needs, or with all that it takes."""
    line = words.split()
    for one in command.params:
        if not (one.required or (everything and one.name in TYPED)):
            continue
        value = (
            str(_of_type(one)) if words.startswith(OF_CITIZENS) else str(_of_type(one)).replace(NUMBER, OTHER)
        )
        line += [value] if isinstance(one, click.Argument) else [one.opts[0], value]
    return line


def _of_type(one: click.Parameter) -> object:
    kind = one.type
    if one.name in TYPED:
        return TYPED[one.name]
    if isinstance(kind, click.IntRange):
        return 1
    if isinstance(kind, click.Choice):
        return next(iter(kind.choices))
    if kind.name == "YYYY-MM-DD":
        return "2026-11-25"
    if kind.name == "YYYY-MM-DDTHH:MM":
        return "2026-11-25T10:00"
    return "x"


@pytest.mark.matrix
def test_a_command_tells_a_citizen_whole_only_with_a_row_of_who_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command, with what it needs and with all it takes; without ``--by`` there is nothing to read."""
    home = tmp_path / "home"
    watched = citizens(home)
    monkeypatch.setitem(TYPED, "row", about_the_list(watched))
    monkeypatch.setenv("HOTLINE_HOME", str(home))
    monkeypatch.setenv("HOTLINE_AGI_PORTS", "1,2")
    monkeypatch.chdir(tmp_path)  # some write files where they are typed
    seen = list[Seen]()
    for words, command in commands(main):
        for everything in (False, True):
            before = watched.readings()
            line = typed(words, command, everything=everything)
            told = CliRunner().invoke(main, line).output
            seen.append(watched.seen(words, before, told))
    assert [one for one in seen if not one.is_right("admin-1")] == []
    assert {"callback show"} <= {one.where for one in seen if one.shown}


def test_only_the_log_of_readings_makes_one() -> None:
    """What shows a citizen whole asks for a reading,
    and nobody makes one but the function that writes its row.
    """
    makes = [
        str(file)
        for room in ROOMS
        for file in Path(room).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Reading"
    ]
    assert set(makes) == {"hotline/ledger/looks.py"}
