"""Words of the call centre's own with their sound, as rows that every machine brings to its disk."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from hotline.runtime_settings.store import SpokenWords
from ivr.announcements import WAV, WIDE, Announcements, AnnouncementSource, StoredAnnouncement
from ivr.numerals import Language


def columns(own: Announcements, one: StoredAnnouncement) -> Iterator[dict[str, Any]]:
    """Yield the columns of ``SpokenWords`` for each language of what lies on this machine."""
    for language, text in one.texts.items():
        yield {
            "language": language,
            "text": text,
            "seconds": one.seconds[language],
            "source": one.source,
            "made_at": one.made_at,
            "made_by": one.made_by,
            "narrow": own.file(one.name, language, WAV).read_bytes(),
            "wide": own.file(one.name, language, WIDE).read_bytes(),
        }


def bring(own: Announcements, name: str, rows: Sequence[SpokenWords]) -> None:
    """Write one to the disk, the sounds first: nobody is led to a file that is not there."""
    for row in rows:
        for suffix, sound in ((WAV, row.narrow), (WIDE, row.wide)):
            own.put(name, Language(row.language), suffix, sound)
    first, by_language = rows[0], {Language(row.language): row for row in rows}
    own.restore(
        StoredAnnouncement(
            name,
            AnnouncementSource(first.source),
            {language: row.text for language, row in by_language.items()},
            {language: row.seconds for language, row in by_language.items()},
            {language: hashlib.sha256(row.narrow).hexdigest() for language, row in by_language.items()},
            first.made_at,
            first.made_by,
        )
    )
