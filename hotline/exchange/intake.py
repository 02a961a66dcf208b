"""Files with replies: taken from a folder, each answered by a file of the same name.

Whoever writes them renames a file to ``*.jsonl`` when it is whole. One that was interrupted is taken again:
what was done is answered as done already.
"""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from hotline.disk import keep
from hotline.errors import HotlineError
from hotline.exchange.replies import Replies, ReplyAnswer

ANSWERS: Final = "answers"
"""Folder of the answers, in that of the replies."""
TAKEN: Final = "taken"
"""Folder of the files that were taken, beside it."""
Says = Callable[[HotlineError], str]
"""Puts the reason of a refusal into words."""


class ReplyFiles:
    """The files of a folder, taken for a login."""

    def __init__(self, folder: Path, replies: Replies, login: str, says: Says) -> None:
        self._folder, self._replies, self._login, self._says = folder, replies, login, says

    def run(self, at: datetime) -> int:
        """Take what is there, in the order of the names; how many files. Raises OSError."""
        files = sorted(self._folder.glob("*.jsonl"))
        for file in files:
            with file.open("rb") as lines:
                answers = [answered(one, self._says) for one in self._replies.take(lines, self._login, at)]
            text = "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in answers)
            keep(self._folder / ANSWERS / file.name, text)
            (self._folder / TAKEN).mkdir(mode=0o750, exist_ok=True)
            file.replace(self._folder / TAKEN / file.name)
        return len(files)


def answered(one: ReplyAnswer, says: Says) -> dict[str, Any]:
    """An answer as a line tells it."""
    told = {
        "line": one.line,
        "id": one.id,
        "outcome": one.outcome,
        "number": one.number,
        "state": one.state,
        "version": one.version,
    }
    return told | {"code": one.why.code if one.why else "", "why": says(one.why) if one.why else ""}
