"""Anchors: once a day the chain's head in a file of its own, best on another machine than the database.

Who owns the database can make a whole chain anew; who holds an older anchor sees it.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from hotline.clock import TAIPEI
from hotline.errors import HotlineError
from hotline.ledger.chain import ChainHead


class BadAnchor(HotlineError, code="bad-anchor"):
    """A file among the anchors that holds none."""

    file: Path


def is_due(folder: Path, at: datetime) -> bool:
    """Tell whether the day has no anchor yet."""
    return not _file(folder, at).exists()


def drop(folder: Path, head: ChainHead, at: datetime) -> Path:
    """Write the anchor of a day, whole or not at all; one that is there stays. Raises OSError.

    The folder is not made here: where another machine's is not mounted, that shall be told.
    """
    file = _file(folder, at)
    draft = file.with_suffix(f".{os.getpid()}.draft")
    with draft.open("w", encoding="utf-8") as out:
        json.dump({"at": at.isoformat(), **asdict(head)}, out)
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(draft, file)
    except FileExistsError:  # another node was quicker
        pass
    finally:
        draft.unlink()
    return file


def read(folder: Path) -> Iterator[tuple[str, ChainHead]]:
    """Yield every anchor by its day, the oldest first. Raises BadAnchor."""
    for file in sorted(folder.glob("*.json")):
        try:
            told = json.loads(file.read_text("utf-8"))
            yield file.stem, ChainHead(int(told["position"]), str(told["hash"]))
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise BadAnchor(file) from error


def _file(folder: Path, at: datetime) -> Path:
    return folder / f"{at.astimezone(TAIPEI):%Y-%m-%d}.json"
