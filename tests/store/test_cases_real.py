"""Cases over the real table of categories and the real reader of places."""

from datetime import timedelta
from typing import Any

import pytest

from hotline import places
from hotline.cases.cancelling import Cancelling
from hotline.cases.deadlines import CaseLimits
from hotline.cases.examining import NeedsDecision
from hotline.cases.filing import CaseFiling
from hotline.cases.moving import Moving
from hotline.cases.rules import CaseKind, CaseState, Move
from hotline.cases.store import Case
from hotline.categories import service
from hotline.categories.proposals import Categories
from hotline.categories.seed import seed_records
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.directory.files.importing import ReadFiles, import_files
from hotline.directory.register import set_row
from hotline.directory.rules import Agency
from hotline.ledger.changes import ChangeContext
from hotline.ledger.periods import Period
from hotline.permissions import Action, Role
from hotline.places import OutsideTheCity
from hotline.staff.rules import Staff
from hotline.staff.service import set_staff
from tests.store.cases import OTHER, TEN, WORKTIME, Desk, staffed

HERE = "板橋區中山路一段161號"


@pytest.fixture
def desk(factory: Sessions) -> Desk:
    """The placeholder list of categories, and its agencies."""
    who: Any = {"at": TEN, "by": "admin-1"}
    since = Period(TEN - timedelta(days=1))
    made = Desk(staffed(factory))
    with transaction(factory) as session:
        set_staff(session, Staff("admin-1", "管理員", frozenset({Role.ADMINISTRATOR})), since, **who)
        for code, name in (("epb", "環保局"), ("tpt", "交通局")):
            set_row(session, Agency(code, name), since, **who)
        codes = {"警察局": "police", "環保局": "epb", "交通局": "tpt", "工務局": "pwd"}
        pen = ChangeContext(TEN, "admin-1", Action.DIRECTORY_IMPORT, "暫定清單")
        import_files(session, ReadFiles(tuple(seed_records(codes))), TEN - timedelta(hours=1), pen)
    made.moving = Moving(lambda _session: WORKTIME, CaseLimits, Categories())
    made.filing, made.cancelling = CaseFiling(made.moving, places.parsed), Cancelling(made.moving)
    return made


def test_P5_0_c_one_place_is_known_however_it_is_said(desk: Desk) -> None:
    """With or without the city, in figures or in words; a neighbour's house number is another place."""
    first = desk.filed(place=HERE)
    assert (first.district, first.kind, first.agency) == ("板橋區", CaseKind.QUICK, "pwd")
    for said in ("新北市板橋區中山路1段161號", "板橋區中山路１段161號旁邊"):
        with pytest.raises(NeedsDecision) as refused:
            desk.filed(place=said, phone=OTHER, name="李四")
        assert refused.value.whose == "other", said
    assert desk.filed(place="板橋區中山路一段163號", phone=OTHER, name="李四").lead_id is None


def test_a_draft_may_lie_anywhere_and_a_case_only_in_the_city(desk: Desk) -> None:
    """The point of Taipei's main station: kept as it was typed, refused when it is filed."""
    draft = desk.draft(place="", latitude=25.0478, longitude=121.5170)
    with pytest.raises(OutsideTheCity):
        desk.file(draft)
    with transaction(desk.factory) as session:
        row = session.get_one(Case, draft)
        assert (row.latitude, row.number, row.state) == (25.0478, None, CaseState.DRAFT)


def test_P5_4_1_a_running_case_keeps_the_limits_it_was_filed_with(desk: Desk) -> None:
    """The list is changed an hour later: this case has its four days, the next one two."""
    case = desk.filed(place=HERE)
    later = TEN + timedelta(hours=1)
    with transaction(desk.factory) as session:
        says = {**service.category(session, "3003", TEN).says(), "stage1_hours": 8, "stage2_days": 2}
        service.write(session, "3003", says, Period(later), at=later, by="admin-1")
    assert desk.filed(later, place="板橋區文化路一段1號", is_another=True).due_at == later + timedelta(
        hours=8
    )
    desk.move(case, Move.SIGN, "quick-1", later)
    asked = desk.move(case, Move.ASK_STAGE2, "quick-1", later, reason="需刨鋪", days=4)
    assert (asked.state, asked.due_at) == (CaseState.STAGE2_PENDING, taipei("2026-11-24T14:00"))
