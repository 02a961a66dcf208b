"""Pages on which one named person hears what was provided, for a time (P9); every piece of it on record."""

import tempfile
from collections.abc import Iterator
from typing import Final

from flask import Response, abort, render_template, send_file, url_for

from calls.find import story
from hotline.permissions import Action
from recordings import package, retrieval_service
from recordings.playing import PlayedSound, SoundSpan, Track, played
from recordings.plays import PlayKind, note
from recordings.retrieval import NotShown
from recordings.retrieval_service import RetrievalRecord
from web.console.answers import render
from web.console.call_sounds import clock
from web.console.call_story_words import recording_words, story_lines
from web.console.gate import Pages, house, me, now, read_session, stamp, write_session
from web.console.pages.calls import names_in
from web.console.pages.retrievals import record_sounds
from web.console.sound_answers import played_piece, track_of

pages = Pages("hearing")
PIECE: Final = 1 << 20
VERIFIED_BY: Final = {
    "unchanged": f"sha256sum -c {package.SUMS}",
    "ours": "hotline recordings verify-copy 1999-retrieval.zip",
}
"""Commands by which a copy is verified."""


@pages.read("/hearing/<token>", Action.RETRIEVAL_ASK)
def one(token: str) -> Response:
    """The calls that were provided. Raises NotShown."""
    record = _admitted(token)
    calls = record_sounds(record, lambda item, track: _address(token, item, track))
    return render(
        "retrievals/hearing.html", record=record, row=record.row, calls=calls, clock=clock, token=token
    )


@pages.read("/hearing/<token>/<int:item>/<track>.wav", Action.RETRIEVAL_ASK)
def sound(token: str, item: int, track: str) -> Response:
    """A piece of a sound, silent where it was silenced. Raises NotShown, NoSuchPart."""
    record, which = _admitted(token), track_of(track)
    heard = record.heard(item, which, me().login)
    return played_piece(house().archive, heard, record.silenced(item, which))


@pages.read("/hearing/<token>/copy.zip", Action.RETRIEVAL_ASK)
def copy(token: str) -> Response:
    """A copy, where one was ordered: sound, record, hashes, and how to verify it. Raises NotShown."""
    record = _admitted(token)
    if not record.row.wants_copy:
        abort(404)
    made = tempfile.TemporaryFile()
    digest = package.write(made, _entries(record), now())
    with write_session() as session:
        retrieval_service.note_copy(session, record.row, digest, **stamp())
    made.seek(0)
    name = f"1999-retrieval-{record.row.id}.zip"
    return send_file(made, "application/zip", as_attachment=True, download_name=name, max_age=0)


def _admitted(token: str) -> RetrievalRecord:
    with write_session() as session:
        found = retrieval_service.admitted(session, token, me(), now())
    if isinstance(found, str):
        raise NotShown(found)
    return found


def _address(token: str, item: int, track: Track) -> str:
    return url_for("hearing.sound", token=token, item=item, track=track)


def _entries(record: RetrievalRecord) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Names and contents of a copy's files."""
    yield (
        "README.html",
        iter([render_template("retrievals/copy.html", row=record.row, **VERIFIED_BY).encode()]),
    )
    for call in record_sounds(record, lambda item, track: ""):
        yield f"{call.item}-record.html", iter([_record(record, call.item, call.row.id).encode()])
        for one in call.sounds:
            yield f"{call.item}-{one.track}.wav", _whole(record, call.item, one.track)


def _whole(record: RetrievalRecord, item: int, track: Track) -> Iterator[bytes]:
    """A sound from its beginning to its end, on record as a copy before its first byte."""
    heard = record.heard(item, track, me().login, PlayKind.COPIED)
    opened: PlayedSound = played(house().archive, heard.call_id, track, record.silenced(item, track))
    try:
        with write_session() as session:
            note(session, heard, SoundSpan(0.0, opened.seconds), now())
        for start in range(0, opened.size, PIECE):
            yield opened.read(start, start + PIECE)
    finally:
        opened.close()


def _record(record: RetrievalRecord, item: int, call_id: str) -> str:
    """The record of a call as a file that needs no other."""
    with read_session() as session:
        told = story(session, call_id)
        then = house().city.city().at(told.row.started_at or now())
        lines = story_lines(told, then, names_in(session, now()))
    parts = [part for part in record.parts if part.item == item]
    return render_template(
        "retrievals/record.html",
        row=told.row,
        lines=lines,
        kept=[(one, recording_words(one)) for one in told.recordings],
        parts=parts,
        clock=clock,
    )
