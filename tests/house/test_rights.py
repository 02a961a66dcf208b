"""Who may do what: every role, nobody, and a login that ended, on every page and route,
as ``rights.toml`` declares.

The table is written down apart from the house, so that a right which moves by mistake is seen here.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline import bulletins as alerts
from hotline.accounts.endings import end_staff
from hotline.callbacks.ownership import place_of
from hotline.callbacks.wishes import Wish
from hotline.cases.store import Case
from hotline.categories import service as categories
from hotline.db import looking, transaction
from hotline.directory.register import set_row
from hotline.directory.rules import Booking, Business, Contact
from hotline.directory.service import set_absence, set_booking, set_forward, switchboard_fails
from hotline.knowledge import requests
from hotline.knowledge.requests import FaqQuestion
from hotline.knowledge.rules import Channel, Faq
from hotline.knowledge.service import write
from hotline.ledger.looks import READINGS
from hotline.ledger.periods import Period
from hotline.ledger.store import AuditRow, EntryRow
from hotline.news import measures, messages, surges
from hotline.news.rules import Measure, NewsMessage, Surge
from hotline.permissions import ALLOWED, CITY_WIDE, Action, Role
from hotline.reviews.store import CaseReview
from hotline.sheets.columns import SHEET_OF
from hotline.staff.rules import Staff
from hotline.staff.service import set_staff, staff
from hotline.tickets.rules import About
from hotline.tickets.service import ProblemReport, open_ticket
from hotline.video import counters
from hotline.video.counter_rules import Counter
from tests.case_office import elsewhere
from tests.doors.console import BASE, Console, Visitor, console
from tests.doors.programs import Program, program
from web.console import rights
from web.console.app import routes
from web.open311.app import PREFIX

TABLE: dict[str, Any] = tomllib.loads((Path(__file__).parent / "rights.toml").read_text("utf-8"))
PAGES: dict[str, str] = TABLE["pages"]
API: dict[str, str] = TABLE["api"]
OPEN311: dict[str, str] = TABLE["open311"]
PUBLIC, STAFF, OWN = "public", "staff", "+"
PEOPLE = (
    "agent-1",
    "supervisor-1",
    "admin-1",
    "authorised-1",
    "auditor-1",
    "approver-1",
    "duty-1",
    "secretariat-1",
    "information-1",
    "interpreter-1",
    "liaison-epb",
    "manager-epb",
    "control-epb",
    "officer-5112",
    "quick-epb",
)
"""A login of each role; who has the office of the quick-case liaison alone, too."""
FIRST = "agent-1"
"""Who is there most: the plain run has this one, `make prove` everybody."""
FIRST_ROWS = (FIRST, *(pytest.param(login, marks=pytest.mark.matrix) for login in PEOPLE if login != FIRST))
LEAVES = frozenset(("POST /sign-out", "POST /account/sessions/end"))
"""Deeds that end the visit they are done in."""


def test_every_right_has_its_words() -> None:
    """A role is explained by what it may do; no bare word of the code is shown."""
    granted = frozenset[Action]().union(*ALLOWED.values())
    assert granted - rights.DEEDS.keys() == set()
    assert set(rights.ROLES) == set(Role)


def test_roles_may_what_the_table_says() -> None:
    """Every action has its line, and nobody has gained or lost one unseen."""
    declared = {Action(action): set(map(Role, roles)) for action, roles in TABLE["roles"].items()}
    granted = {action: {role for role in Role if action in ALLOWED.get(role, ())} for action in Action}
    assert declared == granted
    assert set(map(Role, TABLE["city"])) == CITY_WIDE


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Console:
    made = console(tmp_path_factory.mktemp("rights") / "home", api_rate=1_000_000, browser_phones=True)
    appointed(made)
    return made


def appointed(pages: Console) -> None:
    """Somebody who signs for quick cases of an agency, and has no other office there."""
    at = pages.clock.at
    only_quick = Staff("quick-epb", "示範快速案件窗口", frozenset({Role.QUICK_LIAISON}), "epb")
    with transaction(pages.house.factory) as session:
        set_staff(session, only_quick, Period(at), at=at, by="admin-1")
    pages.clock.goes_on(timedelta(seconds=1))


def api_routes(app: Flask) -> Iterator[str]:
    """``GET /desks``, and so on."""
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            yield f"{method} {rule.rule}"


def test_every_page_and_route_has_its_line(pages: Console) -> None:
    """A new one is declared before it opens, and the table tells of none that is gone."""
    assert {f"{method} {rule}" for rule, _endpoint, method, _allowed in routes(pages.app)} == set(PAGES)
    assert set(api_routes(pages.app.api)) == set(API)
    assert set(api_routes(pages.app.open311)) == set(OPEN311)


def test_what_nobody_declared_is_closed(tmp_path: Path) -> None:
    """A view that names no role: refused to the administrator too."""
    made = console(tmp_path / "home")
    made.app.add_url_rule("/forgotten", "forgotten", lambda: "open")
    assert made.stranger().get("/forgotten").status_code == 302
    assert made.signed_in("admin-1").get("/forgotten").status_code == 403
    api = made.app.api
    api.add_url_rule("/forgotten", "forgotten", lambda: "open")
    assert program(made).asks("GET", "/forgotten").status_code == 401
    assert program(made, "admin-1").asks("GET", "/forgotten").status_code == 403


def member(pages: Console, login: str) -> Staff:
    with looking(pages.house.factory) as session:
        return staff(session, login, pages.clock.at)


def is_open_to(roles: frozenset[Role], allowed: str) -> bool:
    """By the table."""
    action = allowed.removesuffix(OWN)
    return action in (PUBLIC, STAFF) or not roles.isdisjoint(TABLE["roles"][action])


def test_the_people_have_every_role(pages: Console) -> None:
    """So that the matrix has no role without somebody."""
    assert {role for login in PEOPLE for role in member(pages, login).roles} == set(Role)


GAPS = {
    "<int:number>": "1",
    "<int:change>": "1",
    "<int:place>": "1",
    "<int:photo>": "1",
    "<int:message>": "1",
    "<int:item>": "1",
    "<int:part>": "1",
    "<code>": "epb",
    "<agency>": "epb",
    "<extension>": "5112",
    "<person>": "p-5112",
    "<login>": "admin-1",
    "<kind>": "desk",
    "<path:key>": "5112",
    "<key>": "5112",
    "<section>": "epb-clean",
    "<role>": "liaison",
    "<month>": "2026-10-01",
}


def filled(rule: str, gaps: dict[str, str] = GAPS) -> str:
    for gap, value in gaps.items():
        rule = rule.replace(gap, value)
    return re.sub(r"<[^>]*>", "x", rule)


def asked(visitor: Visitor, line: str, token: str) -> tuple[int, str]:
    """Status, and where it leads to."""
    method, _, rule = line.partition(" ")
    sent = {"csrf": token} if method == "POST" else None
    answer = visitor.client.open(filled(rule), method=method, base_url=BASE, data=sent, buffered=False)
    answer.close()
    return answer.status_code, (answer.location or "").partition("?")[0]


@pytest.mark.parametrize("login", FIRST_ROWS)
def test_each_role_opens_its_pages_and_no_other(pages: Console, login: str) -> None:
    """Looked at or sent past the pages: 403 for whoever may not,
    and neither 403 nor a fault of ours for whoever may.
    """
    visitor, roles = pages.signed_in(login), member(pages, login).roles
    token, wrong = visitor.token("/account"), list[tuple[str, int]]()
    for line, allowed in PAGES.items():
        if line in LEAVES or "/static/" in line:
            continue
        status, _leads = asked(visitor, line, token)
        is_open = is_open_to(roles, allowed)
        if status >= 500 or is_open and status == 403 and not allowed.endswith(OWN):
            wrong.append((line, status))
        elif not is_open and status != 403:
            wrong.append((line, status))
    assert wrong == []


@pytest.mark.parametrize("who", ["nobody", "ended"])
def test_who_is_nobody_comes_no_further_than_the_door(pages: Console, who: str) -> None:
    """Without a login, or with one that has ended since: each page leads to the sign-in, each deed too."""
    visitor = pages.stranger()
    token = visitor.token("/sign-in")
    if who == "ended":
        visitor = pages.signed_in("officer-5113")
        token = visitor.token("/account")
        ends(pages, "officer-5113")
    wrong = [
        (line, told)
        for line, allowed in PAGES.items()
        if allowed != PUBLIC and (told := asked(visitor, line, token)) != (302, "/sign-in")
    ]
    assert wrong == []


def ends(pages: Console, login: str) -> None:
    """From now on it is nobody's."""
    at = pages.clock.at
    with transaction(pages.house.factory) as session:
        end_staff(session, login, at, at=at, by="admin-1")
    pages.clock.goes_on(timedelta(seconds=1))


@pytest.mark.parametrize("login", FIRST_ROWS)
def test_each_role_uses_its_routes_and_no_other(pages: Console, login: str) -> None:
    """Of the API: 403 for whoever may not, whatever is sent,
    and neither 403 nor a fault of ours for whoever may.
    """
    asking, roles, wrong = program(pages, login), member(pages, login).roles, list[tuple[str, int]]()
    for line, allowed in API.items():
        method, _, rule = line.partition(" ")
        status = asking.asks(method, filled(rule)).status_code
        is_open = is_open_to(roles, allowed)
        if status >= 500 and status != AWAY or is_open and status == 403 and not allowed.endswith(OWN):
            wrong.append((line, status))
        elif not is_open and status != 403:
            wrong.append((line, status))
    assert wrong == []


def test_open311_is_read_by_everybody_and_written_with_a_key(pages: Console) -> None:
    """Without one: neither 403 nor a fault of ours for what is public, 403 for the rest."""
    wrong = []
    for line, allowed in OPEN311.items():
        method, _, rule = line.partition(" ")
        path = PREFIX + filled(rule.replace("<any(xml, json):form>", "json"))
        status = pages.app.test_client().open(path, method=method, base_url=BASE).status_code
        if status >= 500 or (status == 403) != (allowed == "key"):
            wrong.append((line, status))
    assert wrong == []


@pytest.mark.parametrize("who", ["nobody", "ended"])
def test_a_program_of_nobody_is_told_nothing(pages: Console, who: str) -> None:
    """Without a key, or with one whose login has ended since: 401 on every route but the document's."""
    asking = program(pages)
    if who == "ended":
        asking = program(pages, "officer-5301")
        ends(pages, "officer-5301")
    wrong = [
        (line, status)
        for line, allowed in API.items()
        if (status := asking.asks(line.partition(" ")[0], filled(line.partition(" ")[2])).status_code)
        != (200 if allowed == PUBLIC else 401)
    ]
    assert wrong == []


# --- rows of agencies ------------------------------------------------------------------------------------

OFFICES = {"epb": ("5112", "p-5112", "5113", "epb-clean"), "pwd": ("5301", "p-5301", "5302", "pwd-road")}
"""Of each agency an extension, whose it is, the extension beside, and their section."""
FORM = {
    "reason": "職務代理", "result": "已說明", "note": "已去電", "outcome": "busy", "until": "2026-11-25T10:00",
    "to": "", "words": "已回覆", "title": "活動異動", "text": "改期", "cause": "公假", "target": "", "name": "新名稱",
    "question": "幾點收垃圾？", "answer": "晚上七點。", "alternative": "0229603456", "state": "off", "late": "yes",
    "citizen": "0933218766", "matter": "路燈不亮", "report": "已改善",
}  # fmt: skip
"""What is filled in, whatever the form."""


CASES = {"epb": "115112490001", "pwd": "115112490002"}
"""A case of each."""


@dataclass(frozen=True)
class Rows:
    """What an agency has: the numbers of its rows by the family of their pages."""

    agency: str
    numbers: dict[str, int]

    @property
    def gaps(self) -> dict[str, str]:
        extension, person, _beside, section = OFFICES[self.agency]
        return {
            "<code>": section,
            "<agency>": self.agency,
            "<extension>": extension,
            "<person>": person,
            "<kind>": "desk",
            "<path:key>": extension,
            "<section>": section,
            "<role>": "liaison",
            "<int:place>": "1",
            "<month>": "2026-10-01",
            "<number>": CASES[self.agency],
            "<int:photo>": str(self.numbers["photos"]),
        }

    def address(self, line: str) -> str:
        """A line of the table, about these rows."""
        rule = line.partition(" ")[2]
        family = "requests" if "requests" in rule else rule.strip("/").partition("/")[0]
        family = {"directory": "changes"}.get(family, family)
        extension, person, _beside, section = OFFICES[self.agency]
        gaps = {**self.gaps, "<int:number>": str(self.numbers.get(family, 1)), "<int:change>": "1"}
        if "/agencies/<code>" in rule or "/switchboards/" in rule:
            gaps["<code>"] = self.agency
        if "/businesses/" in rule:
            gaps["<code>"] = f"b-{self.agency}"
        if "/categories/" in rule:
            gaps["<code>"] = f"c-{self.agency}"
        if "/persons/" in rule:
            gaps["<code>"] = person
        gaps["<key>"] = person if "/absence/" in rule else section if "/booking/" in rule else extension
        return filled(rule, gaps)


def category_says(agency: str) -> dict[str, Any]:
    """The words of a category of an agency."""
    says = {"name": f"類別 {agency}", "case_kind": "petition", "agency": agency}
    return {**SHEET_OF["category"].empty, **says, "stage1_hours": 0, "stage2_days": 0}


def rows_of(pages: Console, agency: str) -> Rows:
    """One of everything that an agency can have."""
    house, at = pages.house, pages.clock.at
    extension, person, beside, section = OFFICES[agency]
    by = f"liaison-{agency}"
    with transaction(house.factory) as session:
        wish = Wish("0933218765", "zh-TW", "desk", place_of(session, extension, at), f"路燈不亮 {agency}")
        entry = write(session, Faq(agency, f"問題 {agency}？", "答案。"), at=at, by=by)
        ask = FaqQuestion(agency, f"{agency} 怎麼辦？", Channel.PHONE, at)
        worktime = house.callbacks.worktime(session)
        day = at.date()
        set_forward(session, extension, beside, Period(at), at=at, by=by)
        switchboard_fails(session, agency, "0229603456", Period(at), at=at, by=by)
        set_absence(session, person, "公假", Period(at), at=at, by=by)
        set_booking(session, Booking(section, "會議"), Period(at), at=at, by=by)
        set_row(session, Business(f"b-{agency}", section, "", "清運"), Period(at), at=at, by=by)
        set_row(session, Contact(agency, "liaison", 1, person), Period(at), at=at, by=by)
        categories.write(session, f"c-{agency}", category_says(agency), Period(at), at=at, by="admin-1")
        elsewhere(session, f"1-{agency}", at)
        reported = Case(
            number=CASES[agency], kind="quick", state="SIGNED", agency=agency, phone="+886933218765"
        )
        reported.drafted_at, reported.filed_at, reported.drafted_by = at, at, "agent-1"
        session.add(reported)
        session.flush()
        asked = {"agency": agency, "ground": "chosen", "reason": "未修", "asked_at": at, "due_at": at}
        review = CaseReview(case_id=reported.id, asked_by="authorised-1", **asked)
        session.add(review)
        session.flush()
        numbers = {
            "reviews": review.id,
            "callbacks": house.callbacks.open(session, wish, "admin-1", at).id,
            "knowledge": int(entry.key),
            "requests": requests.ask(session, ask, worktime, house.reply_limit, at=at, by="agent-1").id,
            "news": messages.post(session, NewsMessage(agency, "活動", "內容", at), at=at, by=by).id,
            "surges": surges.tell(session, Surge(agency, "帳單", day, day, 100, "王小姐"), at=at, by=by).id,
            "measures": measures.tell(session, Measure(agency, "新制", "教材"), at=at, by=by).id,
            "alerts": alerts.raise_alert(session, agency, "停水", "東區停水。", at=at, by=by).id,
            "tickets": open_ticket(
                session, ProblemReport(agency, About.CASE, f"1-{agency}", "改分"), at=at, by="agent-1"
            ).id,
        }
        photo = house.case_work.photo(session, CASES[agency], b"\xff\xd8", by, at)
        counter = int(counters.write(session, Counter(agency, "1F", helper="王"), at=at, by=by).key)
        numbers |= {"video": counter, "video-counters": counter}
        numbers |= {"photos": photo.id, "changes": latest_change(session, by)}
    return Rows(agency, numbers)


def latest_change(session: Session, by: str) -> int:
    """The entry of the ledger that somebody wrote last."""
    return (
        session.scalars(select(EntryRow.id).where(EntryRow.by == by).order_by(EntryRow.id.desc())).first()
        or 1
    )


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory) -> tuple[Console, Rows, Rows]:
    """Pages over two agencies that have one of everything."""
    made = console(tmp_path_factory.mktemp("offices") / "home", api_rate=1_000_000)
    rows = rows_of(made, "epb"), rows_of(made, "pwd")
    made.house.city.refresh()
    appointed(made)
    return made, *rows


def deeds_of(pages: Console, login: str) -> int:
    """How many changes stand under a login in the audit log."""
    with looking(pages.house.factory) as session:
        chosen = select(AuditRow.action).where(AuditRow.by == login)
        return sum(action not in READINGS for action in session.scalars(chosen))


WORKS_FOR_EPB = (
    "liaison-epb",
    "manager-epb",
    "officer-5112",
    pytest.param("control-epb", marks=pytest.mark.matrix),
    pytest.param("quick-epb", marks=pytest.mark.matrix),
)


@pytest.mark.parametrize("login", WORKS_FOR_EPB)
def test_who_acts_for_an_agency_opens_nothing_of_another(
    offices: tuple[Console, Rows, Rows], login: str
) -> None:
    """On the pages: the other agency's row is refused, with or without what its form asks for,
    and stays as it was.
    """
    pages, own, other = offices
    visitor, roles = pages.signed_in(login), member(pages, login).roles
    token, wrong, before = visitor.token("/account"), list[tuple[str, int]](), deeds_of(pages, login)
    for line, allowed in PAGES.items():
        if not allowed.endswith(OWN) or not is_open_to(roles, allowed):
            continue
        method = line.partition(" ")[0]
        for form in ({}, FORM):
            sent = {"csrf": token, **form} if method == "POST" else None
            answer = visitor.client.open(other.address(line), method=method, base_url=BASE, data=sent)
            if answer.status_code != 403 and (form or answer.status_code != 422):
                wrong.append((line, answer.status_code))
        if method == "GET":
            answer = visitor.client.open(own.address(line), method=method, base_url=BASE)
            if answer.status_code not in (200, 404):
                wrong.append((f"own {line}", answer.status_code))
    assert wrong == [] and deeds_of(pages, login) == before


@pytest.mark.parametrize("login", WORKS_FOR_EPB)
def test_a_program_that_acts_for_an_agency_opens_nothing_of_another(
    offices: tuple[Console, Rows, Rows], login: str
) -> None:
    """Of the API: whole bodies, of the version that was read;
    the other agency's row is refused, and stays as it was.
    """
    pages, _own, other = offices
    asking, roles = program(pages, login), member(pages, login).roles
    wrong, before = list[tuple[str, int]](), deeds_of(pages, login)
    for line, allowed in API.items():
        if not allowed.endswith(OWN) or not is_open_to(roles, allowed):
            continue
        method, path = line.partition(" ")[0], other.address(line)
        status = sends(asking, method, path)
        if status != 403:
            wrong.append((line, status))
    assert wrong == [] and deeds_of(pages, login) == before


AWAY = 503
"""No Asterisk is asked here."""
MEASURE = {"agency": "epb", "title": "新制", "material": "教材"}
MESSAGE = {"agency": "epb", "title": "活動", "text": "內容"}
BODIES: dict[str, dict[str, object]] = {
    "lift": {"reason": "復水"},
    "packs": {"month": "2026-10-01"},
    "withdraw": {"reason": "取消"},
    "entries": {"entries": []},
    "reply": {"text": "已補"},
    "answer": {"text": "已改"},
    "measures/correct": MEASURE,
    "news/correct": MESSAGE,
    "number": {"citizen": "0933218766"},
    "matter": {"matter": "路燈不亮"},
    "prevention": {"note": "每季巡查"},
    "attempts": {"outcome": "busy"},
    "moves": {"move": "accept"},
    "notes": {"note": "已派工"},
    "analysis": {"analysis": "人力不足"},
    "take-over": {"reason": "代理"},
    "phone-records": {"note": "已說明", "called_at": "2026-11-24T10:00:00+08:00"},
    "photos": {"image": "/9j/"},
    "release": {"released": True},
    "cancel": {"reason": "撤回"},
    "close": {"result": "已說明"},
    "extend": {"until": "2026-11-25T10:00:00+08:00", "reason": "會勘"},
    "undo": {"reason": "更正"},
    "repeat-contact": {"note": "又來電"},
    "report": {"report": "已改善"},
    "hand-over": {"to": "officer-5113", "reason": "代理"},
}


def sends(asking: Program, method: str, path: str) -> int:
    """One request with all it needs:
    an edit is made of the row and the version that were read. Its status.
    """
    if method not in ("PUT", "DELETE"):
        family, last = path.strip("/").partition("/")[0], path.rpartition("/")[2]
        sent = BODIES.get(f"{family}/{last}", BODIES.get(last)) if method == "POST" else None
        return asking.asks(method, path, sent).status_code
    read = asking.asks("GET", path)
    is_there = read.status_code == 200
    version = {"If_Match": read.headers["ETag"]} if is_there else {"If_None_Match": "*"}
    key = path.split("/")[2:]
    row = {name: word for name, word in (read.json or {}).items() if name not in HELD and word not in key}
    why = "?reason=%E5%81%9C%E8%BE%A6" if method == "DELETE" else ""
    return asking.asks(method, f"{path}{why}", row if method == "PUT" else None, **version).status_code


HELD = frozenset(("valid_from", "valid_to", "place"))
"""Words of a row that are not sent back, nor is its key."""
