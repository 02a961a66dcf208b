"""Frames of sound as Asterisk sends them, however they are cut, and whatever else comes."""

from hypothesis import given
from hypothesis import strategies as st

from agi_scripts.frames import SIZES, BadFrame, FrameKind, Frames, frame

KINDS = st.sampled_from(list(FrameKind)).flatmap(
    lambda kind: st.sampled_from(list(SIZES[kind])[:40]).map(lambda size: (kind, bytes(size)))
)


@given(st.lists(KINDS, max_size=8), st.data())
def test_frames_come_back_however_they_are_cut(
    sent: list[tuple[FrameKind, bytes]], chance: st.DataObject
) -> None:
    """TCP knows no frames."""
    words, parser, got = b"".join(frame(*one) for one in sent), Frames(), []
    while words:
        cut = chance.draw(st.integers(1, len(words)))
        got += list(parser.feed(words[:cut]))
        words = words[cut:]
    assert got == sent


@given(st.binary(max_size=400))
def test_any_bytes_are_frames_or_refused(words: bytes) -> None:
    """Never anything else, and never a frame of a size that its kind does not have."""
    try:
        for kind, payload in Frames().feed(words):
            assert len(payload) in SIZES[kind]
    except BadFrame:
        pass
