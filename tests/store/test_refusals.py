"""Telephones without a right account: on record once, also after the next success,
and never a flood of rows.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from hotline import metrics
from hotline.accounts.tries import PHONE_FAILED
from hotline.db import Sessions, transaction
from hotline.ledger.audit import audit_rows
from hotline.settings import Settings
from hotline.staff.store import Agent
from ops.jobs.refused_phones import OTHERS, Refusals
from ops.pbx.log import REFUSED, SECURITY
from ops.wiring import House

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def told(address: str, account: str, why: str = "ChallengeResponseFailed") -> str:
    return json.dumps({"logmsg": {}, "event": REFUSED, "address": address, "why": why, "account": account})


@pytest.fixture
def house(tmp_path: Path, factory: Sessions) -> House:
    (tmp_path / "asterisk" / "log").mkdir(parents=True)
    with transaction(factory) as session:
        session.add(Agent(phone="agent-1", name="甲", secret="x", languages=["zh-TW"], paused=""))
    return cast(House, SimpleNamespace(factory=factory, settings=Settings(home=tmp_path)))


def writes(house: House, *lines: str, name: str = SECURITY) -> None:
    with (house.settings.home / "asterisk" / "log" / name).open("a") as file:
        file.write("".join(f"{line}\n" for line in lines))


def rows(house: House) -> list[tuple[str, dict[str, Any]]]:
    with transaction(house.factory) as session:
        return [(row.subject, row.after or {}) for row in audit_rows(session) if row.action == PHONE_FAILED]


def test_wrong_passwords_are_on_record_and_stay_after_the_next_success(house: House) -> None:
    """One row for an address and a run, with how often; a right password later takes nothing away."""
    before = metrics.sip_refused.labels("ChallengeResponseFailed")._value.get()
    writes(house, *[told("192.0.2.7", "agent-1")] * 3, '{"logmsg":{"level":"SECURITY"}}', "no json", "[]")
    job = Refusals(house)
    assert (job.run(AT), job.run(AT)) == (3, 0)
    writes(house, '{"logmsg":{"message":"SecurityEvent=\\"SuccessfulAuth\\""}}')
    assert (job.run(AT), Refusals(house).run(AT)) == (0, 0)
    once = {
        "from": "192.0.2.7",
        "times": 3,
        "accounts": ["agent-1"],
        "why": ["ChallengeResponseFailed"],
    }
    assert rows(house) == [("phone:agent-1", once)]
    assert metrics.sip_refused.labels("ChallengeResponseFailed")._value.get() == before + 3


def test_what_was_sent_as_an_account_that_is_none_is_kept_nowhere(house: House) -> None:
    """It may be a citizen's number, or a password in the wrong field."""
    writes(house, told("192.0.2.7", "0912345678", "InvalidAccountID"), told("192.0.2.7", "hunter2"))
    assert Refusals(house).run(AT) == 2
    ((subject, after),) = rows(house)
    assert subject == "phone:unknown" and after["accounts"] == ["unknown"]
    assert "0912345678" not in str(after) and "hunter2" not in str(after)


def test_a_flood_from_everywhere_is_a_few_rows(house: House) -> None:
    """The busiest addresses have a row each; all others share one, and nobody is left out of the count."""
    writes(house, *(told(f"198.51.100.{n}", f"x{n}") for n in range(200)), *[told("192.0.2.7", "x")] * 9)
    assert Refusals(house, most_rows=5).run(AT) == 209
    found = [after for _subject, after in rows(house)]
    assert len(found) == 6 and sum(after["times"] for after in found) == 209
    assert {after["from"] for after in found} >= {"192.0.2.7", OTHERS}


def test_a_log_that_turns_is_read_to_its_end(house: House) -> None:
    """What the old file had left, then the new one; half a line waits for its other half."""
    job, log = Refusals(house), house.settings.home / "asterisk" / "log"
    writes(house, told("192.0.2.1", "x"))
    assert job.run(AT) == 1
    writes(house, told("192.0.2.2", "x"))
    (log / SECURITY).rename(log / f"{SECURITY}.1")
    half = told("192.0.2.3", "x")
    (log / SECURITY).write_text(half[:20])
    assert job.run(AT + timedelta(seconds=10)) == 1
    with (log / SECURITY).open("a") as file:
        file.write(half[20:] + "\n")
    assert job.run(AT + timedelta(seconds=20)) == 1
    assert [after["from"] for _subject, after in rows(house)] == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]


def test_rows_and_position_move_together(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Broken off between them: nothing is counted, and the next run has it all."""
    writes(house, told("192.0.2.7", "agent-1"))
    broken = Refusals(house)
    monkeypatch.setattr(broken, "_keep", lambda *_: (_ for _ in ()).throw(RuntimeError("killed")))
    with pytest.raises(RuntimeError):
        broken.run(AT)
    assert rows(house) == []
    assert Refusals(house).run(AT) == 1
