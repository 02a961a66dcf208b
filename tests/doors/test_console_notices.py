"""Messages that could not be sent, on the pages: sent again, or given up for a reason (P0-c)."""

from pathlib import Path

import pytest
from sqlalchemy import select

from hotline.db import looking, transaction
from hotline.ledger.audit import audit_rows
from hotline.ledger.looks import looks_at
from hotline.outbox.rules import HIDDEN
from hotline.outbox.service import LISTED, write
from hotline.outbox.store import OutboxMessage, OutboxState
from tests.doors.console import BEGINNING, Console, Visitor, console
from tests.doors.programs import program


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    """A text to a citizen and an e-mail to an officer that could not be sent, and one that was."""
    made = console(tmp_path / "home")
    rows = (
        ("N-04", "+886912345678", "sms", OutboxState.FAILED, "gateway refuses +886912345678"),
        ("N-01", "officer-5112@city.example", "email", OutboxState.FAILED, "relay is away"),
        ("N-01", "officer-5113@city.example", "email", OutboxState.SENT, "250 ok"),
    )
    with transaction(made.house.factory) as session:
        session.add_all(
            OutboxMessage(
                event=f"callback:{number}",
                template=template,
                recipient=recipient,
                channel=channel,
                text=f"【1999】待回電第{number}件",
                state=state,
                tries=4,
                written_at=BEGINNING,
                next_try_at=BEGINNING,
                done_at=BEGINNING,
                result=result,
            )
            for number, (template, recipient, channel, state, result) in enumerate(rows, 1)
        )
    return made


@pytest.fixture
def boss(pages: Console) -> Visitor:
    return pages.signed_in("supervisor-1")


def message(pages: Console, number: int) -> OutboxMessage:
    with looking(pages.house.factory) as session:
        found = session.get_one(OutboxMessage, number)
        session.expunge(found)
        return found


def why(pages: Console, number: int) -> list[tuple[str, str]]:
    with looking(pages.house.factory) as session:
        return [(row.by, row.reason) for row in audit_rows(session, subject=f"notice:{number}")]


def test_messages_that_could_not_be_sent_are_listed(boss: Visitor) -> None:
    """The citizen's number is masked, in what the other side said too; others are a click away."""
    text = boss.get("/notices").text
    assert "+886912***678" in text and "+886912345678" not in text and "officer-5112@city.example" in text
    assert "officer-5113@city.example" not in text
    assert "officer-5113@city.example" in boss.get("/notices?state=sent").text


def test_a_message_is_sent_again(pages: Console, boss: Visitor) -> None:
    """As if for the first time, once; who did it is on record."""
    assert boss.post("/notices/1/again", page="/notices").status_code == 302
    row = message(pages, 1)
    assert (row.state, row.tries, row.next_try_at) == (OutboxState.WAITING, 0, pages.clock.at)
    assert why(pages, 1) == [("supervisor-1", "again")]
    twice = boss.post("/notices/1/again", page="/notices")
    assert twice.status_code == 422 and "不是放棄發送的" in twice.text


def test_a_message_is_given_up_for_a_reason(pages: Console, boss: Visitor) -> None:
    """Without one nothing is done."""
    refused = boss.post("/notices/2/leave", {"reason": " "}, page="/notices")
    assert refused.status_code == 422 and message(pages, 2).state == OutboxState.FAILED
    assert boss.post("/notices/2/leave", {"reason": "已電話告知"}, page="/notices").status_code == 302
    assert message(pages, 2).state == OutboxState.SKIPPED
    assert why(pages, 2) == [("supervisor-1", "已電話告知")]
    assert pages.signed_in("agent-1").get("/notices").status_code == 403


def test_programs_do_the_same(pages: Console) -> None:
    asking = program(pages, "supervisor-1")
    found = asking.reads("/notices?state=failed")["items"]
    assert [(one["number"], one["recipient"]) for one in found] == [
        (2, "officer-5112@city.example"),
        (1, "+886912***678"),
    ]
    assert "345678" not in str(found)
    assert asking.asks("POST", "/notices/1/again").json["state"] == "waiting"
    assert asking.asks("POST", "/notices/1/again").status_code == 409
    assert asking.asks("POST", "/notices/2/leave", {"reason": "已告知"}).json["state"] == "skipped"
    assert why(pages, 1) == [("supervisor-1", "again")] and why(pages, 2) == [("supervisor-1", "已告知")]


@pytest.mark.proves("codes-hidden")
def test_a_code_is_shown_to_nobody_of_the_staff_and_reading_is_on_record(
    pages: Console, boss: Visitor
) -> None:
    """By page and by API: neither what waits nor what was sent by a release that kept it."""
    with transaction(pages.house.factory) as session:
        for number, state in enumerate((OutboxState.WAITING, OutboxState.SENT, OutboxState.FAILED)):
            write(
                session,
                "N-27",
                f"case:{number}",
                ["wang@mail.example"],
                {"case": "A1", "code": "481516"},
                BEGINNING,
            )
            session.flush()
            newest = select(OutboxMessage).order_by(OutboxMessage.id.desc()).limit(1)
            session.scalars(newest).one().state = state
    key = program(pages, "supervisor-1")
    for state in OutboxState:
        shown = boss.get(f"/notices?state={state}").text, key.asks("GET", f"/notices?state={state}").text
        assert all("481516" not in one for one in shown)
        assert all(HIDDEN in one for one in shown) or state is OutboxState.SKIPPED
    with looking(pages.house.factory) as session:
        looks = looks_at(session, LISTED, "notice:4", "notice:5")
    assert [one.by for one in looks] == ["supervisor-1"] * 6
