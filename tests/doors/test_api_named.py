"""Whatever is changed over the API stands in the audit log: who, what, to what, and why (P0-a, spec §1)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pytest

from calls.store import CallRow
from control import pbx, special_calls
from control.ami import Message
from control.call_limits import NAMES, OnTheLine
from hotline.db import looking, transaction
from hotline.ledger.audit import audit_rows
from hotline.ledger.looks import READINGS
from hotline.ledger.store import AuditRow
from tests.case_office import elsewhere
from tests.doors.console import Console, console
from tests.doors.programs import Program, program

CALL = "ntpc1-1795566000.1"
Did = tuple[str, str, str, str]
"""Who, action, subject, reason."""
Sent = dict[str, Any]
EPB = {"agency": "epb"}
FAQ = {**EPB, "question": "家電怎麼丟", "answer": "請先約時間"}
NEW = {"If_None_Match": "*"}
DAY = {"since": "2036-12-01T08:00:00+08:00", "until": "2036-12-01T16:00:00+08:00"}
SHIFTS = "person,language,from,until\nagent-1,國語,2036-12-02T08:00,2036-12-02T16:00\n"

STORY: tuple[tuple[str, str, Sent, Did], ...] = (
    ("special", "/special", {"numbers": ["0987654321"], "evidence": [CALL], "reason": "辱罵"},
     ("supervisor-1", "special.propose", "special:1", "辱罵")),
    ("special", "/special/1/refuse", {"reason": "證據不足"}, ("approver-1", "special.refuse", "special:1", "證據不足")),
    ("calendar", "/calendar", {"closing": {"day": "2026-12-25", "reason": "颱風停班"}},
     ("admin-1", "calendar.change", "calendar:2026-12-25", "颱風停班")),
    ("calendar", "/calendar", {"opening": {"day": "2026-12-25", "reason": "照常上班"}},
     ("admin-1", "calendar.change", "calendar:2026-12-25", "照常上班")),
    ("forward", "PUT /forwards/5112", {"target": "5113", "reason": "會議"},
     ("liaison-epb", "directory.forward", "forward:5112", "會議")),
    ("absence", "PUT /absences/p-5121", {"cause": "休假"}, ("liaison-epb", "directory.absence", "absence:p-5121", "")),
    ("booking", "PUT /bookings/epb-air", {"cause": "會議", "cover": "5301"},
     ("liaison-epb", "directory.absence", "booking:epb-air", "")),
    ("business", "PUT /businesses/b-1", {"section": "epb-clean", "name": "廢棄家具清運"},
     ("liaison-epb", "directory.change", "business:b-1", "")),
    ("office", "PUT /agencies/epb/offices/manager/2", {"person": "p-5112"},
     ("liaison-epb", "directory.change", "contact:epb/manager/2", "")),
    ("switchboard", "PUT /switchboards/apo", {}, ("liaison-apo", "directory.switchboard", "switchboard:apo", "")),
    ("duty", "PUT /duty/9", {"name": "示範值日員丁", "number": "0900000009"},
     ("admin-1", "directory.duty", "duty:9", "")),
    ("announcement", "/announcements", {"name": "typhoon", "on": True},
     ("supervisor-1", "bulletin.switch", "bulletins", "")),
    ("break", "/desk/break", {"reason": "午餐"}, ("agent-1", "agent.break", "agent:agent-1", "午餐")),
    ("languages", "/agents/agent-1/languages", {"languages": ["en"], "reason": "外語"},
     ("supervisor-1", "agent.move", "agent:agent-1", "外語")),
    ("alias", "/agents/agent-1/alias", {"alias": "小雨"}, ("supervisor-1", "agent.move", "agent:agent-1", "")),
    ("shift", "/shifts", {"login": "agent-1", "language": "en", **DAY},
     ("supervisor-1", "shift.change", "shift:1", "")),
    ("shift", "/shifts/1/cancel", {"reason": "改期"}, ("supervisor-1", "shift.change", "shift:1", "改期")),
    ("shifts", "/shifts/file", {"content": SHIFTS, "dry_run": False},
     ("supervisor-1", "shift.change", "shifts:file", "")),
    ("faq", "/knowledge", {**FAQ, "reason": "新增"}, ("liaison-epb", "faq.change", "faq:1", "新增")),
    ("review", "/knowledge/1/review", {}, ("liaison-epb", "faq.review", "faq:1", "")),
    ("reviews", "/knowledge/review", EPB, ("liaison-epb", "faq.review", "faqs:epb", "")),
    ("ask", "/knowledge/requests", {**EPB, "question": "電池怎麼丟"}, ("agent-1", "faq.ask", "faq-request:1", "")),
    ("reply", "/knowledge/requests/1/reply", {"entry": 1}, ("liaison-epb", "faq.reply", "faq-request:1", "")),
    ("message", "/news", {**EPB, "title": "調整", "text": "星期二"}, ("liaison-epb", "news.post", "message:1", "")),
    ("message", "/news/1/withdraw", {"reason": "取消"}, ("liaison-epb", "news.post", "message:1", "取消")),
    ("alert", "/alerts", {**EPB, "title": "停水", "text": "停水到晚上"}, ("liaison-epb", "news.alert", "alert:1", "")),
    ("alert", "/alerts/1/lift", {"reason": "復水"}, ("liaison-epb", "news.alert", "alert:1", "復水")),
    ("surge", "/surges", {**EPB, "topic": "帳單", "first": "2036-12-01", "last": "2036-12-02", "calls": 9, "staff": "甲"},
     ("liaison-epb", "news.surge", "surge:1", "")),
    ("measure", "/measures", {**EPB, "title": "新制", "material": "說明", "entries": [1]},
     ("liaison-epb", "news.measure", "measure:1", "")),
    ("measure", "/measures/1/trained", {"logins": ["agent-1", "agent-2"]},
     ("supervisor-1", "news.train", "measure:1", "")),
    ("ticket", "/tickets", {**EPB, "about": "case", "subject": "11411240001", "problem": "改派"},
     ("agent-1", "ticket.open", "ticket:1", "")),
    ("ticket", "/tickets/1/answer", {"text": "已改"}, ("liaison-epb", "ticket.answer", "ticket:1", "")),
    ("ticket", "/tickets/1/close", {}, ("agent-1", "ticket.close", "ticket:1", "")),
    ("contact", "/contacts", {**EPB, "text": "來電"}, ("agent-1", "contact.note", "contact:1", "")),
    ("fault", "/faults", {"kind": "switchboard", "fault": "雜音"}, ("agent-1", "fault.report", "fault:1", "")),
    ("fault", "/faults/1/mend", {"text": "叫修", "mended": False}, ("secretariat-1", "fault.mend", "fault:1", "")),
    ("fault", "/faults/1/mend", {"text": "修好", "mended": True}, ("secretariat-1", "fault.mend", "fault:1", "")),
    ("faq", "DELETE /knowledge/1?reason=停辦", {}, ("liaison-epb", "faq.change", "faq:1", "停辦")),
    ("setting", "/settings/transfer_ring", {"value": "40", "reason": "試"},
     ("admin-1", "setting.change", "setting:transfer_ring", "試")),
    ("key", "/staff/agent-2/keys", {"purpose": "wallboard"}, ("admin-1", "staff.key", "staff:agent-2", "")),
    ("sign-out", "/staff/agent-2/sign-out", {"reason": "遺失"}, ("admin-1", "staff.sign-out", "staff:agent-2", "遺失")),
    ("staff", "DELETE /staff/officer-5301?reason=離職", {}, ("admin-1", "staff.change", "staff:officer-5301", "離職")),
)  # fmt: skip
"""Each changes something, and is one deed."""
CALLS: tuple[tuple[str, Sent, Did], ...] = (
    ("do", {"step": "asked"}, ("agent-1", "call.ask", f"call:{CALL}", "試")),
    ("judge", {"judgement": "refused"}, ("supervisor-1", "call.authorise", f"call:{CALL}", "試")),
    ("judge", {"judgement": "authorised"}, ("supervisor-1", "call.authorise", f"call:{CALL}", "試")),
    ("do", {"step": "guided"}, ("agent-1", "call.guide", f"call:{CALL}", "試")),
    ("do", {"step": "topic"}, ("agent-1", "call.guide", f"call:{CALL}", "試")),
    ("do", {"step": "no_topic"}, ("agent-1", "call.ask", f"call:{CALL}", "試")),
    ("do", {"step": "emergency"}, ("agent-1", "call.emergency", f"call:{CALL}", "試")),
    ("do", {"step": "119"}, ("agent-1", "call.emergency", f"call:{CALL}", "試")),
)


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    """A city that has had one call, which agent-1 answered."""
    made = console(tmp_path / "home", api_rate=1_000_000)
    with transaction(made.house.factory) as session:
        at = made.clock.at
        elsewhere(session, "11411240001", at)
        session.add(
            CallRow(
                id=CALL, caller="+886987654321", started_at=at, agent="agent-1", agent_at=at, wanted="zh-TW"
            )
        )
    return made


@pytest.fixture
def asking(pages: Console) -> Callable[[str], Program]:
    """A program of a login, made once."""
    made = dict[str, Program]()

    def of(login: str) -> Program:
        if login not in made:
            made[login] = program(pages, login)
        return made[login]

    return of


def log(pages: Console) -> list[AuditRow]:
    with looking(pages.house.factory) as session:
        return audit_rows(session)


def done(pages: Console, one: Program, line: str, sent: Sent) -> list[Did]:
    """What a request that is accepted adds to the log, but for who read what."""
    method, _, path = line.rpartition(" ")
    before, version = len(log(pages)), dict[str, str]()
    if method == "DELETE":
        version = {"If_Match": one.version(path.partition("?")[0])}
        before = len(log(pages))
    answer = one.asks(method or "POST", path, sent if method != "DELETE" else None, **(version or NEW))
    assert answer.status_code in (200, 201, 204), f"{line}: {answer.text}"
    added = [row for row in log(pages)[before:] if row.action not in READINGS]
    return [(row.by, row.action, row.subject, row.reason) for row in added]


def test_P0_a_every_change_by_a_program_is_one_deed_under_a_name(
    pages: Console, asking: Callable[[str], Program]
) -> None:
    """The special list, the calendar, the directory, what agents read, tickets, settings, staff: in order."""
    for _name, line, sent, did in STORY:
        assert done(pages, asking(did[0]), line, sent) == [did], line


class Up:
    """Asterisk has one call, in which an agent answered; it takes whatever it is told."""

    def __init__(self, *_: object) -> None:
        self.told: list[str] = []

    @classmethod
    def of(cls, *_: object, **__: object) -> Self:
        return cls()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        pass

    def look(self, call_id: str) -> OnTheLine:
        assert call_id == CALL
        variables = dict.fromkeys(NAMES, "") | {"ANSWERED_AT": "1795917600.000", "LISTED": "1"}
        return OnTheLine("PJSIP/trunk-00000001", variables)

    def bring(self, *_: object) -> None:
        self.told.append("brought")

    def join(self, *_: object, silent: bool) -> None:
        self.told.append(f"joined {silent}")

    def join_number(self, _seen: object, number: str) -> None:
        self.told.append(f"joined {number}")

    def is_there(self, device: str) -> bool:
        return device == "PJSIP/supervisor-1"

    def ask(self, action: str, **fields: object) -> list[Message]:
        """As its manager answers."""
        match action:
            case "Getvar":
                return [{"Value": "PJSIP/trunk-00000001"}]
            case "Status":
                return [{}, {"BridgeID": "b"}]
        return [{}]


def test_P0_a_every_deed_to_a_call_is_on_record_under_a_name(
    pages: Console, asking: Callable[[str], Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked, refused, authorised, guided, lifted, marked, an emergency, put through."""
    monkeypatch.setattr(special_calls, "ChannelLimits", Up)
    monkeypatch.setattr(pbx, "AMI", Up)
    for verb, sent, did in CALLS:
        assert done(pages, asking(did[0]), f"/calls/{CALL}/{verb}", sent | {"reason": "試"}) == [did], sent
    line, sent = f"/calls/{CALL}/put-through", {"extension": "5112", "why": "law"}
    assert done(pages, asking("agent-1"), line, sent) == [("agent-1", "call.transfer", f"call:{CALL}", "law")]


def test_P7_3_a_a_proposal_names_calls_that_there_were(
    pages: Console, asking: Callable[[str], Program]
) -> None:
    """A slip in the number of a call is no evidence, and nothing is proposed."""
    sent = {"numbers": ["0987654321"], "evidence": ["ntpc1-1.9"], "reason": "辱罵"}
    refused = asking("supervisor-1").asks("POST", "/special", sent)
    assert refused.status_code == 422 and refused.json["type"].endswith("no-such-call")
    assert log(pages)[-1].action != "special.propose"


def test_P7_1_a_judgement_has_its_reason(asking: Callable[[str], Program]) -> None:
    """Name, reason, time: without the second nothing is asked of anybody."""
    refused = asking("supervisor-1").asks("POST", f"/calls/{CALL}/judge", {"judgement": "authorised"})
    assert refused.status_code == 422 and refused.json["faults"][0]["field"] == "reason"


def test_nobody_acts_in_anothers_call(asking: Callable[[str], Program]) -> None:
    """Whose phone did not answer it."""
    asked = asking("agent-2").asks("POST", f"/calls/{CALL}/service", {"services": ["P3.1"]})
    assert asked.status_code in (403, 503)
    tagged = asking("agent-1").asks(
        "POST", f"/calls/{CALL}/service", {"services": ["P3.1", "P3.2"], "topic": "word:other"}
    )
    assert tagged.status_code == 200


@pytest.mark.parametrize(
    ("login", "line", "sent", "status", "words"),
    [
        ("liaison-epb", "PUT /desks/5112", {"section": "pwd-road"}, 403, "for the agency pwd"),
        ("admin-1", "PUT /desks/5112", {"section": "nowhere"}, 422, "no section nowhere"),
        ("admin-1", "PUT /desks/5112", {"section": "epb-clean", "number": "1;2"}, 422, "no telephone number"),
        ("admin-1", "DELETE /sections/epb-clean", {}, 422, "person p-5112 still names section epb-clean"),
        ("admin-1", "DELETE /agencies/epb", {}, 422, "section epb-air still names agency epb"),
        ("admin-1", "PUT /forwards/5114", {"target": "5114"}, 422, "cannot follow itself"),
        ("admin-1", "PUT /forwards/5114", {"target": "5113", "until": "2020-01-01T00:00:00Z"}, 422, "later end"),
        ("admin-1", "PUT /switchboards/epb", {}, 422, "no alternative number on file"),
        ("admin-1", "PUT /duty/9", {"name": "甲", "number": "abc"}, 422, "no telephone number"),
        ("agent-1", "PUT /staff/x", {"name": "示範", "roles": ["agent"]}, 403, "does not allow this"),
        ("liaison-epb", "/knowledge", {**FAQ, "agency": "pwd"}, 403, "for the agency pwd"),
        ("admin-1", "/calendar", {"opening": {"day": "2026-11-25", "reason": "x"}}, 409, "working day already"),
        ("admin-1", "/settings/node", {"value": "x", "reason": "x"}, 404, "cannot be changed while calls go on"),
        ("admin-1", "/settings/transfer_ring", {"value": "soon", "reason": "x"}, 422, ""),
        ("admin-1", "/menus", {"sources": {"main.toml": "x ="}, "since": None, "reason": "x"}, 422, "see faults"),
        ("supervisor-1", "/agents/agent-9/break", {"reason": "x"}, 404, "agent-9"),
        ("agent-1", "/special", {"numbers": ["1"], "evidence": ["x"], "reason": "x"}, 403, "does not allow this"),
        ("agent-1", "/alerts/9/seen", {}, 404, "no bulletin 9"),
        ("admin-1", "/imports", {"name": "desks.csv", "content": "extension\nx"}, 422, "mend this"),
    ],
)  # fmt: skip
def test_what_is_refused_is_refused_in_one_sentence(
    pages: Console,
    asking: Callable[[str], Program],
    login: str,
    line: str,
    sent: Sent,
    status: int,
    words: str,
) -> None:
    """With the status that fits; nothing is written."""
    one = asking(login)
    method, _, path = line.rpartition(" ")
    read = one.asks("GET", path) if method else None
    there = {"If_Match": read.headers["ETag"]} if read is not None and read.status_code == 200 else NEW
    before = len(log(pages))
    answer = one.asks(method or "POST", path, sent if method != "DELETE" else None, **there)
    assert answer.status_code == status and words in answer.json["detail"], answer.text
    assert len(log(pages)) == before


def test_P8_2_and_P5_3_calls_are_placed_under_a_name(
    pages: Console, asking: Callable[[str], Program]
) -> None:
    """Nobody's phone rings here: Asterisk does not answer, which is told,
    and who may not is refused before.
    """
    agent, officer = asking("agent-1"), asking("officer-5112")
    told = {"extension": "5112", "matter": "瓦斯外洩"}
    assert agent.asks("POST", "/placed", told).status_code == 503
    assert officer.asks("POST", "/placed", told).status_code == 403
    assert agent.asks("POST", "/placed", told | {"extension": "9999"}).status_code == 422
    made = agent.asks("POST", "/verifications", {"call_id": CALL, "touches": "property", "matter": "鄰居"})
    assert made.status_code == 201 and made.json["citizen"] == "+886987***321" and made.json["calls_left"] > 0
    decided = agent.asks("POST", "/verifications/1/decide", {"ground": "withdrawn"})
    assert decided.status_code == 200 and decided.json["matter"] == ""
    assert [row.subject for row in log(pages) if row.action == "call.verify"] == ["verification:1"] * 2


def test_a_caller_s_number_is_told_to_who_answered_and_once_on_record(
    pages: Console, asking: Callable[[str], Program]
) -> None:
    """To another agent it is masked."""
    assert asking("agent-2").reads(f"/calls/{CALL}")["citizen"] == "+886987***321"
    for _again in range(2):
        assert asking("agent-1").reads(f"/calls/{CALL}")["citizen"] == "+886987654321"
    assert [row.by for row in log(pages) if row.action in READINGS] == ["agent-1"]
    assert asking("agent-1").reads(f"/calls/{CALL}/guidance")["state"] == "normal"
    given = asking("agent-1").asks("POST", f"/calls/{CALL}/callback", {"matter": "路燈"})
    assert given.status_code == 201 and given.json["number"] == 1


def test_menus_are_examined_saved_and_put_back(asking: Callable[[str], Program]) -> None:
    """As their files; who opened an older version saves nothing."""
    one = asking("admin-1")
    opened = one.reads("/menus")
    name, text = next(iter(opened["sources"].items()))
    changed = opened["sources"] | {name: f"{text}\n# a clerk's comment\n"}
    assert one.asks("POST", "/menus/check", {"sources": changed}).status_code == 200
    sent = {"sources": changed, "since": opened["since"], "reason": "試"}
    assert one.asks("POST", "/menus", sent).json == {"changed": True}
    assert one.asks("POST", "/menus", sent | {"sources": opened["sources"]}).status_code == 412
    (saved,) = one.reads("/menus/versions")["items"]
    assert one.reads(f"/menus/versions/{saved['number']}")["sources"] == changed
    assert one.asks("POST", "/menus/files", {"reason": "試"}).json == {"changed": True}
    told = one.reads("/menus/walk?keys=1,3&at=2026-11-24T10:00:00%2B08:00")["lines"]
    assert any("CallbackPromised" in line for line in told)


def test_a_setting_is_read_set_and_put_back(asking: Callable[[str], Program]) -> None:
    """With where its value comes from, and all it ever had."""
    one = asking("admin-1")
    before = one.reads("/settings/transfer_ring")
    assert one.asks("POST", "/settings/transfer_ring", {"value": "41", "reason": "試"}).json == {
        "changed": True
    }
    stale = {"value": "42", "reason": "試", "since": "15"}
    assert one.asks("POST", "/settings/transfer_ring", stale).status_code == 412
    now = one.reads("/settings/transfer_ring")
    assert (now["value"], now["origin"], now["base"]) == ("41", "pages", before["value"])
    assert one.asks("POST", "/settings/transfer_ring/unset", {"reason": "試"}).json == {"changed": True}
    assert [row["value"] for row in one.reads("/settings/transfer_ring")["values"]] == ["41"]


def test_the_directory_comes_in_as_it_was_shown_and_goes_out(asking: Callable[[str], Program]) -> None:
    """A dry run tells its digest; of anything else nothing is written. What goes out comes in unchanged."""
    one = asking("admin-1")
    ((name, text),) = one.reads("/exports?only=desks&reason=%E5%82%99%E4%BB%BD")["files"].items()
    assert one.asks("POST", "/imports", {"name": name, "content": text}).json["changes"] == []
    moved = {"name": name, "content": text.replace("5112,epb-clean", "5112,epb-air")}
    shown = one.asks("POST", "/imports", moved).json
    assert [row["key"] for row in shown["changes"]] == ["5112"] and shown["written"] is False
    other = moved | {"dry_run": False, "shown": "0" * 64}
    assert one.asks("POST", "/imports", other).status_code == 409
    assert one.asks("POST", "/imports", moved | {"dry_run": False, "shown": shown["digest"]}).json["written"]
    assert one.reads("/desks/5112")["section"] == "epb-air"
    assert one.asks("GET", "/exports").status_code == 422


def test_a_declaration_is_rehearsed_before(asking: Callable[[str], Program]) -> None:
    """The due times that would move, and none of them has moved."""
    one = asking("admin-1")
    made = one.asks("POST", "/callbacks", {"citizen": "0912345678", "matter": "路燈"}).json
    closing = {"closing": {"day": made["due_at"][:10], "reason": "颱風"}}
    (move,) = one.asks("POST", "/calendar/rehearse", closing).json["items"]
    assert move["before"] == made["due_at"] and move["after"] > move["before"]
    assert one.reads("/callbacks/1")["due_at"] == made["due_at"]
    assert one.asks("POST", "/calendar", closing).json == {"callbacks": 1, "replies": 0, "cases": 0}
    assert one.reads("/callbacks/1")["due_at"] == move["after"]
    assert one.asks("POST", "/calendar", {}).status_code == 422


def test_P4_8_a_closure_is_declared_told_and_taken_back_as_one(
    pages: Console, asking: Callable[[str], Program]
) -> None:
    """The day, the announcement and the bulletin; in the list until it is ended, which is once."""
    one = asking("admin-1")
    alert = {**EPB, "title": "颱風停班", "text": "明天停班"}
    body = {"day": "2026-11-25", "reason": "颱風", "announcement": "typhoon", "alert": alert}
    assert one.asks("POST", "/closures", {**body, "announcement": "flood"}).status_code == 422
    assert one.reads("/closures")["items"] == [] and pages.house.bulletins.on() == ()
    made = one.asks("POST", "/closures", body).json
    assert (made["day"], made["alert"]) == ("2026-11-25", 1) and pages.house.bulletins.on() == (
        "V-03.typhoon",
    )
    assert [row["number"] for row in one.reads("/closures")["items"]] == [made["number"]]
    assert one.asks("POST", "/closures/1/end", {"reason": "轉向"}).json == {
        "callbacks": 0,
        "replies": 0,
        "cases": 0,
    }
    assert (one.reads("/closures")["items"], pages.house.bulletins.on()) == ([], ())
    assert one.reads("/alerts/1")["lifted_by"] == "admin-1"
    assert one.asks("POST", "/closures/1/end", {"reason": "x"}).status_code == 409
    assert one.asks("POST", "/closures/9/end", {"reason": "x"}).status_code == 404


def test_a_plan_is_listed_with_its_notice_and_withdrawn(asking: Callable[[str], Program]) -> None:
    """P4.6: on time or late; only who may change it may take it back."""
    own, other = asking("liaison-epb"), asking("liaison-pwd")
    planned = {"section": "epb-air", "since": "2049-12-01T00:00:00+08:00", "reason": "搬遷"}
    own.asks("PUT", "/desks/5112", planned, If_Match=own.version("/desks/5112"))
    (entry,) = own.reads("/changes?planned=true&agency=epb")["items"]
    assert (entry["reason"], entry["agencies"]) == ("搬遷", ["epb"]) and entry["keys"] == [
        {"kind": "desk", "key": "5112"}
    ]
    other.asks("PUT", "/desks/5301", {"section": "pwd-road"}, If_Match=other.version("/desks/5301"))
    (late,) = own.reads("/changes?agency=pwd&size=1")["items"]
    assert late["told_in_time"] is False and late["told_by"] < late["at"]
    refused = other.asks("POST", f"/changes/{entry['number']}/undo", {})
    assert refused.status_code == 403
    assert own.asks("POST", f"/changes/{entry['number']}/undo", {"reason": "取消"}).status_code == 200
    assert own.reads("/changes?planned=true")["items"] == []


def test_P4_12_numbers_on_the_roster_are_masked_unless_somebody_says_why(
    pages: Console, asking: Callable[[str], Program]
) -> None:
    """And may."""
    masked = asking("agent-1").reads("/duty/1")["number"]
    assert "***" in masked
    assert asking("agent-1").asks("GET", "/duty/1?reason=x").status_code == 403
    assert "***" not in asking("admin-1").reads("/duty/1?reason=%E6%A0%B8%E5%B0%8D")["number"]
    assert [row.subject for row in log(pages) if row.action in READINGS] == ["duty:roster"]


def test_figures_are_told(asking: Callable[[str], Program]) -> None:
    """Today, the board, history; while Asterisk says nothing too."""
    boss = asking("supervisor-1")
    assert boss.reads("/today")["counts"]["pending"] == 0
    assert boss.reads("/board")["floor"]["hours"] is not None
    assert len(boss.reads("/history?span=month&step=day")["parts"]) == 30
    assert boss.reads("/agents")["items"][0]["phone"] == "agent-1"
    assert boss.reads("/check?size=1")["total"] >= 0


def test_whoever_looked_at_a_citizen_is_found(pages: Console, asking: Callable[[str], Program]) -> None:
    """By the number, which stands in no address; reading it is on record, by its pseudonym."""
    asking("agent-1").reads(f"/calls/{CALL}")
    found = asking("admin-1").asks("POST", "/audit/citizen", {"citizen": "0987654321"}).json["items"]
    assert [(one["by"], one["subject"]) for one in found] == [("agent-1", f"call:{CALL}")]
    assert log(pages)[-1].subject.startswith("citizen:~")
    assert asking("admin-1").asks("POST", "/audit/verify").json["broken"] == []


def test_a_link_and_a_key_are_kept_nowhere(asking: Callable[[str], Program]) -> None:
    """So they have no Idempotency-Key; a key that was made works."""
    one, secret = asking("admin-1"), {"purpose": "wallboard"}
    assert one.asks("POST", "/staff/agent-2/keys", secret, Idempotency_Key="k").status_code == 422
    made = one.asks("POST", "/staff/agent-2/keys", secret).json["key"]
    assert Program(one.client, made).asks("GET", "/today").status_code == 200
    keys = one.reads("/staff/agent-2/keys")["items"]
    assert one.asks("POST", f"/staff/agent-2/keys/{keys[-1]['number']}/revoke", {}).status_code == 200
    assert Program(one.client, made).asks("GET", "/today").status_code == 401
    assert "/invitation/" in one.asks("POST", "/staff/agent-2/invitation").json["link"]


def test_a_deed_between_transactions_is_done_once_under_its_name(
    pages: Console, asking: Callable[[str], Program]
) -> None:
    """One that was refused may be sent again; one whose end is not known is not done again."""
    one, sent = asking("agent-1"), {"reason": "午餐"}
    for _again in range(2):
        assert one.asks("POST", "/desk/break", sent, Idempotency_Key="lunch").status_code == 200
    assert [row.action for row in log(pages)].count("agent.break") == 1
    assert one.asks("POST", "/desk/break", {"reason": "x"}, Idempotency_Key="lunch").status_code == 422
    place = {"extension": "5112", "matter": "瓦斯"}
    for _again in range(2):
        assert one.asks("POST", "/placed", place, Idempotency_Key="gas").status_code == 503
