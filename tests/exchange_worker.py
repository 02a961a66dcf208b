"""Exchange that is killed at each of its steps: ``python -m tests.exchange_worker URL FOLDER NUMBER``.

For each step a child is forked that takes a file of three replies, writes the lines and pushes them, and is
killed at that step; another then does the same to its end. A file tells the steps at which one was killed.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hotline.cases.work import CaseWork
from hotline.db import connect, sessions
from hotline.exchange import feed as feeding
from hotline.exchange import files as lines_in_files
from hotline.exchange import intake, replies
from hotline.outbox.message import Letter
from hotline.outbox.rules import MessageChannel
from hotline.outbox.service import LEASE, Post
from tests.conftest import WAIT
from tests.keys import RING
from tests.store.cases import TEN, Desk

HOUR = timedelta(hours=1)


class Lines:
    """A receiver: a line a letter, by the key of its event."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def send(self, letter: Letter) -> str:
        with self._file.open("a") as file:
            file.write(f"{json.loads(letter.text)['key']}\n")
        return "204"


STEPS: dict[str, tuple[Any, str, bool]] = {
    "a reply before its commit": (replies.Replies, "_done", True),
    "a file of replies before it is put aside": (intake, "keep", True),
    "a line before its commit": (feeding.outbox, "push", True),
    "a file before it takes its place": (Path, "replace", False),
    "a line before the note of it": (Lines, "send", True),
}
"""Where, and whether after the step instead of before it."""


def killing(of: Any, name: str, is_after: bool) -> Any:
    deed = getattr(of, name)

    def dies(*given: Any, **named: Any) -> None:
        if of is Path and "lines" not in str(given[0]):
            return deed(*given, **named)  # type: ignore[no-any-return]
        if is_after:
            deed(*given, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    return patch.object(of, name, dies)


def work(url: str, folder: Path, hour: int) -> None:
    engine = connect(url, wait=WAIT, keys=RING)
    desk, at = Desk(sessions(engine)), TEN + hour * HOUR
    taken = replies.Replies(desk.factory, CaseWork(desk.moving))
    intake.ReplyFiles(folder, taken, "quick-1", lambda why: why.code).run(at)
    feeding.CaseFeed(desk.factory, "receiver", lines_in_files.LineFiles(folder / "lines", 5)).run(at)
    Post(desk.factory, Lines(folder / "pushed"), str(hour), channels=(MessageChannel.PUSH,)).deliver(at)
    engine.dispose()


def forked(deed: Callable[[], None]) -> int:
    """How a child ended."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        deed()
    except BaseException as error:
        os.write(2, f"{error!r}\n".encode())
        os._exit(1)
    os._exit(0)


def main(url: str, folder: str, number: str) -> None:
    """One step after the other."""
    place, killed = Path(folder), []
    for hour, (step, where) in enumerate(STEPS.items(), 1):
        said = [{"id": f"{hour}-{one}", "number": number, "move": "progress"} for one in range(3)]
        text = "".join(json.dumps(one | {"note": one["id"]}) + "\n" for one in said)
        (place / f"{hour:02}.jsonl").write_text(text)

        def dies(where: tuple[Any, str, bool] = where, hour: int = hour) -> None:
            with killing(*where):
                work(url, place, 2 * hour)

        if forked(dies) == -signal.SIGKILL:
            killed.append(step)
        assert forked(lambda hour=hour: work(url, place, 2 * hour + 1)) == 0, step  # type: ignore[misc]
    assert killed == list(STEPS) and LEASE < HOUR
    (place / "killed").write_text(json.dumps(killed))


if __name__ == "__main__":
    main(*sys.argv[1:])
