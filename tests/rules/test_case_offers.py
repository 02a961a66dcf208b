"""Moves that are offered: none that its guard would refuse for how a case stands; to each role its own."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product

import pytest

from hotline.cases.guards import ExtensionRefused, NotAsked, ReplyWanted, Standing, check
from hotline.cases.offers import ELSEWHERE, offers
from hotline.cases.rules import TABLES, CaseKind, CaseNotNow, CaseState, Move
from hotline.cases.words import CaseWords, LateGround, NoActionGround
from hotline.clock import taipei
from hotline.errors import HotlineError
from hotline.permissions import Role
from hotline.staff.rules import Staff

TEN = taipei("2026-11-24T10:00")
EVERYBODY = Staff("all", "全部", frozenset(Role) - {Role.ADMINISTRATOR}, "pwd")
OF_STANDING = (CaseNotNow, NotAsked, ReplyWanted, ExtensionRefused)
"""What a move is refused for that nothing which is written could mend."""


def standing(
    kind: CaseKind = CaseKind.QUICK, state: CaseState = CaseState.SIGNED, **more: object
) -> Standing:
    due = TEN + timedelta(hours=4)
    usual = Standing(kind, state, TEN, due, due, joint_open=frozenset({"pwd"}))
    return replace(usual, **more)  # type: ignore[arg-type]


def said(move: Move, at: datetime) -> CaseWords:
    ground = NoActionGround.ANSWERED if move is Move.NO_ACTION else LateGround.WEATHER
    return CaseWords(
        reason="理由",
        note="進度",
        result="結果",
        ground=ground,
        analysis="分析",
        days=1,
        until=at + timedelta(days=9),
        agency="pwd",
        agencies=("epb",),
        authority="公路局",
        letter="字號",
        channel="phone",
        replied_at=at,
        officer="王小姐",
        officer_phone="02",
        done_at=at,
        doer="養護班",
        no_photo="天黑",
        late_ground=LateGround.WEATHER,
        late_reason="大雨",
        prevention="巡查",
    )


def moves(one: Standing, member: Staff = EVERYBODY, agency: str = "pwd", at: datetime = TEN) -> set[Move]:
    return {row.move for row in offers(one, member, agency, (), at)}


@pytest.mark.parametrize("kind", CaseKind)
def test_nothing_is_offered_that_the_standing_refuses(kind: CaseKind) -> None:
    """Of every state and standing: with all that could be written, an offered move is not refused for how it
    stands, and one that is not offered is, or is done elsewhere.
    """
    for state, stage, asked, wants in product(CaseState, (1, 2), (0, 2, 3), (True, False)):
        one = standing(kind, state, stage=stage, stage_asked=asked, wants_reply=wants)
        offered = moves(one)
        for row in (row for row in TABLES[kind] if state in row.before and row.move not in ELSEWHERE):
            try:
                check(row, one, said(row.move, TEN), TEN)
                refused = False
            except OF_STANDING:
                refused = True
            except HotlineError:
                refused = False
            assert (row.move in offered) is not refused, (state, stage, asked, wants, row.move)


@pytest.mark.parametrize(
    ("role", "state", "has"),
    [
        (Role.QUICK_LIAISON, CaseState.FILED, {Move.SIGN, Move.NOT_OURS}),
        (Role.OFFICER, CaseState.FILED, set()),
        (Role.MANAGER, CaseState.IN_PROGRESS, set()),
        (Role.AUTHORISED, CaseState.SIGNED, {Move.CONVERT}),
        (Role.AGENT, CaseState.SIGNED, set()),
        (Role.SECRETARIAT, CaseState.SIGNED, set()),
    ],
)
def test_each_role_is_offered_its_own(role: Role, state: CaseState, has: set[Move]) -> None:
    """Of a quick case of one's own agency."""
    assert moves(standing(state=state), Staff("one", "某人", frozenset({role}), "pwd")) == has


def test_of_another_agency_nothing_but_what_it_is_joint_in() -> None:
    """A joint agency confirms for itself, and tells of progress."""
    liaison = Staff("one", "某人", frozenset({Role.LIAISON}), "epb")
    one = standing(CaseKind.PETITION, CaseState.JOINT, joint_open=frozenset({"epb"}))
    assert moves(one, liaison) == {Move.CONFIRM_JOINT}
    told = {row.move for row in offers(one, liaison, "pwd", ("epb",), TEN)}
    assert told == {Move.CONFIRM_JOINT, Move.PROGRESS}
    assert moves(standing(), liaison) == set()


def test_what_was_sent_back_is_not_signed() -> None:
    """It waits for RDEC to name another agency."""
    returned = standing(state=CaseState.FILED, is_returned=True)
    assert moves(returned) == {Move.ASSIGN}
