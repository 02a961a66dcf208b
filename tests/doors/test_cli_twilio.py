"""``hotline twilio``: what is shown, what is changed at Twilio,
and what is refused before anything is asked.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hotline.db import transaction
from hotline.ledger.audit import audit_rows
from hotline.settings import Settings
from hotline.twilio_rest import TwilioNumber
from ops.cli.main import main
from ops.wiring import workshop
from tests import prism
from tests.beginnings import copied
from tests.doors.founding import founded
from tests.turns.twilio_line import BASE, NUMBER, OPERATOR, TOKEN

FALLBACK = "https://bin.example/fallback.xml"
ACCOUNT = "AC" + "0123456789abcdef" * 2
SET = {
    "public_url": BASE,
    "twilio_account": ACCOUNT,
    "twilio_tokens": TOKEN,
    "twilio_operator": OPERATOR,
    "twilio_exchange": "sip.example.gov.tw:5060",
    "twilio_match": "203.0.113.1",
    "twilio_fallback": FALLBACK,
}
RIGHT = TwilioNumber(
    "PN1",
    NUMBER,
    "1999",
    f"{BASE}/twilio/voice",
    "POST",
    FALLBACK,
    "GET",
    f"{BASE}/twilio/voice/status",
    "POST",
)
Run = Callable[..., Result]


class Account:
    """Plays Twilio's numbers."""

    def __init__(self, *numbers: TwilioNumber) -> None:
        self.numbers, self.changed = {one.number: one for one in numbers}, list[tuple[str, dict[str, str]]]()

    def number(self, number: str) -> TwilioNumber | None:
        return self.numbers.get(number)

    def change_number(self, sid: str, changes: dict[str, str]) -> None:
        self.changed.append((sid, dict(changes)))


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """With every setting but those given as empty; in a city that has its first administrator."""
    copied("founded", tmp_path, founded)

    def command(*words: str, account: Account | None = None, **others: str) -> Result:
        if account is not None:
            monkeypatch.setattr("ops.cli.twilio.twilio_of", lambda _: account)
        environment = {f"HOTLINE_{name.upper()}": value for name, value in {**SET, **others}.items()}
        return CliRunner().invoke(
            main,
            ["twilio", *words],
            env={"HOTLINE_HOME": str(tmp_path), **environment, "PATH": os.environ["PATH"]},
        )

    yield command


def audited(home: Path) -> list[tuple[str, str, dict[str, str]]]:
    house = workshop(Settings(home=home), "test")
    with transaction(house.factory) as session:
        found = [
            (row.by, row.subject, row.after or {})
            for row in audit_rows(session)
            if row.action == "twilio.configure"
        ]
    house.engine.dispose()
    return found


def strange() -> TwilioNumber:
    return TwilioNumber(
        "PN1", NUMBER, "1999", "https://demo.twilio.com/welcome/voice/", "POST", "", "POST", "", "POST"
    )


def test_first_it_is_only_shown(run: Run, tmp_path: Path) -> None:
    """What is, what would be, and how it is done."""
    account = Account(strange())
    told = run("configure", NUMBER, "--by", "admin-1", account=account)
    assert told.exit_code == 0, told.output
    assert f"  voice_url: https://demo.twilio.com/welcome/voice/ → {BASE}/twilio/voice\n" in told.output
    assert f"  voice_fallback_url: - → {FALLBACK}\n" in told.output
    assert "  voice_fallback_method: POST → GET\n" in told.output
    assert f"  status_callback: - → {BASE}/twilio/voice/status\n" in told.output
    assert told.output.endswith("nothing was changed; to do it: --apply\n")
    assert account.changed == [] and audited(tmp_path) == []


def test_then_it_is_done_and_on_record(run: Run, tmp_path: Path) -> None:
    """Only what differs."""
    account = Account(strange())
    told = run("configure", NUMBER, "--apply", "--by", "admin-1", account=account)
    assert told.exit_code == 0 and told.output.endswith(f"{NUMBER} leads to us\n"), told.output
    changes = {
        "voice_url": f"{BASE}/twilio/voice",
        "voice_fallback_url": FALLBACK,
        "voice_fallback_method": "GET",
        "status_callback": f"{BASE}/twilio/voice/status",
    }
    assert account.changed == [("PN1", changes)]
    assert audited(tmp_path) == [("admin-1", f"twilio:{NUMBER}", changes)]


def test_a_number_that_is_right_is_left_alone(run: Run) -> None:
    """Also with --apply."""
    account = Account(RIGHT)
    told = run("configure", NUMBER, "--apply", "--by", "admin-1", account=account)
    assert told.output == f"{NUMBER} 1999\nnothing to change\n" and account.changed == []


def test_one_wrong_number_changes_none(run: Run) -> None:
    """All are looked up first."""
    account = Account(strange())
    told = run("configure", NUMBER, "+886000", "--apply", "--by", "admin-1", account=account)
    assert told.exit_code == 1 and "+886000 is no number of this account" in told.output
    assert account.changed == []


@pytest.mark.parametrize("who", ["agent-1", "nobody"])
def test_only_administrators_may(run: Run, who: str) -> None:
    """Before Twilio is asked anything."""
    account = Account(strange())
    told = run("configure", NUMBER, "--apply", "--by", who, account=account)
    assert told.exit_code == 1 and account.changed == []


@pytest.mark.parametrize(
    "missing",
    [name if n == 0 else pytest.param(name, marks=pytest.mark.matrix) for n, name in enumerate(SET)],
)
def test_what_is_not_set_is_named_first(run: Run, missing: str) -> None:
    """By the name under which it is set."""
    told = run("configure", NUMBER, "--by", "admin-1", account=Account(), **{missing: ""})
    assert told.exit_code == 1 and f"need these settings first: {missing};" in told.output
    assert "set as HOTLINE_" in told.output


def test_a_fallback_beside_us_is_refused(run: Run) -> None:
    """It would be down with us."""
    told = run(
        "configure", NUMBER, "--by", "admin-1", account=Account(), twilio_fallback=f"{BASE}/fallback.xml"
    )
    assert told.exit_code == 1 and "is down when they are" in told.output


def test_the_fallback_is_written_for_whoever_keeps_it(run: Run) -> None:
    """A document that names the operator."""
    told = run("fallback")
    assert told.exit_code == 0 and f"<Number>{OPERATOR}</Number>" in told.output
    assert run("fallback", twilio_operator="").exit_code == 1


@pytest.mark.matrix
def test_it_is_asked_as_twilios_contract_says(run: Run) -> None:
    """Through Prism: a request that breaks the contract fails."""
    try:
        with prism.running() as address:
            told = run("configure", OPERATOR, "--apply", "--by", "admin-1", twilio_api=address)
    except prism.CannotRun as why:
        if why.is_failure:
            pytest.fail(str(why))
        pytest.skip(str(why))
    assert told.exit_code == 0 and "leads to us" in told.output, told.output
