"""Workbooks that people send, read by a process of its own that is ended at its limits.

A few kilobytes of a zip may hold gigabytes, and a worksheet work without end:
neither reaches the process that asks.
"""

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import structlog

from hotline.sheets.columns import SHEETS, Sheet, SheetRecord, read_as, records_of
from hotline.sheets.faults import SheetFault, SheetFaultKind
from hotline.sheets.headings import sheet_of

log = structlog.get_logger()
SECONDS: Final = 5.0
"""Of CPU, once the reader is loaded: 15,000 lines take some two, and twice that on a busy machine."""
MEGABYTES: Final = 64
"""Of memory, beyond what the reader itself needs."""
PATIENCE: Final = 60.0
"""Seconds that a reader may take on a machine that is busy."""
UNREADABLE, TOO_MUCH = 3, 4
"""How the reader ends when the file is no workbook, and when its memory does not do."""
WORKBOOK: Final = b"PK"
"""How a workbook begins: it is a zip file."""
ROOT: Final = Path(__file__).parents[3]
Line = tuple[int, list[str], list[str]]
"""The number of a line, its cells as text, and the columns whose leading zeros are lost."""


def read_workbook(file: str, content: bytes, only: str = "") -> tuple[list[SheetRecord], list[SheetFault]]:
    """The records of every worksheet and the faults; worksheets are called as the files, or in Chinese.

    ``only``: the file that the one worksheet is, whatever it is called.
    """
    read = _read(content)
    if isinstance(read, SheetFaultKind):
        limits = {"seconds": int(SECONDS), "megabytes": MEGABYTES}
        return [], [SheetFault(file, 1, "", read, limits if read is SheetFaultKind.TOO_MUCH_WORK else {})]
    records, faults = list[SheetRecord](), list[SheetFault]()
    for title, lines in read:
        name, place = sheet_of(title), f"{file} [{title}]"
        if name not in SHEETS and len(read) == 1:
            name = only or sheet_of(file.removesuffix(".xlsx"))
        if name not in SHEETS:
            known = {"known": ", ".join(SHEETS)}
            faults.append(SheetFault(place, 1, "", SheetFaultKind.NO_SHEET_OF_OURS, known))
            continue
        found, wrong = records_of(place, SHEETS[name], _checked(lines, place))
        records, faults = records + found, faults + wrong
    return records, faults


def read_sheet(sheet: Sheet, file: str, content: bytes) -> tuple[list[SheetRecord], list[SheetFault]]:
    """The records and faults of a file that is one sheet: CSV, or a workbook with one worksheet."""
    if not content.startswith(WORKBOOK):
        return read_as(sheet, file, content)
    read = _read(content)
    if isinstance(read, SheetFaultKind):
        limits = {"seconds": int(SECONDS), "megabytes": MEGABYTES}
        return [], [SheetFault(file, 1, "", read, limits if read is SheetFaultKind.TOO_MUCH_WORK else {})]
    filled = [(title, lines) for title, lines in read if lines] or read[:1]
    if len(filled) > 1:
        known = {"known": filled[0][0]}
        return [], [SheetFault(filled[1][0], 1, "", SheetFaultKind.NO_SHEET_OF_OURS, known)]
    return records_of(file, sheet, _checked(filled[0][1] if filled else [], file))


def confine() -> None:
    """Limit this process: a bound on memory, and on CPU time, after which the kernel ends it."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    most = pages * resource.getpagesize() + MEGABYTES * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)


def _read(content: bytes) -> list[tuple[str, list[Line]]] | SheetFaultKind:
    """The worksheets, or what is wrong with the file as a whole."""
    command = (sys.executable, "-m", "hotline.directory.files.workbooks")
    told = {"PATH": os.environ.get("PATH", ""), "PYTHONUTF8": "1"}
    try:
        done = subprocess.run(
            command, input=content, capture_output=True, cwd=ROOT, env=told, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        log.warning("workbook.ended", bytes=len(content), why="it took too long")
        return SheetFaultKind.TOO_MUCH_WORK
    if done.returncode == UNREADABLE:
        return SheetFaultKind.NO_WORKBOOK
    if done.returncode:
        told_last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        log.warning("workbook.ended", bytes=len(content), status=done.returncode, why=told_last)
        return SheetFaultKind.TOO_MUCH_WORK
    return [
        (title, [(number, texts, lost) for number, texts, lost in lines])
        for title, lines in json.loads(done.stdout)
    ]


def _checked(lines: list[Line], place: str) -> Iterator[tuple[int, list[str]] | SheetFault]:
    for number, texts, lost in lines:
        for name in lost:
            yield SheetFault(place, number, name, SheetFaultKind.LOST_ZEROS)
        if not lost:
            yield number, texts
