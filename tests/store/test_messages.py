"""Spoken messages that no decision told of come to their promises by a job, on both databases (§9.2)."""

import os
import wave
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from hotline.callbacks.store import CallbackMessage
from hotline.clock import taipei
from hotline.db import transaction
from hotline.settings import Settings
from ops.jobs.spoken_messages import ANNOUNCED, TOLD, Sweep
from ops.wiring import House, migrate, workshop
from recordings.messages import MessageFile, socket_id
from recordings.policy import Direction, MessageEnd
from recordings.service import BROKEN_OFF
from recordings.store import Recording, RecordingState
from recordings.vault import head, repair
from tests.spoken_message import Sound, pcm, pink, prompt

SPOKEN = taipei("2026-11-24T10:00")
LONGEST = timedelta(seconds=120)
CALL = "ntpc1-1795572000.1"
NAME = f"{CALL}-message"
WORDS = prompt("zh-TW/V-08")


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    """A hotline in which the caller of CALL was promised a callback."""
    settings = Settings(home=tmp_path, database_url=database_url)
    migrate(settings)
    made = workshop(settings, "tests")
    with transaction(made.factory) as session:
        made.callbacks.promise(session, CALL, "+886912345678", "zh-TW", "caller", SPOKEN, "")
    yield made
    made.engine.dispose()


def spoken(house: House, sound: Sound, ended: MessageEnd | None, name: str = NAME) -> Path:
    """A file as the listener writes it; ``ended`` None: the listener died before it could tell."""
    path = house.messages.path(name)
    file = MessageFile(path)
    file.write(pcm(sound))
    if ended:
        file.keep(ended)
    os.utime(path, (SPOKEN.timestamp(),) * 2)
    return path


def sweep(house: House, after: timedelta) -> int:
    """The job, so long after the last word."""
    return Sweep(house.factory, house.messages, house.settings.node, house.callbacks, LONGEST).run(
        SPOKEN + after
    )


def kept(house: House) -> list[tuple[str, str, float, str]]:
    """Messages with what watches over them."""
    with transaction(house.factory) as session:
        query = select(CallbackMessage, Recording).join(
            Recording, Recording.call_id == CallbackMessage.call_id, isouter=True
        )
        return [
            (
                one.call_id,
                one.name,
                round(one.seconds, 1),
                file.state if file.direction == Direction.MESSAGE else "",
            )
            for one, file in session.execute(query)
        ]


def test_P5_1_1_who_hung_up_has_left_a_message(house: House) -> None:
    """Once the decision that goes on with a call had time to tell it; once only;
    expected like any recording.
    """
    spoken(house, WORDS, MessageEnd.CUT)
    assert sweep(house, TOLD - timedelta(seconds=1)) == 0
    assert sweep(house, TOLD) == 1
    assert kept(house) == [(CALL, NAME, round(len(WORDS) / 8000, 1), RecordingState.EXPECTED)]
    assert sweep(house, TOLD) == 0


def test_P5_1_1_a_message_whose_listener_died_is_mended_and_kept(house: House) -> None:
    """Only when nobody can be writing it any more."""
    path = spoken(house, WORDS, None)
    assert not head(path).is_whole
    assert sweep(house, LONGEST) == 0
    assert sweep(house, LONGEST + TOLD) == 1
    assert head(path).is_whole and len(kept(house)) == 1
    assert reasons(house) == [BROKEN_OFF]


def reasons(house: House) -> list[str]:
    """What is known to be wrong with what was brought."""
    with transaction(house.factory) as session:
        return list(session.scalars(select(Recording.reason)))


def test_a_message_that_asterisk_recorded_and_closed_is_whole(house: House) -> None:
    """Nobody told its end, for the caller hung up; its head is true."""
    path = spoken(house, WORDS, None)
    repair(path)
    os.utime(path, (SPOKEN.timestamp(),) * 2)
    assert sweep(house, LONGEST + TOLD) == 1
    assert reasons(house) == [""]


@pytest.mark.parametrize("sound", [pink(4, -45.0), WORDS[:0]], ids=["noise", "nothing"])
def test_P5_1_1_an_empty_message_goes(house: House, sound: Sound) -> None:
    """What Asterisk recorded by itself while nobody spoke."""
    path = spoken(house, sound, None)
    assert sweep(house, LONGEST + TOLD) == 0
    assert not path.exists() and kept(house) == []


def test_a_message_that_cannot_be_read_is_never_taken_for_an_empty_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fails for a moment costs no caller the words; later it is brought."""
    path = spoken(house, WORDS, None)

    def failing(path: Path) -> bool:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as moment:
        moment.setattr("recordings.speech.has_speech", failing)
        assert sweep(house, LONGEST + TOLD) == 0
    assert path.exists() and kept(house) == []
    os.utime(path, (SPOKEN.timestamp(),) * 2)
    assert sweep(house, LONGEST + TOLD) == 1


def test_what_is_no_message_is_left_alone(house: House) -> None:
    """A stranger's file in the folder is neither read nor removed."""
    strange = house.messages.path(NAME).with_name("holiday.wav")
    strange.parent.mkdir(exist_ok=True)
    with wave.open(str(strange), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(pcm(WORDS))
    assert sweep(house, timedelta(days=1)) == 0
    assert strange.exists()


def test_an_announcement_is_forgotten_when_nobody_spoke(house: House) -> None:
    """An hour later its id opens nothing any more."""

    def at(moment: datetime) -> None:
        house.messages.announce(NAME)
        place = house.messages.path(NAME).parent / "announced" / str(socket_id(NAME))
        os.utime(place, (moment.timestamp(),) * 2)

    at(SPOKEN)
    sweep(house, ANNOUNCED)
    assert house.messages.claim(socket_id(NAME)) == NAME
    at(SPOKEN)
    sweep(house, ANNOUNCED + timedelta(seconds=1))
    assert house.messages.claim(socket_id(NAME)) is None
