"""Whatever is changed by command stands in the audit log: who, what, to what, and why (P0-a, spec §1)."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from hotline import clock
from hotline.auditlog.service import deeds
from hotline.auditlog.store import AuditRow
from hotline.db import transaction
from hotline.settings import Settings
from ivr.store import CallRow
from ops import specials, transfers
from ops.ami import Message
from ops.capping import NAMES, OnTheLine
from ops.cli import main
from ops.seed import seed
from ops.wiring import House, migrate, workshop

CALL = "ntpc1-1795566000.1"
NUMBERED = re.compile(r"(callback|special|faq|news|ticket) \S+ \d ")
"""Asks for a row that a line before has made."""
Did = tuple[str, str, str, str]
"""Who, action, subject, reason."""

STORY: tuple[tuple[str, Did], ...] = (
    ("callback open 0912345678 --extension 5112 --matter 路燈 --by agent-1",
     ("agent-1", "callback.open", "callback:1", "")),
    ("callback claim 1 --by officer-5112", ("officer-5112", "callback.work", "callback:1", "")),
    ("callback release 1 --by officer-5112", ("officer-5112", "callback.work", "callback:1", "")),
    ("callback hand-over 1 --to officer-5113 --reason 請假 --by agent-1",
     ("agent-1", "callback.hand-over", "callback:1", "請假")),
    ("callback attempt 1 no-answer --by officer-5113", ("officer-5113", "callback.work", "callback:1", "")),
    ("callback extend 1 --until 2036-11-24T10:00 --reason 會勘 --by officer-5113",
     ("officer-5113", "callback.work", "callback:1", "會勘")),
    ("callback close 1 --result 已說明 --by officer-5113",
     ("officer-5113", "callback.work", "callback:1", "已說明")),
    ("callback open 0912345679 --matter 路樹 --by agent-1", ("agent-1", "callback.open", "callback:2", "")),
    ("callback cancel 2 --reason 民眾來電 --by agent-1", ("agent-1", "callback.cancel", "callback:2", "民眾來電")),
    (f"special propose 0987654321 --evidence {CALL} --reason 辱罵 --by supervisor-1",
     ("supervisor-1", "special.propose", "special:1", "辱罵")),
    ("special approve 1 --level 市長 --document 府研話字第1號 --by approver-1",
     ("approver-1", "special.approve", "special:1", "")),
    ("special remove 1 --reason 覆審 --by approver-1", ("approver-1", "special.remove", "special:1", "覆審")),
    ("calendar close 2036-11-25 --reason 颱風停班 --by admin-1",
     ("admin-1", "calendar.change", "calendar:2036-11-25", "颱風停班")),
    ("calendar open 2036-11-25 --reason 照常上班 --by admin-1",
     ("admin-1", "calendar.change", "calendar:2036-11-25", "照常上班")),
    ("directory forward 5112 5113 --reason 會議 --by liaison-epb",
     ("liaison-epb", "directory.forward", "forward:5112", "會議")),
    ("directory absence p-5121 休假 --by liaison-epb",
     ("liaison-epb", "directory.absence", "absence:p-5121", "")),
    ("directory switchboard apo FAULT --by liaison-apo",
     ("liaison-apo", "directory.switchboard", "switchboard:apo", "")),
    ("directory duty 1 示範值日員丁 0900000009 --by admin-1", ("admin-1", "directory.duty", "duty:1", "")),
    ("directory desk 5112 --seat 9F 4 2 --by liaison-epb",
     ("liaison-epb", "directory.change", "desk:5112", "")),
    ("bulletin on typhoon --by supervisor-1", ("supervisor-1", "bulletin.switch", "bulletins", "")),
    ("agents pause agent-1 午餐 --by agent-1", ("agent-1", "agent.break", "agent:agent-1", "午餐")),
    ("faq write --agency epb --question 家電怎麼丟 --answer 請先約時間 --reason 新增 --by liaison-epb",
     ("liaison-epb", "faq.change", "faq:1", "新增")),
    ("faq review 1 --by liaison-epb", ("liaison-epb", "faq.review", "faq:1", "")),
    ("faq review --agency epb --by liaison-epb", ("liaison-epb", "faq.review", "faqs:epb", "")),
    ("faq ask --agency epb --question 電池怎麼丟 --by agent-1", ("agent-1", "faq.ask", "faq-request:1", "")),
    ("faq reply 1 --entry 1 --by liaison-epb", ("liaison-epb", "faq.reply", "faq-request:1", "")),
    ("news post --agency epb --title 調整 --text 星期二 --by liaison-epb",
     ("liaison-epb", "news.post", "message:1", "")),
    ("news withdraw 1 --reason 取消 --by liaison-epb", ("liaison-epb", "news.post", "message:1", "取消")),
    ("news alert --agency epb --title 停水 --text 停水到晚上 --by liaison-epb",
     ("liaison-epb", "news.alert", "alert:1", "")),
    ("news lift 1 --reason 復水 --by liaison-epb", ("liaison-epb", "news.alert", "alert:1", "復水")),
    ("news surge --agency epb --topic 帳單 --from 2036-12-01 --until 2036-12-02 --calls 9 --staff 甲 --by liaison-epb",
     ("liaison-epb", "news.surge", "surge:1", "")),
    ("news measure --agency epb --title 新制 --material 說明 --entry 1 --by liaison-epb",
     ("liaison-epb", "news.measure", "measure:1", "")),
    ("news trained 1 agent-1 agent-2 --by supervisor-1", ("supervisor-1", "news.train", "measure:1", "")),
    ("ticket open case 11411240001 --agency epb --problem 改派 --by agent-1",
     ("agent-1", "ticket.open", "ticket:1", "")),
    ("ticket answer 1 --text 已改 --by liaison-epb", ("liaison-epb", "ticket.answer", "ticket:1", "")),
    ("ticket close 1 --by agent-1", ("agent-1", "ticket.close", "ticket:1", "")),
    ("ticket note epb 來電 --by agent-1", ("agent-1", "contact.note", "contact:1", "")),
    ("ticket fault switchboard 雜音 --by agent-1", ("agent-1", "fault.report", "fault:1", "")),
    ("ticket mend 1 --text 叫修 --still --by secretariat-1", ("secretariat-1", "fault.mend", "fault:1", "")),
    ("ticket mend 1 --text 修好 --by secretariat-1", ("secretariat-1", "fault.mend", "fault:1", "")),
    ("faq end 1 --reason 停辦 --by liaison-epb", ("liaison-epb", "faq.change", "faq:1", "停辦")),
    ("staff end officer-5301 --reason 離職 --by admin-1",
     ("admin-1", "staff.change", "staff:officer-5301", "離職")),
)  # fmt: skip
"""Each line changes something, and is one deed."""
CALLS: tuple[tuple[str, Did], ...] = tuple(
    (f"call {verb} {CALL} --reason 試 --by {by}", (by, action, f"call:{CALL}", "試"))
    for verb, by, action in (
        ("ask", "agent-1", "call.ask"),
        ("refuse", "supervisor-1", "call.authorise"),
        ("authorise", "supervisor-1", "call.authorise"),
        ("guide", "agent-1", "call.guide"),
        ("topic", "agent-1", "call.guide"),
        ("no-topic", "agent-1", "call.ask"),
        ("emergency", "agent-1", "call.emergency"),
    )
) + ((f"transfer {CALL} 5112 --for law --by agent-1", ("agent-1", "call.transfer", f"call:{CALL}", "law")),)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a fresh installation that has had one call; copied, never used."""
    settings = Settings(home=tmp_path_factory.mktemp("fresh") / "home")
    migrate(settings)
    house = workshop(settings, "fresh")
    with transaction(house.factory) as session:
        seed(session, clock.now())
        session.add(CallRow(id=CALL, caller="+886987654321", agent_at=clock.now()))
    house.engine.dispose()
    return settings.home


@pytest.fixture
def house(fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    home = shutil.copytree(fresh, tmp_path / "home")
    monkeypatch.setenv("HOTLINE_HOME", str(home))
    made = workshop(Settings(), "test")
    yield made
    made.engine.dispose()


def log(house: House) -> list[AuditRow]:
    with transaction(house.factory) as session:
        return deeds(session)


def new_deeds(house: House, line: str) -> list[Did]:
    """What a command that is accepted adds to the log."""
    before = len(log(house))
    done = CliRunner().invoke(main, line.split())
    assert done.exit_code == 0, f"{line}: {done.output} {done.exception or ''}"
    return [(row.by, row.action, row.subject, row.reason) for row in log(house)[before:]]


def test_P0_a_every_change_by_command_is_one_deed_under_a_name(house: House) -> None:
    """Callbacks, the special list, the calendar, the directory, bulletins, staff: one line each, in order."""
    for line, did in STORY:
        assert new_deeds(house, line) == [did], line


@pytest.mark.parametrize("line", [line for line, _ in (*STORY, *CALLS) if not NUMBERED.match(line)])
@pytest.mark.parametrize(("by", "why"), [("nobody", "the login 'nobody'"), ("control-1", "may not do")])
def test_design_10_who_is_not_allowed_is_told_so_and_nothing_is_written(
    house: House, line: str, by: str, why: str
) -> None:
    """An unknown login, and a known one without the right; also where no Asterisk is up to ask."""
    CliRunner().invoke(
        main, "staff add control-1 示範研考員 --role control-officer --by admin-1".split()
    )  # fmt: skip
    before = len(log(house))
    words = line.split()
    done = CliRunner().invoke(main, [*words[:-1], by])
    assert done.exit_code == 1, done.output
    assert why in done.output, done.output
    assert len(log(house)) == before


class Up:
    """Asterisk has one call, in which an agent answered; it takes whatever it is told."""

    def __init__(self, *_: object) -> None:
        self.told: list[str] = []

    def close(self) -> None:
        pass

    def look(self, call_id: str) -> OnTheLine:
        assert call_id == CALL
        variables = dict.fromkeys(NAMES, "") | {
            "ANSWERED_AT": f"{clock.now().timestamp():.3f}",
            "LISTED": "1",
        }
        return OnTheLine("PJSIP/trunk-00000001", variables)

    def bring(self, *_: object) -> None:
        self.told.append("brought")

    def join(self, *_: object, silent: bool) -> None:
        self.told.append(f"joined {silent}")

    def ask(self, action: str, **fields: object) -> list[Message]:
        """As its manager answers."""
        match action:
            case "Getvar":
                return [{"Value": "PJSIP/trunk-00000001"}]
            case "Status":
                return [{}, {"BridgeID": "b"}]
        return [{}]


def test_P0_a_every_deed_to_a_call_is_on_record_under_a_name(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked, refused, authorised, guided, lifted, marked, an emergency, put through."""
    monkeypatch.setattr(specials, "Line", Up)
    monkeypatch.setattr(transfers, "AMI", Up)
    for line, did in CALLS:
        assert new_deeds(house, line) == [did], line


def test_P7_3_a_a_proposal_names_calls_that_there_were(house: House) -> None:
    """A slip in the number of a call is no evidence, and nothing is proposed."""
    line = "special propose 0987654321 --evidence ntpc1-1.9 --reason 辱罵 --by supervisor-1"
    done = CliRunner().invoke(main, line.split())
    assert done.exit_code == 1 and "no call ntpc1-1.9" in done.output
    assert log(house)[-1].action != "special.propose"


def test_a_break_is_on_record_though_no_asterisk_is_up(house: House) -> None:
    """The command says both, and fails in neither."""
    done = CliRunner().invoke(main, "agents pause agent-1 午餐 --by agent-1".split())
    assert done.exit_code == 0 and "agent-1 is on a break: 午餐" in done.output
    assert "the break is on record" in done.output
    assert "break: 午餐" in CliRunner().invoke(main, ["agents", "list"]).output


def test_P7_1_a_judgement_has_its_reason(house: House) -> None:
    """Name, reason, time: without the second nothing is asked of anybody."""
    done = CliRunner().invoke(main, f"call authorise {CALL} --by supervisor-1".split())
    assert done.exit_code == 2 and "--reason" in done.output
