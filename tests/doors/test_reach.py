"""What Asterisk says of the directory's numbers, against a peer that plays Asterisk."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from administration.directory_check import AsteriskFindings, NightlyCheck
from control.ami import AMI, ManagerGone, Message
from control.pbx import Pbx
from control.reachability import DialplanMissing, Reach, findings, of_asterisk
from hotline import clock
from hotline.clock import taipei
from hotline.dialling import DialRules
from hotline.directory.findings import Finding, Severity
from hotline.directory.rules import Agency, Desk, Directory, DutyOfficer, Section
from hotline.settings import Settings
from ops.wiring import House
from wording import ENGLISH, sentence

THEN = Directory(
    taipei("2026-11-24T10:00"),
    agencies={
        "epb": Agency("epb", "環保局", alternative="0911-000-001"),
        "apo": Agency("apo", "動保處", True, "(02)2960-3456"),
    },
    sections={"air": Section("air", "epb", "空氣"), "off": Section("off", "apo", "外")},
    desks={
        "5112": Desk("5112", "air"),
        "5113": Desk("5113", "air"),
        "6101": Desk("6101", "off"),
        "6102": Desk("6102", "off"),
        "7001": Desk("7001", "air", number="(04)2228-9111轉7"),
    },
    duty=(DutyOfficer(1, "值日", "5113"), DutyOfficer(2, "值日", "0911-000-002")),
)


class Asterisk:
    """Answers each function as told; remembers what it was asked."""

    def __init__(self, answers: Callable[[str], str]) -> None:
        self._answers = answers
        self.asked = list[str]()

    def ask(self, action: str, **fields: Any) -> list[Message]:
        assert action == "Getvar" and "Channel" not in fields
        self.asked.append(fields["Variable"])
        return [{"Response": "Success", "Value": self._answers(fields["Variable"])}]


def told(answers: Callable[[str], str]) -> tuple[list[tuple[str, str]], list[str]]:
    asterisk = Asterisk(answers)
    found = findings(cast(AMI, asterisk), THEN, DialRules())
    return [(one.subject, sentence(one, ENGLISH).partition(";")[0]) for one in found], asterisk.asked


def test_P11_every_way_is_asked_for_once() -> None:
    """Extensions of the city's exchange, outside numbers without their keys, alternatives, the roster."""
    found, asked = told(lambda function: "NOT_INUSE" if "STATE" in function else "1")
    assert found == [] and asked[:3] == [
        "DIALPLAN_EXISTS(from-transfer)",
        "DIALPLAN_EXISTS(outbound)",
        "DEVICE_STATE(PJSIP/officers)",
    ]
    assert sorted(asked[3:]) == [
        f"DIALPLAN_EXISTS({way},1)"
        for way in (
            "from-transfer,5112",
            "from-transfer,5113",
            "outbound,0229603456",
            "outbound,0422289111",
            "outbound,0911000001",
            "outbound,0911000002",
        )
    ]


def test_P11_a_dead_exchange_is_one_finding_for_all_behind_it() -> None:
    """Not one for each of some thousand phones, of which nobody knows anything."""
    for state in ("UNAVAILABLE", "INVALID"):
        found, _ = told(lambda function, state=state: state if "STATE" in function else "1")  # type: ignore[misc]
        assert found == [
            (
                "asterisk:officers",
                "The exchange of the officers does not answer, so none of its 3 extensions rings",
            )
        ]


def test_P11_a_number_that_the_dialplan_has_no_pattern_for_is_told_of_each_who_has_it() -> None:
    """Both desks behind it, and what would have been dialled."""
    found, _ = told(
        lambda function: (
            "0" if "2960" in function or "5113" in function else "1" if "DIAL" in function else ""
        )
    )
    assert found == [
        ("desk:5113", "Asterisk has no way to 5113"),
        ("desk:6101", "Asterisk has no way to 0229603456"),
        ("desk:6102", "Asterisk has no way to 0229603456"),
        ("duty:1", "Asterisk has no way to 5113"),
    ]


def test_an_asterisk_that_is_not_there_is_no_finding(tmp_path: Path) -> None:
    """What is not known is told as such."""
    found, why = of_asterisk(Pbx(lambda: Settings(home=tmp_path, ami_port=1)), THEN)
    assert found == [] and isinstance(why, ManagerGone)


def test_an_asterisk_without_its_dialplan_is_asked_for_no_number() -> None:
    """Its manager answers before the dialplan is loaded: then each number seems to have no way."""
    with pytest.raises(DialplanMissing) as missing:
        told(lambda function: "1" if "from-transfer" in function else "0")
    assert missing.value.contexts == "outbound"


def test_equal_findings_are_one_line_with_their_number(house: House) -> None:
    """Two thousand of them, once a day; Asterisk that could not be asked is asked again, and again logged
    only for another reason.
    """
    answers: list[AsteriskFindings] = [
        ([], DialplanMissing("outbound")),
        ([], DialplanMissing("outbound")),
        (
            [Finding(Severity.ERROR, "P11", f"desk:{n}", Reach.NO_WAY, {"number": n}) for n in range(2000)],
            None,
        ),
    ]
    check, at = NightlyCheck(house.factory, lambda then: answers.pop(0)), clock.now()
    with capture_logs() as lines:
        check.run(at)
        of_rows = len([one for one in lines if one["event"] == "directory.finding"])
        for minute in range(1, 5):
            check.run(at + timedelta(minutes=minute))
    found = [one for one in lines if one["event"] == "directory.finding"]
    assert len(found) == of_rows + 1 and not answers
    assert len({(one["severity"], one["clause"], one["wrong"]) for one in found}) == len(found)
    assert found[-1]["count"] == 2000 and found[-1]["subjects"][:2] == ["desk:0", "desk:1"]
    assert len([one for one in lines if one["event"] == "directory.asterisk_not_asked"]) == 1
