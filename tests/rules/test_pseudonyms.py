"""Pseudonyms: one a number however it is written, none that tells it, and nothing of a citizen beside
them.
"""

from datetime import datetime
from hashlib import sha256
from typing import Any

import pytest

from hotline.clock import taipei
from hotline.ledger.pseudonyms import Pseudonyms, is_of_citizens, short

AT = taipei("2026-11-24T10:00")
NUMBER, NAME = "+886912345678", "王可辨"


def keyed(purpose: str, text: str) -> str:
    return sha256(f"key {purpose} {text}".encode()).hexdigest()[:32]


ours = Pseudonyms(keyed)
OF_NUMBER, OF_NAME = short(keyed("number", NUMBER)), short(keyed("name", NAME))


def told(
    subject: str = "callback:4", *, reason: str = "", names: tuple[str, ...] = (), **after: Any
) -> dict[str, Any]:
    """A row as it is kept."""
    row = {"at": AT, "by": "agent-1", "action": "a.b", "subject": subject, "before": None, "after": after}
    return ours.of_row({**row, "reason": reason}, names)


@pytest.mark.parametrize(
    "written", ["0912345678", "0912-345-678", "+886 912 345 678", "886912345678", NUMBER]
)
def test_a_number_has_one_pseudonym_however_it_is_written(written: str) -> None:
    """As a word of a row, within a text, and as what a row is about."""
    assert ours.of_number(written) == OF_NUMBER
    assert told(number=written)["after"] == {"number": OF_NUMBER}
    assert told(f"citizen:{written}")["subject"] == f"citizen:{OF_NUMBER}"
    assert told(reason=f"請打 {written}，上午")["reason"] == f"請打 {OF_NUMBER}，上午"


def test_a_pseudonym_has_no_digit_and_stays_what_it_is() -> None:
    """Nothing masks it or takes it for a number; a row that is moved after it was written is the same."""
    assert OF_NUMBER.startswith("~") and OF_NUMBER[1:].isalpha() and len(OF_NUMBER) == 17
    once = told(number=NUMBER, name=NAME, matter="路燈不亮", reason=f"{NAME} 來電", names=(NAME,))
    assert ours.of_row(once, (NAME,)) == once and NAME not in str(once) and "路燈" not in str(once)


def test_names_and_words_of_citizens_are_hidden_also_in_lists_and_within_a_reason() -> None:
    """What the record's own store knows as the name is found in what an officer wrote."""
    row = told(reason=f"{NAME}已獲告知，信箱 a.b@example.com", names=(NAME,), numbers=[NUMBER], name=NAME)
    assert row["after"] == {"numbers": [OF_NUMBER], "name": OF_NAME}
    assert row["reason"].startswith(f"{OF_NAME}已獲告知，信箱 ~") and "example" not in row["reason"]


@pytest.mark.parametrize(
    "after",
    [
        {
            "state": "DONE",
            "did": "number given",
            "joined": False,
            "hops": 2,
            "extension": "5112",
            "to": "officer-5113",
        },
        {"due_at": AT.isoformat(), "from": "2026-11-24", "until": "2026-11-24"},
        {"from": "203.0.113.45", "phone": "browser"},
        {"calls": ["ntpc1-1795600000.12"], "case": "115112400012", "letter": "新北研話字第1150012345號"},
        {"sha256": "9" * 64, "fault": "changed since 2026-11-24 10:00:00"},
        {"what": "case:115112400012", "number": "1999"},
    ],
)
def test_what_tells_of_nobody_stays(after: dict[str, Any]) -> None:
    """States, times, extensions, addresses of the network, numbers of cases, calls and letters."""
    assert told(**after)["after"] == after


def test_rows_of_the_directory_and_the_staff_are_not_of_citizens() -> None:
    """Numbers of agencies and of our own people are what such rows are for."""
    assert [is_of_citizens(one) for one in ("desk:5112", "staff:anna", "duty:1", "callback:4", "call:x")] == [
        False,
        False,
        False,
        True,
        True,
    ]
    assert isinstance(told()["at"], datetime)
