"""Recorded sound as pages give it: in short pieces, each on record before its first byte, never as a file."""

from collections.abc import Callable
from typing import Final

from flask import Response, abort, request

from recordings.archive import Archive
from recordings.playing import PlayedSound, SoundSpan, Track, played
from recordings.plays import Heard, note
from web.console.gate import now, write_session

PIECE: Final = 10
"""Seconds of sound in an answer: what was given is hardly more than what was heard, and who may no longer
hear is silent soon.
"""
PLAYERS: Final = frozenset(("audio", "video"))
"""What browsers say that a sound is for, when a page plays it; an older one says nothing."""


def track_of(word: str) -> Track:
    """A track by its word in an address; what is none is not found."""
    return Track(word) if word in frozenset(Track) else abort(404)


def played_piece(archive: Archive, heard: Heard, silenced: list[SoundSpan]) -> Response:
    """The piece of a sound that is asked for. Raises SoundNotKept, StorageAway."""

    def told(span: SoundSpan) -> None:
        with write_session() as session:
            note(session, heard, span, now())

    sound = played(archive, heard.call_id, heard.track, silenced)
    try:
        return piece_of(sound, told)
    finally:
        sound.close()


def piece_of(sound: PlayedSound, told: Callable[[SoundSpan], None]) -> Response:
    """The piece that is asked for, when it was ``told``; nothing to who asks for a file."""
    if request.headers.get("Sec-Fetch-Dest", "audio") not in PLAYERS:
        abort(403)
    asked = request.range
    place = asked.range_for_length(sound.size) if asked and asked.units == "bytes" else None
    if place is None:
        return Response(status=416, headers={"Content-Range": f"bytes */{sound.size}"})
    start = place[0]
    end = min(place[1], sound.place(sound.span(start, start).begins + PIECE))
    span = sound.span(start, end)
    if span.ends > span.begins:
        told(span)
    answer = Response(sound.read(start, end), 206, content_type="audio/wav")
    answer.headers["Content-Range"] = f"bytes {start}-{end - 1}/{sound.size}"
    answer.headers["Accept-Ranges"] = "bytes"
    return answer
