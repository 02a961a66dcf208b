"""A photograph of a sign-language session is put into a case by the interpreter who filed it, or goes."""

from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select

from hotline.cases.sealed_photographs import image_of
from hotline.cases.store import Case, CasePhoto
from hotline.cases.work import CaseWork
from hotline.db import Sessions, looking, transaction
from hotline.staff.service import NotPermitted
from hotline.video import case_photos, messages
from hotline.video.line import UnknownVideoSession
from hotline.video.messages import MessageKind
from hotline.video.rules import Side
from tests.signing import TEN, SignScene
from tests.store.cases import Desk, staffed

pytestmark = pytest.mark.dialects
SECOND = timedelta(seconds=1)


def jpeg() -> bytes:
    data = BytesIO()
    Image.new("RGB", (3000, 2000), "blue").save(data, "JPEG")
    return data.getvalue()


def test_the_interpreter_keeps_it_in_the_own_case(factory: Sessions) -> None:
    desk, scene = Desk(staffed(factory)), SignScene(factory)
    case = desk.filed(TEN).number
    scene.hire("hand-1", "hand-2")
    scene.arrive("amy")
    scene.accept("hand-1", TEN)
    photo = messages.clean(jpeg())
    with transaction(factory) as session:
        number = messages.put(session, scene.line.ring, 1, Side.CITIZEN, MessageKind.PHOTO, photo, TEN)

    def keep(by: str = "hand-1") -> CasePhoto:
        work = CaseWork(desk.moving)
        return case_photos.keep(factory, scene.line, work, 1, number, case or "", at=TEN + SECOND, by=by)

    with pytest.raises(NotPermitted):
        keep()
    with transaction(factory) as session:
        session.scalars(select(Case)).one().filed_by = "hand-1"
    with pytest.raises(UnknownVideoSession):
        keep("hand-2")
    kept = keep()
    scene.leave(1, TEN + 2 * SECOND)
    with looking(factory) as session:
        image = image_of(session, session.get_one(CasePhoto, kept.id))
    assert Image.open(BytesIO(image)).size == (2048, 1365)
    with pytest.raises(UnknownVideoSession):
        keep()
