"""Forgetting: what must not be read again goes from lines where they stand, which stay as long as they were.

Key, instant and place of a line stay, so that what was applied and what waits is known as before. A line is
written over in one piece; one that a loss of power tore is found again by its key.
"""

import os
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from hotline.journal.lines import SUFFIX, checksum, decoded
from hotline.journal.replay import DAMAGED, KEPT, PIECE

REFUSED: Final = "refused"
"""Folder of entries that no database took."""
_FILES: Final = (SUFFIX, PIECE, ".json")
_BODY: Final = b'"body":'
_SEALED: Final = re.compile(rb'"key": ?"([^"\n]+)", ?(?:"at": ?"[^"\n]*", ?)?"body": ?"(sealed:[^"\n]*)')
"""In a line that is not whole, or a file of one entry: its key, and what is sealed of it."""
_NOTHING: Final = b"x"

Chosen = Callable[[Collection[str]], Collection[str]]
"""Which of these keys are to be forgotten."""
Overwriting = Iterator[tuple[int, bytes]]
"""Places, and what is to stand there."""


def forget(directory: Path, word: str, chosen: Chosen, left: str) -> int:
    """Overwrite what lines tell whose keys begin with a word and are chosen; how many lines.

    ``left``: the JSON that stands as their body then. Idempotent. Raises OSError.
    """
    return sum(_forget(file, word.encode(), chosen, left.encode()) for file in _all(directory))


def _all(directory: Path) -> Iterator[Path]:
    for folder in (directory, *(directory / name for name in (KEPT, DAMAGED, REFUSED))):
        with suppress(FileNotFoundError, NotADirectoryError):
            yield from (folder / name for name in sorted(os.listdir(folder)) if name.endswith(_FILES))


def _forget(file: Path, word: bytes, chosen: Chosen, left: bytes) -> int:
    with suppress(FileNotFoundError):  # swept or gone meanwhile: swept, it is met in the other folder
        content = file.read_bytes()
        found = list(_told(content, word, left)) if word in content else []
        wanted = chosen({key for key, _over in found}) if found else ()
        return _overwrite(file, [over for key, over in found if key in wanted])
    return 0


def _told(content: bytes, word: bytes, left: bytes) -> Iterator[tuple[str, tuple[int, bytes]]]:
    """Keys that begin with a word, and what is to stand where for each; not what is forgotten already."""
    place = 0
    for line in content.splitlines(keepends=True):
        if word in line:
            whole = decoded(line, "", 0)
            if whole and whole.key.encode().startswith(word):
                if (now := _without_body(line, left)) != line:
                    yield whole.key, (place, now)
            elif whole is None:
                for found in _SEALED.finditer(line):
                    if found[1].startswith(word):
                        yield found[1].decode(), (place + found.start(2), _NOTHING * len(found[2]))
        place += len(line)


def _without_body(line: bytes, left: bytes) -> bytes:
    """The same line, as long as before, with another body; the rest of it is blanks, as JSON may have."""
    text = line.rstrip(b"\n").partition(b" ")[2]
    head, body, _told = text.partition(_BODY)
    now = (head + body + left).ljust(len(text) - 1) + b"}"
    return checksum(now) + b" " + now + line[line.rindex(b"}") + 1 :]


def _overwrite(file: Path, overs: Collection[tuple[int, bytes]]) -> int:
    """Write over parts of a file, on the disk on return; it stays as old as it was."""
    if not overs:
        return 0
    with file.open("r+b", buffering=0) as writing:
        age = os.fstat(writing.fileno())
        for place, content in overs:
            os.pwrite(writing.fileno(), content, place)
        os.utime(writing.fileno(), ns=(age.st_atime_ns, age.st_mtime_ns))
        os.fsync(writing.fileno())
    return len(overs)
