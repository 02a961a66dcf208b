"""Photographs of cases at rest: sealed by a key each, older ones too, on both databases (P4.12)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from hotline.cases import sealed_photographs
from hotline.cases.rules import Move
from hotline.cases.sealed_photographs import image_of, is_any_plain, seal_plain
from hotline.cases.store import CasePhoto
from hotline.db import Sessions, looking, transaction
from hotline.keys import data_keys
from hotline.keys.data_keys import KeyDestroyed
from tests.case_office import TEN, CaseOffice

pytestmark = pytest.mark.dialects
HOUR = timedelta(hours=1)


@pytest.fixture
def number(factory: Sessions) -> str:
    """A case with a photograph."""
    office = CaseOffice(factory)
    number = office.filed()
    office.does(number, Move.SIGN, "pwd-quick", TEN + timedelta(minutes=1))
    office.acts("photo", number, b"\xff\xd8 a jpeg", "pwd-mei", TEN + HOUR)
    return number


def only(factory: Sessions) -> CasePhoto:
    with looking(factory) as session:
        return session.scalars(select(CasePhoto)).one()


def test_P4_12_a_photograph_is_sealed_and_seen(factory: Sessions, number: str) -> None:
    """In the row nothing of it can be read."""
    kept = only(factory)
    assert kept.key_id and b"jpeg" not in kept.image
    with looking(factory) as session:
        assert image_of(session, kept) == b"\xff\xd8 a jpeg"


def test_who_destroys_its_key_destroys_it(factory: Sessions, number: str) -> None:
    """In every copy of the row."""
    kept = only(factory)
    with transaction(factory) as session:
        data_keys.destroy(session, [kept.key_id], TEN + HOUR)
    with looking(factory) as session:
        for image in (kept.image, b""):
            kept.image = image
            with pytest.raises(KeyDestroyed):
                image_of(session, kept)


def test_those_of_a_release_before_are_sealed_in_steps(
    factory: Sessions, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each by a key of its own; until then they are seen as they are."""
    monkeypatch.setattr(sealed_photographs, "STEP", 2)
    case = only(factory).case_id
    with transaction(factory) as session:
        session.add_all(
            CasePhoto(case_id=case, at=TEN, by="pwd-mei", sha256=str(n), image=b"plain %d" % n)
            for n in range(5)
        )
    assert is_any_plain(factory)
    with looking(factory) as session:
        rows = list(session.scalars(select(CasePhoto).where(CasePhoto.key_id == "")))
        assert [image_of(session, one) for one in rows] == [b"plain %d" % n for n in range(5)]
    assert seal_plain(factory, TEN + HOUR) == 5
    assert not is_any_plain(factory) and seal_plain(factory, TEN + HOUR) == 0
    with looking(factory) as session:
        rows = list(session.scalars(select(CasePhoto).order_by(CasePhoto.id)))
        assert len({one.key_id for one in rows}) == 6
        assert [image_of(session, one) for one in rows][1:] == [b"plain %d" % n for n in range(5)]
        assert not any(b"plain" in one.image for one in rows)
