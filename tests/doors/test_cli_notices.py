"""``hotline notices`` as a person types it: what was sent, what was not, and what is done about it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from demo.seed import seed
from hotline import clock
from hotline.db import transaction
from hotline.ledger.looks import looks_at
from hotline.outbox.message import Letter, NotSent
from hotline.outbox.rules import HIDDEN
from hotline.outbox.senders import sender
from hotline.outbox.service import Post, delivered, write
from hotline.outbox.templates import templates
from hotline.settings import Settings
from ops.cli.main import main
from ops.wiring import House, workshop
from tests.beginnings import migrated

Typed = Callable[..., Result]
AT = clock.taipei("2026-11-24T12:30")
DUE = "11月24日 16:30"


class Gateway:
    """Refuses one recipient for good, loses an answer, takes the rest."""

    def send(self, letter: Letter) -> str:
        if letter.recipient == "call-centre":
            raise NotSent("no e-mail address", for_good=True)
        if letter.recipient == "slow@city.example":
            raise NotSent("relay fell silent", may_be_done=True)
        return f"SM{letter.number}"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """Six messages, brought on their way once."""
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path / "home"))
    settings = Settings()
    migrated(settings)
    house = workshop(settings, "test")
    with transaction(house.factory) as session:
        seed(session, AT)
        staff = ["owner@city.example", "call-centre", "slow@city.example"]
        write(session, "N-03", "callback:1:overdue", staff, {"matter": "路燈\x1b[31m不亮", "due": DUE}, AT)
        citizens = ["0912345678", "me@mail.example", "02-29603456"]
        write(session, "N-20", "case:1", citizens, {"case": "A1"}, AT)
    Post(house.factory, Gateway(), "one").deliver(AT)
    with transaction(house.factory) as session:
        delivered(session, 4, "SM4", "delivered", AT)
    return house


@pytest.fixture
def typed(house: House) -> Typed:
    """Type a command; it must be accepted unless ``refused``."""

    def run(line: str, *more: str, refused: bool = False) -> Result:
        result = CliRunner().invoke(main, [*line.split(), *more])
        assert (result.exit_code != 0) == refused, result.output
        return result

    return run


def test_every_message_with_what_became_of_it(typed: Typed) -> None:
    """Staff by their address, citizens masked, and nothing that turns a terminal red."""
    lines = typed("notices list --by supervisor-1").output.splitlines()
    assert [line.split("  【")[0].split() for line in lines] == [
        ["1", "11-24", "12:30", "N-03", "sent", "owner@city.example"],
        ["2", "11-24", "12:30", "N-03", "failed", "call-centre"],
        ["3", "11-24", "12:30", "N-03", "waiting,", "tried", "1x,", "again", "12:31,", "may", "have", "arrived", "slow@city.example"],
        ["4", "11-24", "12:30", "N-20", "sent,", "delivered", "+886912***678"],
        ["5", "11-24", "12:30", "N-20", "sent", "m***@mail.example"],
        ["6", "11-24", "12:30", "N-20", "skipped", "0229***456"],
    ]  # fmt: skip
    assert lines[0].endswith("【1999】回電已逾時：路燈[31m不亮，期限11月24日 16:30。")
    assert lines[5].endswith("  a landline takes no SMS")
    assert "\x1b" not in typed("notices list").output


def test_the_list_of_a_state_and_the_latest(typed: Typed) -> None:
    """What was given up is a list of its own."""
    (failed,) = typed("notices list --state failed").output.splitlines()
    assert "call-centre" in failed and failed.endswith("no e-mail address")
    assert [line.split()[0] for line in typed("notices list --last 2").output.splitlines()] == ["5", "6"]


def test_everything_about_one(typed: Typed) -> None:
    """Its event, its text, its name on the other side, the carrier's word."""
    shown = typed("notices show 4 --by supervisor-1").output
    for words in (
        "event      case:1",
        "text       【新北1999】",
        "known as   SM4",
        "carrier    11-24 12:30 delivered",
    ):
        assert words in shown
    assert "912345678" not in shown
    assert "There is no message 4711" in typed("notices show 4711", refused=True).output


def test_what_citizens_are_told_is_read_under_a_login(typed: Typed, house: House) -> None:
    """Who may mend messages; on record. Without one their texts are left out, the staff's are not."""
    plain = typed("notices list").output
    assert (
        "【新北1999】" not in plain and plain.count("(to a citizen: --by LOGIN)") == 3 and "【1999】" in plain
    )
    assert "【新北1999】" not in typed("notices show 4").output
    assert "does not allow this" in typed("notices list --by agent-1", refused=True).output
    typed("notices show 4 --by supervisor-1")
    with transaction(house.factory) as session:
        assert [(one.by, one.what) for one in looks_at(session, "notice:4")] == [("supervisor-1", "message")]


def test_a_code_is_opened_in_a_trial_alone_and_on_record(typed: Typed, house: House) -> None:
    """Lists hide it; the file in the outbox is sealed."""
    with transaction(house.factory) as session:
        write(session, "N-71", "video-code:1", ["0912345678"], {"proof": "48151623"}, AT)
    Post(house.factory, sender(house.settings, house.keys), "one").deliver(AT)
    shown = typed("notices list --by supervisor-1").output + typed("notices show 7 --by supervisor-1").output
    assert "48151623" not in shown and shown.count(HIDDEN) == 3
    assert "48151623" not in "".join(one.read_text("utf-8") for one in house.settings.outbox.iterdir())
    assert "does not allow this" in typed("notices open 7 --by agent-1", refused=True).output
    assert "驗證碼48151623" in typed("notices open 7 --by supervisor-1").output
    with transaction(house.factory) as session:
        assert [one.by for one in looks_at(session, "notice:7")] == ["supervisor-1"] * 2
    assert "did not go as a file" in typed("notices open 4 --by supervisor-1", refused=True).output


def test_given_up_and_sent_again_or_left(typed: Typed) -> None:
    """Under a name that may; once; all of them after an outage."""
    assert "was not given up" in typed("notices again 1 --by supervisor-1", refused=True).output
    assert "does not allow this" in typed("notices again 2 --by agent-1", refused=True).output
    assert " waiting " in typed("notices again --all --by supervisor-1").output
    assert "no message was given up" in typed("notices again --all --by supervisor-1").output
    assert "give the number" in typed("notices again --by supervisor-1").output


def test_a_message_is_left_with_a_reason(typed: Typed) -> None:
    """Told by telephone: it leaves the list and is not sent."""
    typed("notices leave 2 --by supervisor-1 --reason", "told by telephone")
    assert typed("notices list --state failed").output == ""
    assert "--reason" in typed("notices leave 3 --by supervisor-1", refused=True).output


def test_every_wording_with_its_size(typed: Typed) -> None:
    """Where it goes, when, and how many SMS it takes at most."""
    lines = {line.split()[0]: line.split()[1:] for line in typed("notices wordings").output.splitlines()}
    assert list(lines) == list(templates())
    assert lines["N-20"][:3] == ["sms/email", "1", "SMS"]
    assert lines["N-01"][:2] == ["email", "always"]
