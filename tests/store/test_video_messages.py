"""What the sides of a sign-language session send each other: sealed, limited, gone with its end."""

from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import Engine, select, text

from hotline.db import sessions, transaction
from hotline.keys.store import DataKey
from hotline.texts import UnfitText
from hotline.video import messages
from hotline.video.line import UnknownVideoSession
from hotline.video.messages import CleanPhoto, MessageKind, NotRunning, TooMuchSent
from hotline.video.rules import Side
from hotline.video.store import VideoMessage
from tests.keys import RING
from tests.signing import TEN, SignScene

pytestmark = pytest.mark.dialects
SECOND = timedelta(seconds=1)
CHAT, SIGNAL, PHOTO = MessageKind.CHAT, MessageKind.SIGNAL, MessageKind.PHOTO


@pytest.fixture
def scene(database: Engine) -> SignScene:
    return SignScene(sessions(database))


@pytest.fixture
def number(scene: SignScene) -> int:
    """A session that runs."""
    scene.hire("hand-1")
    scene.arrive("amy")
    return scene.accept("hand-1", TEN)


def put(
    scene: SignScene,
    number: int,
    payload: str | CleanPhoto,
    kind: MessageKind = CHAT,
    side: Side = Side.CITIZEN,
) -> int:
    with transaction(scene.factory) as session:
        return messages.put(session, RING, number, side, kind, payload, TEN + SECOND)


def heard(scene: SignScene, number: int, side: Side, last: int = 0) -> list[tuple[int, str]]:
    with transaction(scene.factory) as session:
        return [(one.number, one.text) for one in messages.after(session, RING, number, side, last)]


def picture() -> bytes:
    data = BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Camera of somebody"
    Image.new("RGB", (5000, 3000), "red").save(data, "JPEG", exif=exif)
    return data.getvalue()


def test_a_signal_reaches_the_other_side_alone_and_a_chat_both(scene: SignScene, number: int) -> None:
    put(scene, number, "offer", SIGNAL)
    put(scene, number, "您好", CHAT)
    put(scene, number, "answer", SIGNAL, Side.INTERPRETER)
    assert heard(scene, number, Side.INTERPRETER) == [(1, "offer"), (2, "您好")]
    assert heard(scene, number, Side.CITIZEN) == [(2, "您好"), (3, "answer")]
    assert heard(scene, number, Side.CITIZEN, 2) == [(3, "answer")]


def test_what_is_sent_stands_sealed_in_the_database(scene: SignScene, number: int) -> None:
    put(scene, number, "我的身分證字號")
    with transaction(scene.factory) as session:
        payload = bytes(session.scalar(text("SELECT payload FROM video_message")))
    assert "我的身分證字號".encode() not in payload


def test_a_photograph_is_the_picture_alone_for_the_other_side_alone(scene: SignScene, number: int) -> None:
    clean = messages.clean(picture())
    assert b"Camera of somebody" not in clean.image
    one = put(scene, number, clean, PHOTO)
    with transaction(scene.factory) as session:
        found = messages.photo(session, RING, number, one, Side.INTERPRETER)
        with pytest.raises(UnknownVideoSession):
            messages.photo(session, RING, number, one, Side.CITIZEN)
    assert Image.open(BytesIO(found)).size == (4096, 2458)


def test_with_the_end_nothing_is_left(scene: SignScene, number: int) -> None:
    """Rows are deleted, the key is overwritten, and nobody sends or reads any more."""
    put(scene, number, "您好")
    scene.leave(number, TEN + 2 * SECOND)
    with transaction(scene.factory) as session:
        assert session.scalars(select(VideoMessage)).all() == []
        key = session.scalars(select(DataKey).where(DataKey.kind == "video")).one()
        assert key.destroyed_at is not None
        assert not any(key.wrapped)
    assert heard(scene, number, Side.CITIZEN) == []
    with pytest.raises(NotRunning):
        put(scene, number, "再見")


def test_nothing_is_sent_while_one_waits(scene: SignScene) -> None:
    with pytest.raises(NotRunning):
        put(scene, scene.arrive("ben"), "您好")


def test_limits(scene: SignScene, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnfitText):
        put(scene, number, "字" * 1001)
    with pytest.raises(TooMuchSent) as size:
        put(scene, number, "x" * (64 * 1024 + 1), SIGNAL)
    assert size.value.why == "size"
    monkeypatch.setattr(messages, "MOST", {**messages.MOST, CHAT: 2})
    put(scene, number, "一")
    put(scene, number, "二")
    with pytest.raises(TooMuchSent) as count:
        put(scene, number, "三")
    assert count.value.why == "count"
    put(scene, number, "candidate", SIGNAL)


def test_a_photograph_that_was_not_cleaned_is_none(scene: SignScene, number: int) -> None:
    with pytest.raises(TypeError):
        put(scene, number, "picture", PHOTO)
