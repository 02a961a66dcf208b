"""The list of what a backup holds, its hashes as ``sha256sum -c`` reads them, and their seal.

The seal is by the keys of the installation, so who can write to the folder of the backups, and has no key,
can neither change one unseen nor have another's put back.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from hotline.keys.ring import KeyMissing, KeyRing, SealBroken
from ops.backup.faults import NotRestored

NAME: Final = "manifest.json"
SUMS: Final = "SHA256SUMS"
SEAL: Final = "seal"
PURPOSE: Final = "backup"
PIECE: Final = 1 << 20
Original = tuple[int, int, int]
"""By what a copied file is known again: number on its disk, last change of content and of anything."""


@dataclass(frozen=True, slots=True)
class BackedUpFile:
    """A file as it lies in a backup; ``mode``: the rights it had."""

    sha256: str
    size: int
    mode: int
    original: Original | None = None


@dataclass(frozen=True, slots=True)
class BackupManifest:
    """What a backup holds, and until when. ``schema``: of the database; ``keys``: ids that open it.

    ``unsealed``: files of sound that were not sealed yet, and are left out. ``elsewhere``: what settings name
    outside of HOTLINE_HOME.
    """

    node: str
    version: str
    schema: str
    database: str
    database_until: datetime
    journals_until: datetime
    keys: tuple[str, ...] = ()
    unsealed: int = 0
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, BackedUpFile] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(one.size for one in self.files.values())


_FORM: Final = TypeAdapter(BackupManifest)


def written(manifest: BackupManifest, keys: KeyRing) -> Mapping[str, bytes]:
    """The list, the hashes and their seal as files, by their names."""
    listed = _FORM.dump_json(manifest, indent=1)
    sums = _sums(manifest, listed)
    return {NAME: listed, SUMS: sums, SEAL: keys.seal(PURPOSE, hashlib.sha256(sums).digest())}


def read(backup: Path, keys: KeyRing) -> BackupManifest:
    """The list of a backup. Raises NotRestored where it is not there, not as it was written, or another's."""
    try:
        listed, sums, seal = ((backup / name).read_bytes() for name in (NAME, SUMS, SEAL))
    except OSError as error:
        raise NotRestored("none", backup, type(error).__name__) from error
    try:
        is_ours = keys.open(PURPOSE, seal) == hashlib.sha256(sums).digest()
    except (KeyMissing, SealBroken) as error:
        raise NotRestored("foreign", backup) from error
    if not is_ours:
        raise NotRestored("changed", backup / SUMS)
    try:
        found = _FORM.validate_json(listed)
    except ValidationError as error:
        raise NotRestored("changed", backup / NAME) from error
    if _sums(found, listed) != sums:
        raise NotRestored("changed", backup / NAME)
    return found


def changed(backup: Path, manifest: BackupManifest) -> Iterator[str]:
    """Names of files that are not as they were written, or not there."""
    for name, one in manifest.files.items():
        try:
            if digest_of(backup / name) != one.sha256:
                yield name
        except OSError:
            yield name


def digest_of(path: Path) -> str:
    """The SHA-256 of a file. Raises OSError."""
    with path.open("rb") as reading:
        return hashlib.file_digest(reading, "sha256").hexdigest()


def _sums(manifest: BackupManifest, listed: bytes) -> bytes:
    hashes = {name: one.sha256 for name, one in manifest.files.items()}
    hashes[NAME] = hashlib.sha256(listed).hexdigest()
    return "".join(f"{known}  {name}\n" for name, known in sorted(hashes.items())).encode()
