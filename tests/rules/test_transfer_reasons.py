"""Reasons of transfers: on the page, by keys, and said at closing (P5.1.1)."""

from typing import Any

import pytest

from calls.transfer_reasons import STATED, UNSTATED, reasons

PAGE = ("TransferAsked", {"extension": "5112", "by": "agent-1", "reason": "law"})
BEGUN = ("TransferBegun", {"asked": "5112", "by": "agent-1", "reason": "law"})
KEYS = ("TransferBegun", {"asked": "5113", "by": "agent-1", "reason": ""})
CALLER = ("TransferBegun", {"asked": "5114", "by": "", "reason": ""})
ASKED_FIRST = ("TransferAsked", {"asks": "5112", "by": "agent-1", "reason": "faq"})
LATER = (STATED, {"reason": "doubt", "by": "agent-1"})


@pytest.mark.parametrize(
    ("told", "rung", "found"),
    [
        ([], [], []),
        ([PAGE, BEGUN], ["5112"], ["law"]),
        ([ASKED_FIRST], ["5112"], ["faq"]),
        ([KEYS], ["5113"], [UNSTATED]),
        ([], ["5115"], [UNSTATED]),
        ([], [""], []),
        ([CALLER], ["5114"], []),
        ([CALLER, KEYS, PAGE], ["5112", "5113", "5114"], [UNSTATED, "law"]),
        ([KEYS, PAGE, LATER], ["5113"], ["doubt", "law"]),
        ([LATER], ["5115"], ["doubt"]),
        ([LATER, (STATED, {"reason": "faq", "by": "agent-1"})], ["5115"], ["faq"]),
    ],
)
def test_P5_1_1_an_agents_transfer_has_a_reason_or_owes_one(
    told: list[tuple[str, dict[str, Any]]], rung: list[str], found: list[str]
) -> None:
    """By keys it is unstated until it is said; a caller who dialled the extension has none."""
    assert reasons(told, rung) == found
