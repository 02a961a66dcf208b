"""Retrieval (P9): what follows what, who decides, who may hear; and sound as it is played."""

import io
import wave
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from zipfile import ZipFile

import numpy as np
import pytest

from hotline.clock import taipei
from recordings.codecs import Samples
from recordings.package import NoCopy, checked, write
from recordings.playing import HEAD, PlayedSound, SoundSpan
from recordings.plays import PlayKind, stretches
from recordings.retrieval import (
    STEPS,
    OpenDaysOutside,
    OpenedPage,
    OwnRetrieval,
    PartOutside,
    RetrievalNotNow,
    RetrievalState,
    RetrievalStep,
    closes_at,
    denial,
    following,
    part_of,
    refuse_own,
    state_at,
)
from recordings.retrieval_store import Play

TEN = taipei("2026-11-24 10:00")
UNTIL = TEN + timedelta(days=7)
MOMENT = timedelta(microseconds=1)
ALLOWED = {
    ("REQUESTED", "approve"): "APPROVED",
    ("REQUESTED", "refuse"): "REFUSED",
    ("APPROVED", "provide"): "PROVIDED",
    ("APPROVED", "revoke"): "REVOKED",
    ("PROVIDED", "revoke"): "REVOKED",
    ("PROVIDED", "expire"): "EXPIRED",
}


@pytest.mark.parametrize(("state", "step"), list(product(RetrievalState, RetrievalStep)))
def test_P9_a_step_is_taken_from_its_states_alone(state: RetrievalState, step: RetrievalStep) -> None:
    """Every state with every step; what is over stays over."""
    if (state, step) in ALLOWED:
        assert following(1, state, step) == ALLOWED[state, step]
        return
    with pytest.raises(RetrievalNotNow):
        following(1, state, step)


def test_P9_every_step_is_in_the_table() -> None:
    assert STEPS.keys() == set(RetrievalStep)


def test_P9_nobody_decides_about_what_concerns_them() -> None:
    """Neither who asked nor who would hear."""
    for by in ("asks", "hears"):
        with pytest.raises(OwnRetrieval):
            refuse_own(1, by, ("asks", "hears"))
    refuse_own(1, "other", ("asks", "hears"))


@pytest.mark.parametrize(("days", "is_fit"), [(0, False), (1, True), (30, True), (31, False)])
def test_P9_a_page_is_open_for_a_day_at_least_and_thirty_at_most(days: int, is_fit: bool) -> None:
    if is_fit:
        assert closes_at(TEN, days) == TEN + timedelta(days=days)
        return
    with pytest.raises(OpenDaysOutside):
        closes_at(TEN, days)


@pytest.mark.parametrize(
    ("login", "agency", "state", "at", "why"),
    [
        ("officer", "epb", "PROVIDED", UNTIL - MOMENT, None),
        ("officer", "epb", "PROVIDED", UNTIL, "expired"),
        ("officer", "epb", "EXPIRED", TEN, "expired"),
        ("officer", "epb", "REVOKED", TEN, "revoked"),
        ("officer", "epb", "APPROVED", TEN, "closed"),
        ("colleague", "epb", "PROVIDED", TEN, "foreign"),
        ("officer", "pwd", "PROVIDED", TEN, "foreign"),
    ],
)
def test_P9_a_page_is_for_one_person_of_one_agency_until_its_end(
    login: str, agency: str, state: str, at: datetime, why: str | None
) -> None:
    """Who has changed to another agency is a stranger."""
    opening = OpenedPage(RetrievalState(state), "officer", "epb", UNTIL)
    assert denial(opening, login, agency, at) == why


def test_P9_what_was_provided_expires_by_itself() -> None:
    """At its instant, whether or not anybody wrote it down; what was not provided does not."""
    assert state_at(RetrievalState.PROVIDED, UNTIL, UNTIL - MOMENT) is RetrievalState.PROVIDED
    assert state_at(RetrievalState.PROVIDED, UNTIL, UNTIL) is RetrievalState.EXPIRED
    assert state_at(RetrievalState.APPROVED, None, UNTIL) is RetrievalState.APPROVED


@pytest.mark.parametrize(("begins", "ends"), [(-1.0, 2.0), (2.0, 2.0), (3.0, 2.0), (60.0, 61.0)])
def test_P9_a_silenced_part_lies_within_its_sound(begins: float, ends: float) -> None:
    with pytest.raises(PartOutside):
        part_of(begins, ends, 60.0)


def test_P9_a_part_over_the_end_ends_there() -> None:
    assert part_of(59.0, 99.0, 60.0) == SoundSpan(59.0, 60.0)


@dataclass
class Tone:
    """Samples that tell their place."""

    frames: int
    sign: int = 1
    rate: int = 8000
    is_closed: bool = False

    def read(self, frame: int, count: int) -> Samples:
        places = np.arange(frame, min(frame + count, self.frames))
        return (self.sign * (places % 1000 + 1)).astype("<i2")

    def close(self) -> None:
        self.is_closed = True


def frames_of(sound: PlayedSound) -> Samples:
    with wave.open(io.BytesIO(sound.read(0, sound.size))) as file:
        assert file.getnchannels() == 2 and file.getframerate() == 8000
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)


def test_P9_the_caller_is_left_and_the_others_are_right() -> None:
    """A shorter side is silent at its end; a lost one is silent throughout."""
    heard = frames_of(PlayedSound([Tone(8000), Tone(4000, -1)]))
    assert (heard[:, 0] > 0).all() and (heard[:4000, 1] < 0).all() and not heard[4000:, 1].any()
    alone = frames_of(PlayedSound([None, Tone(8000, -1)]))
    assert not alone[:, 0].any() and (alone[:, 1] < 0).all()


@pytest.mark.parametrize(
    ("start", "end"),
    [(0, 44), (0, 45), (43, 47), (44, 52), (1001, 20003), (31_990, 32_044), (32_043, 99_999)],
)
def test_P9_any_piece_is_what_the_whole_has_there(start: int, end: int) -> None:
    """Also of a head, of half a sample, and beyond the end."""
    sound = PlayedSound([Tone(8000), Tone(8000, -1)], [SoundSpan(0.25, 0.5)])
    whole = sound.read(0, sound.size)
    assert len(whole) == sound.size == HEAD.size + 4 * 8000
    assert sound.read(start, end) == whole[start:end]


def test_P9_silenced_parts_are_zeros_in_both_and_nothing_else_is() -> None:
    """To the sample, also where a piece begins within a part."""
    heard = frames_of(PlayedSound([Tone(8000), Tone(8000, -1)], [SoundSpan(0.25, 0.5)]))
    assert not heard[2000:4000].any() and heard[1999].all() and heard[4000].all()


def test_P9_a_source_of_half_the_rate_lasts_as_long() -> None:
    heard = frames_of(PlayedSound([Tone(4000, rate=4000), Tone(8000, -1)]))
    assert heard[:4, 0].tolist() == [1, 1, 2, 2] and heard[7998:, 0].tolist() == [1000, 1000]


def test_P9_a_place_and_its_second_agree() -> None:
    sound = PlayedSound([Tone(80_000), None])
    assert sound.span(0, HEAD.size) == SoundSpan(0.0, 0.0)
    assert sound.span(sound.place(2.5), sound.place(4.0)) == SoundSpan(2.5, 4.0)
    assert sound.span(0, sound.size + 100) == SoundSpan(0.0, 10.0)


def played(number: int, begins: float, ends: float, minutes: int = 0, **more: str) -> Play:
    given = {
        "by": "officer",
        "ground": "retrieval:1",
        "how": PlayKind.HEARD,
        "call_id": "c-1",
        "track": "talk",
    }
    return Play(id=number, at=TEN + timedelta(minutes=minutes), begins=begins, ends=ends, **{**given, **more})


def test_P9_pieces_that_follow_each_other_are_one_hearing() -> None:
    """A jump begins another, and so does another person."""
    rows = [
        played(1, 0, 10),
        played(2, 10, 20, 1),
        played(3, 60, 70, 2),
        played(4, 20, 30, 3, by="colleague"),
    ]
    told = [(one.by, one.begins, one.ends) for one in stretches(rows)]
    assert told == [("colleague", 20, 30), ("officer", 60, 70), ("officer", 0, 20)]


def test_P9_a_copy_tells_what_was_changed_taken_or_added() -> None:
    """Whole it agrees with itself, and its digest is that of its list."""
    made = io.BytesIO()
    digest = write(made, [("1-talk.wav", iter([b"sound", b"more"])), ("1-record.html", [b"record"])], TEN)
    found = checked(made)
    assert found.digest == digest and found.faults == ()
    with pytest.raises(NoCopy):
        checked(io.BytesIO(b"no zip"))


def test_P9_a_changed_file_of_a_copy_is_named() -> None:
    """The list of one with the file of another."""
    first = io.BytesIO()
    write(first, [("1-talk.wav", [b"sound"]), ("2-talk.wav", [b"second"])], TEN)
    changed = io.BytesIO()
    with ZipFile(first) as before, ZipFile(changed, "w") as after:
        after.writestr("1-talk.wav", b"other")
        after.writestr("3-talk.wav", b"new")
        after.writestr("SHA256SUMS", before.read("SHA256SUMS"))
    told = {(one.name, one.what) for one in checked(changed).faults}
    assert told == {("1-talk.wav", "changed"), ("2-talk.wav", "missing"), ("3-talk.wav", "not listed")}
