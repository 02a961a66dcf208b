"""Anchors of the audit log: heads of its chain in files, best on another machine than the database."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from hotline.clock import TAIPEI
from hotline.errors import HotlineError
from hotline.ledger.chain import ChainHead
from hotline.ledger.sealing import FORMER


class BadAnchor(HotlineError, code="bad-anchor"):
    """A file among the anchors that holds none."""

    file: Path


def is_anchor_due(folder: Path, at: datetime) -> bool:
    """Tell whether the day has no anchor yet."""
    return not _file(folder, at).exists()


def drop(folder: Path, chain: str, head: ChainHead, at: datetime, why: str = "") -> None:
    """Write the anchor of a day, whole or not at all; one that is there stays. ``why`` there is another of
    that day. Raises OSError.

    The folder is not made here: where another machine's is not mounted, that shall be told.
    """
    file = _file(folder, at, why)
    draft = file.with_suffix(f".{os.getpid()}.draft")
    with draft.open("w", encoding="utf-8") as out:
        json.dump({"at": at.isoformat(), "chain": chain, **asdict(head)}, out)
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(draft, file)
    except FileExistsError:  # another node was quicker
        pass
    finally:
        draft.unlink()


def anchors(folder: Path, chain: str) -> Iterator[tuple[str, ChainHead]]:
    """Yield every anchor of a chain by its day, the oldest first. Raises BadAnchor."""
    return ((name, head) for name, of, head in every(folder) if of == chain)


def every(folder: Path) -> Iterator[tuple[str, str, ChainHead]]:
    """Yield every anchor: its day, the chain, the head. Those of earlier releases name no chain: there was
    one.

    Raises BadAnchor.
    """
    for file in sorted(folder.glob("*.json")):
        try:
            told = json.loads(file.read_text("utf-8"))
            head = ChainHead(int(told["position"]), str(told["hash"]))
            yield file.stem, str(told.get("chain", FORMER)), head
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise BadAnchor(file) from error


def _file(folder: Path, at: datetime, why: str = "") -> Path:
    return folder / f"{at.astimezone(TAIPEI):%Y-%m-%d}{why}.json"
