"""A copy that leaves the house: a zip of sound and record, with the hash of each file in it.

``sha256sum -c SHA256SUMS`` tells anybody whether a file was changed; the hash of that list is in our audit
log, which tells whether the copy is ours.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Final, Literal
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from hotline.clock import TAIPEI
from hotline.errors import HotlineError

SUMS: Final = "SHA256SUMS"
PIECE: Final = 1 << 20


class NoCopy(HotlineError, code="no-copy"):
    """A file that is no copy of ours, or is torn."""

    why: str


@dataclass(frozen=True, slots=True)
class CopyFault:
    """A file of a copy that is not as it was made."""

    name: str
    what: Literal["changed", "missing", "not listed"]


@dataclass(frozen=True, slots=True)
class CopyCheck:
    """What a copy is: the hash of its list, and what does not agree with it."""

    digest: str
    faults: tuple[CopyFault, ...]


def write(file: IO[bytes], entries: Iterable[tuple[str, Iterable[bytes]]], at: datetime) -> str:
    """Write a copy of named contents, each in pieces; the hash of its list."""
    sums = ""
    with ZipFile(file, "w", ZIP_DEFLATED) as copy:
        for name, pieces in entries:
            sums += f"{_added(copy, name, pieces, at)}  {name}\n"
        _added(copy, SUMS, [sums.encode()], at)
    return hashlib.sha256(sums.encode()).hexdigest()


def _added(copy: ZipFile, name: str, pieces: Iterable[bytes], at: datetime) -> str:
    made = ZipInfo(name, at.astimezone(TAIPEI).timetuple()[:6])
    made.compress_type = ZIP_DEFLATED
    digest = hashlib.sha256()
    with copy.open(made, "w", force_zip64=True) as to:
        for piece in pieces:
            digest.update(piece)
            to.write(piece)
    return digest.hexdigest()


def checked(file: IO[bytes]) -> CopyCheck:
    """Compare every file of a copy with its hash. Raises NoCopy."""
    try:
        with ZipFile(file) as copy:
            sums = copy.read(SUMS)
            return CopyCheck(hashlib.sha256(sums).hexdigest(), tuple(_faults(copy, _listed(sums))))
    except (BadZipFile, KeyError, ValueError, OSError, EOFError) as error:
        raise NoCopy(str(error)) from None


def _listed(sums: bytes) -> dict[str, str]:
    lines = (line.partition("  ") for line in sums.decode().splitlines())
    return {name: digest for digest, _blanks, name in lines}


def _faults(copy: ZipFile, listed: dict[str, str]) -> Iterator[CopyFault]:
    there = set(copy.namelist()) - {SUMS}
    for name, digest in listed.items():
        if name not in there:
            yield CopyFault(name, "missing")
        elif _digest(copy, name) != digest:
            yield CopyFault(name, "changed")
    yield from (CopyFault(name, "not listed") for name in sorted(there - listed.keys()))


def _digest(copy: ZipFile, name: str) -> str:
    """The hash of what can be read of a file: one that was damaged ends early."""
    digest = hashlib.sha256()
    try:
        with copy.open(name) as file:
            while piece := file.read(PIECE):
                digest.update(piece)
    except Exception as error:  # zlib, its lengths and its checksums each have their own
        digest.update(str(error).encode())
    return digest.hexdigest()
