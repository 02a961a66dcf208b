"""Filing cases: the checks of P5.0-c in their order, numbers, first deadlines and messages."""

from datetime import timedelta

import pytest

from hotline.cases.filing import NeedsDecision, NeedsName
from hotline.cases.rules import CaseKind, CaseState
from hotline.clock import taipei
from hotline.db import Sessions
from tests.store.cases import LANDLINE, MOBILE, OTHER, TEN, Desk, noise, staffed


@pytest.fixture
def desk(factory: Sessions) -> Desk:
    return Desk(staffed(factory))


def test_P5_4_2_filing_tells_the_liaison_and_the_petitioner(desk: Desk) -> None:
    """One transaction: number, both clocks, N-20 to the mobile, N-40 to the quick-case liaison."""
    case = desk.filed()
    assert (case.number, case.state, case.kind) == ("115112400001", CaseState.FILED, CaseKind.QUICK)
    assert case.due_at == TEN + timedelta(hours=4)
    assert case.sign_due_at == TEN + timedelta(minutes=10)
    told = {(one.template, one.recipient): one.text for one in desk.messages()}
    assert set(told) == {("N-20", MOBILE), ("N-40", "quick@pwd.example")}
    assert "1151-1240-0001" in told["N-20", MOBILE]
    assert "11月24日 14:00" in told["N-40", "quick@pwd.example"]
