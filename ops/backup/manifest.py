"""The list of what a backup holds: ``manifest.json``, and its hashes as ``sha256sum -c`` reads them."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from ops.backup.faults import NotRestored

NAME: Final = "manifest.json"
SUMS: Final = "SHA256SUMS"
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


def written(manifest: BackupManifest) -> Mapping[str, str]:
    """The list and the hashes as texts, by their names."""
    told = asdict(manifest)
    for name in ("database_until", "journals_until"):
        told[name] = told[name].isoformat()
    listed = json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True)
    digest = hashlib.sha256(listed.encode()).hexdigest()
    hashes = {**{name: one.sha256 for name, one in manifest.files.items()}, NAME: digest}
    return {NAME: listed, SUMS: "".join(f"{known}  {name}\n" for name, known in sorted(hashes.items()))}


def read(backup: Path) -> BackupManifest:
    """The list of a backup. Raises NotRestored where it is not there, or not as it was written."""
    try:
        text, sums = (backup / NAME).read_text("utf-8"), (backup / SUMS).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NotRestored("none", backup, type(error).__name__) from error
    try:
        found = _parsed(json.loads(text))
    except (ValueError, TypeError, KeyError) as error:
        raise NotRestored("changed", backup / NAME) from error
    if written(found) != {NAME: text, SUMS: sums}:
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


def _parsed(told: Mapping[str, Any]) -> BackupManifest:
    files = {name: _file(one) for name, one in told["files"].items()}
    instants = {name: datetime.fromisoformat(told[name]) for name in ("database_until", "journals_until")}
    return BackupManifest(**{**told, **instants, "keys": tuple(told["keys"]), "files": files})


def _file(told: Mapping[str, Any]) -> BackedUpFile:
    number, changed, touched = told["original"] or (0, 0, 0)
    original = (number, changed, touched) if told["original"] else None
    return BackedUpFile(told["sha256"], told["size"], told["mode"], original)
