"""Lines as files: each holds a thousand, named by its first one, and is replaced whole as long as it grows.

A file is a copy of the rows: whatever was interrupted, the next run writes it as it should be.
"""

from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.disk import keep
from hotline.exchange.store import CaseLineRow

LINES: Final = 1_000
"""Of a file."""


class LineFiles:
    """The files of a folder that only its group enters."""

    def __init__(self, folder: Path, lines: int = LINES) -> None:
        self._folder, self._lines, self._brought = folder, lines, 0

    def bring(self, session: Session, since: datetime) -> list[Path]:
        """Bring the files up to the lines; those that end before ``since`` go. The files that were written.

        Raises OSError.
        """
        last = session.scalar(select(func.max(CaseLineRow.number))) or 0
        if last == self._brought:
            return []
        oldest = session.scalar(select(func.min(CaseLineRow.number)).where(CaseLineRow.written_at >= since))
        wanted = range(self._first(oldest or last), last + 1, self._lines)
        there = self._there()
        newest = max(there, default=0)
        fits = newest in wanted and self._text(session, newest).startswith(_read(there[newest]))
        changed = list[Path]()
        for first in wanted if last else ():
            if fits and first in there and first < newest:
                continue  # full since long
            text = self._text(session, first)
            if first not in there or _read(there[first]) != text:
                changed.append(keep(self._folder / f"cases-{first:012d}.jsonl", text))
        for first in there.keys() - set(wanted):
            there[first].unlink(missing_ok=True)
        self._brought = last
        return changed

    def _first(self, number: int) -> int:
        return (number - 1) // self._lines * self._lines + 1

    def _there(self) -> dict[int, Path]:
        found = self._folder.glob("cases-" + "[0-9]" * 12 + ".jsonl")
        return {int(one.stem.removeprefix("cases-")): one for one in found}

    def _text(self, session: Session, first: int) -> str:
        chosen = select(CaseLineRow.text).where(
            CaseLineRow.number >= first, CaseLineRow.number < first + self._lines
        )
        return "".join(f"{text}\n" for text in session.scalars(chosen.order_by(CaseLineRow.number)))


def _read(path: Path) -> str:
    return path.read_text("utf-8")
