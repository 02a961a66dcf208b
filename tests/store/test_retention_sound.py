"""Retention of sound on both databases: key and file go, the row stays with hash, dates and ground."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from administration.personal_data import PersonalData, Withheld
from administration.retention import Retention, make_good
from administration.sound_retention import SoundRetention
from calls.store import CallRow
from hotline import legal_holds
from hotline.cases.store import Case, CasePhoto
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.keys import data_keys
from hotline.keys.store import DataKey
from hotline.ledger.periods import Period
from hotline.legal_holds import HeldRecord
from hotline.permissions import Role
from hotline.retention.deletion_log import DeletionLog
from hotline.retention.kinds import DeletionGround, Periods, RetentionKind
from hotline.retention.masking import Eraser
from hotline.retention.store import latest_runs
from hotline.settings import Settings
from hotline.special_callers.store import SpecialCall
from hotline.staff.rules import Staff
from hotline.staff.service import set_staff
from ops import limits
from recordings.archive import Archive
from tests.keys import RING
from tests.put_back import OldCopy
from tests.sealed import BEGAN, CALL, ENDED, LATER, NODE, KeptHome

pytestmark = pytest.mark.dialects

DAY = timedelta(days=1)
NIGHT = taipei("2027-11-25T03:00")
NUMBER = "+886912345678"


@dataclass
class Nights:
    """A node with recorded sound, and its nightly runs."""

    home: KeptHome
    folder: Path
    periods: Periods

    @property
    def eraser(self) -> Eraser:
        return Eraser(self.home.factory, DeletionLog(self.folder, NODE))

    @property
    def sound(self) -> SoundRetention:
        return SoundRetention(self.home.factory, self.home.archive, self.eraser.log)

    def run(self, until: datetime = NIGHT) -> None:
        retention = Retention(
            self.home.factory,
            self.eraser,
            lambda: self.periods,
            (),
            lambda: 0.0,
            lambda _took: None,
            self.sound,
        )
        for at in (until - DAY, until):
            retention.run(at)

    def done(self) -> dict[str, int]:
        with transaction(self.home.factory) as session:
            return latest_runs(session, 1)[0].done

    def holds(self, *, begins: bool) -> None:
        with transaction(self.home.factory) as session:
            if begins:
                legal_holds.hold(session, "complaint:1", HeldRecord.CALL, [CALL], by="rdec-1", at=ENDED)
            else:
                legal_holds.release(session, "complaint:1", by="rdec-1", at=NIGHT)


@pytest.fixture
def nights(factory: Sessions, tmp_path: Path) -> Nights:
    home = KeptHome(factory, tmp_path / "home")
    home.records()
    home.takes_a_message()
    return Nights(home, tmp_path / "deletions", limits.retention(Settings()))


@pytest.mark.parametrize("is_sealed", [True, False])
def test_P9_sound_goes_with_its_key_and_the_row_stays(nights: Nights, is_sealed: bool) -> None:
    """Sealed or still plain: nothing is left to be heard; hash, dates and ground are."""
    if is_sealed:
        nights.home.run()
    before = nights.home.row()
    nights.run(NIGHT - DAY)
    assert nights.home.row().destroyed_at is None
    nights.run()
    row = nights.home.row()
    assert (row.destroyed_at, row.destroyed_ground) == (NIGHT, DeletionGround.PERIOD)
    assert (row.sha256, row.started_at, row.seconds) == (before.sha256, BEGAN, before.seconds)
    assert all(key.destroyed_at for key in nights.home.keys())
    nights.home.refuse_leftovers()
    assert nights.done() == {"talk": 2, "message": 1}


def test_P8_3_a_held_call_keeps_its_sound_until_it_is_released(nights: Nights) -> None:
    """Talk and message."""
    nights.home.run()
    nights.holds(begins=True)
    nights.run()
    assert not any(row.destroyed_at for row in nights.home.rows())
    nights.holds(begins=False)
    nights.run(NIGHT + 2 * DAY)
    assert all(row.destroyed_at for row in nights.home.rows())
    nights.home.refuse_leftovers()


@pytest.mark.parametrize(
    ("kind", "special"),
    [
        (RetentionKind.SPECIAL, {"state": "ENDED", "flagged_by": "boss"}),
        (RetentionKind.EMERGENCY, {"state": "NORMAL", "emergency": True}),
    ],
)
def test_P7_1_special_calls_and_emergencies_have_periods_of_their_own(
    nights: Nights, kind: RetentionKind, special: dict[str, object]
) -> None:
    """Two years here, while talks and messages go after one."""
    with transaction(nights.home.factory) as session:
        session.add(SpecialCall(call_id=CALL, **special))
    nights.periods = {**nights.periods, kind: timedelta(days=730)}
    nights.run()
    assert nights.done() == {"message": 1}
    nights.run(NIGHT + timedelta(days=365))
    assert nights.done() == {kind: 2}


class Died(Exception):
    """The process was killed."""


def test_killed_between_key_and_file_the_next_job_leaves_nothing(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has no key cannot be heard any more, and its file goes."""
    nights.home.run()

    def dies(*_given: object) -> None:
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr(Archive, "remove_all", dies)
        with pytest.raises(Died):
            nights.run()
    nights.home.refuse_loss()
    nights.run()
    nights.home.run(NIGHT)
    nights.home.refuse_leftovers()
    assert all(row.destroyed_at for row in nights.home.rows())


def test_a_database_put_back_destroys_its_sound_again(
    nights: Nights, database: Engine, tmp_path: Path
) -> None:
    """Its key, too, which the copy had."""
    nights.home.run()
    copy = OldCopy(database, tmp_path)
    nights.run()
    copy.put_back()
    assert not any(key.destroyed_at for key in nights.home.keys())
    assert make_good(nights.home.factory, nights.eraser, NIGHT, nights.sound) == 3
    assert all(key.destroyed_at for key in nights.home.keys())
    nights.home.refuse_leftovers()


def test_a_person_has_the_sound_of_their_calls_erased(nights: Nights) -> None:
    """Told with the call's record; what is held is withheld with its reason."""
    home, admin = nights.home, Staff("admin-1", "管理員", frozenset({Role.ADMINISTRATOR}))
    home.run()
    person = PersonalData(lambda: nights.periods, lambda: timedelta(days=1825), nights.eraser, nights.sound)
    with transaction(home.factory) as session:
        set_staff(session, admin, Period(BEGAN), at=BEGAN, by="test")
        session.add(CallRow(id=CALL, caller=NUMBER, started_at=BEGAN, ended_at=ENDED))
    nights.holds(begins=True)
    how = {"by": "admin-1", "at": LATER}
    with transaction(home.factory) as session:
        told = person.erase(session, NUMBER, "申請書", **how)
    assert {one.kind: one.withheld for one in told} == dict.fromkeys(
        ("talk", "message", "calls"), Withheld.HELD
    )
    nights.holds(begins=False)
    with transaction(home.factory) as session:
        assert person.erase(session, NUMBER, "申請書", **how) == []
    assert {row.destroyed_ground for row in home.rows()} == {DeletionGround.ERASURE}
    home.run(NIGHT)
    home.refuse_leftovers()


def test_a_photograph_goes_with_its_key(nights: Nights) -> None:
    """The hash stays."""
    with transaction(nights.home.factory) as session:
        key, _plain = data_keys.make(session, RING, "photo", ENDED)
        case = Case(
            number="115112400012", kind="quick", state="CLOSED", drafted_at=ENDED, drafted_by="agent-1"
        )
        case.filed_at = case.closed_at = ENDED
        session.add(case)
        session.flush()
        photo = CasePhoto(
            case_id=case.id, at=ENDED, by="agent-1", sha256="a" * 64, image=b"sealed", key_id=key
        )
        session.add(photo)
    nights.run(NIGHT + 4 * timedelta(days=365))
    with transaction(nights.home.factory) as session:
        row = session.get_one(CasePhoto, photo.id)
        assert (row.image, row.sha256) == (b"", "a" * 64)
        assert session.get_one(DataKey, key).destroyed_at is not None
