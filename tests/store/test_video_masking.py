"""What is kept of the sign-language service goes when its period is over; its person finds it (P4.12)."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from administration.personal_data import about_citizen
from hotline.db import sessions, transaction
from hotline.retention.deletion_log import DeletionLog
from hotline.retention.masking import Eraser, MaskRule
from hotline.video import accounts
from hotline.video.masking import ACCOUNTS, SESSIONS
from tests.signing import TEN, SignScene

pytestmark = pytest.mark.dialects
MOBILE = "+886912345678"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def scene(database: Engine) -> SignScene:
    """An account that was closed, and a session at a counter that is over."""
    scene = SignScene(sessions(database))
    scene.hire("hand-1")
    scene.boss()
    with transaction(scene.factory) as session:
        accounts.apply(session, "王小明", MOBILE, TEN, "203.0.113.9")
        accounts.approve(session, 1, at=TEN, by="boss")
    counter = scene.account("counter-1", counter=1, agency="pwd")
    number = scene.request(counter, officer="陳怡君").id
    scene.accept("hand-1", TEN)
    with transaction(scene.factory) as session:
        scene.line.end(session, number, "hand-1", TEN + MINUTE, "戶籍謄本", "civil")
    return scene


def masked(scene: SignScene, folder: Path, rule: MaskRule, until: int) -> int:
    eraser = Eraser(scene.factory, DeletionLog(folder, "n1"))
    return sum(eraser.mask(rule, TEN + until * DAY, TEN + until * DAY, lambda *_: None))


def test_an_account_in_use_stays_and_one_that_was_closed_goes(scene: SignScene, tmp_path: Path) -> None:
    assert masked(scene, tmp_path, ACCOUNTS, 400) == 0
    with transaction(scene.factory) as session:
        assert "video-account:1" in about_citizen(session, MOBILE)
        accounts.close(session, 1, "王小明本人要求", at=TEN, by="boss")
    assert masked(scene, tmp_path, ACCOUNTS, 400) == 1
    with transaction(scene.factory) as session:
        told = "SELECT name, contact, contact_hash, reason, password FROM video_account WHERE id = 1"
        assert set(session.execute(text(told)).one()) == {""}
        logged = session.execute(text("SELECT reason FROM audit_log WHERE subject = 'video-account:1'"))
        assert not any("王小明" in one.reason for one in logged), "in the audit log it is a pseudonym"


def test_words_of_a_session_go_and_its_figures_stay(scene: SignScene, tmp_path: Path) -> None:
    assert masked(scene, tmp_path, SESSIONS, 400) == 1
    row = scene.row(1)
    assert (row.officer, row.topic, row.agency, row.counter_agency) == ("", "", "civil", "pwd")
    assert row.accepted_at == TEN
