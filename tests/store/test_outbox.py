"""Messages on both databases: written with their fact,
delivered by any number of workers, each once (P0-c).
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, Lock, Thread

import pytest

from hotline import metrics
from hotline.db import Sessions, looking, transaction
from hotline.outbox.senders import FileSender
from hotline.outbox.service import LEASE, Letter, NotSent, Post, notices, write
from hotline.outbox.store import OutboxMessage, OutboxState
from tests.promises import TEN

pytestmark = pytest.mark.dialects

MINUTE = timedelta(minutes=1)
FACTS = {"matter": "路燈不亮", "due": "11月24日 14:00"}


class Sender:
    """Keeps what it is given; ``fails``: what it raises instead, by recipient."""

    def __init__(self, fails: dict[str, Exception] | None = None) -> None:
        self.sent: list[str] = []
        self.tried: list[str] = []
        self.fails = fails or {}
        self._lock = Lock()

    def send(self, letter: Letter) -> str:
        with self._lock:
            self.tried.append(letter.recipient)
            if fault := self.fails.get(letter.recipient):
                raise fault
            self.sent.append(letter.key)
        return "taken"


def written(factory: Sessions, *recipients: str, event: str = "callback:1:overdue") -> int:
    with transaction(factory) as session:
        return write(session, "N-03", event, recipients, FACTS, TEN)


def kept(factory: Sessions) -> list[OutboxMessage]:
    with transaction(factory) as session:
        return notices(session)


def test_P0_c_an_event_is_told_to_each_recipient_once(factory: Sessions) -> None:
    """Found again, or named twice: unique by event, template and recipient."""
    assert written(factory, "a@x", "b@x", "a@x") == 2
    assert written(factory, "a@x", "c@x") == 1
    assert written(factory, "a@x", event="callback:2:overdue") == 1
    assert [row.recipient for row in kept(factory)] == ["a@x", "b@x", "c@x", "a@x"]


def test_P0_c_no_fact_no_message(factory: Sessions) -> None:
    """The transaction of the fact fails: nothing waits."""
    with pytest.raises(RuntimeError), transaction(factory) as session:
        write(session, "N-03", "callback:1:overdue", ["a@x"], FACTS, TEN)
        raise RuntimeError("the fact was not to be")
    assert kept(factory) == []


def test_P0_c_a_failure_is_retried_after_1_5_and_15_minutes_then_a_person_looks(factory: Sessions) -> None:
    """The sender's last word is kept; others are sent meanwhile."""
    written(factory, "bad@x", "good@x")
    sender = Sender({"bad@x": NotSent("mailbox is full")})
    post = Post(factory, sender, "worker-1")
    for minute in range(40):
        post.deliver(TEN + minute * MINUTE)
    assert sender.tried == ["bad@x", "good@x", "bad@x", "bad@x", "bad@x"]
    bad, good = kept(factory)
    assert (bad.state, bad.tries, bad.result, bad.done_at) == (
        OutboxState.FAILED,
        4,
        "mailbox is full",
        TEN + 21 * MINUTE,
    )
    assert (good.state, good.tries, good.result) == (OutboxState.SENT, 1, "taken")


def test_work_is_due_while_a_letter_may_be_sent(factory: Sessions) -> None:
    """Not while none is there, nor before its next try; how many are not sent is told all the same."""
    sender = Sender({"bad@x": NotSent("mailbox is full")})
    post = Post(factory, sender, "worker-1")

    def is_due(at: datetime) -> tuple[bool, float]:
        with looking(factory) as session:
            due = post.is_due(session, at)
        return due, metrics.notices_unsent.labels(OutboxState.WAITING)._value.get()

    assert is_due(TEN) == (False, 0)
    written(factory, "bad@x")
    assert is_due(TEN) == (True, 1)
    assert post.deliver(TEN) == 0
    assert [is_due(TEN), is_due(TEN + MINUTE)] == [(False, 1), (True, 1)]


def test_a_letter_that_breaks_its_sender_does_not_keep_the_others_waiting(factory: Sessions) -> None:
    """Whatever is raised counts as a failure of that letter alone."""
    written(factory, "bad@x", "good@x")
    post = Post(factory, Sender({"bad@x": ValueError("a fault of ours")}), "worker-1")
    assert post.deliver(TEN) == 1
    bad, good = kept(factory)
    assert (bad.state, bad.tries, bad.result) == (OutboxState.WAITING, 1, "ValueError: a fault of ours")
    assert good.state == OutboxState.SENT


def test_P0_c_many_workers_send_each_letter_once(factory: Sessions) -> None:
    """Four at once over two hundred letters."""
    written(factory, *(f"{n}@x" for n in range(200)))
    sender, barrier = Sender(), Barrier(4)

    def work(name: str) -> None:
        barrier.wait()
        Post(factory, sender, name).deliver(TEN)

    threads = [Thread(target=work, args=(f"worker-{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sender.tried) == len(set(sender.sent)) == 200
    assert {row.state for row in kept(factory)} == {OutboxState.SENT}


def test_a_worker_that_dies_with_letters_loses_them_to_another(factory: Sessions, tmp_path: Path) -> None:
    """Sent and not yet written down: sent again under the same key after two minutes,
    and there is one file.
    """
    written(factory, "a@x")

    class Dies(FileSender):
        def send(self, letter: Letter) -> str:
            super().send(letter)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Post(factory, Dies(tmp_path / "outbox"), "worker-1").deliver(TEN)
    other = Post(factory, FileSender(tmp_path / "outbox"), "worker-2")
    assert other.deliver(TEN + LEASE - MINUTE) == 0
    assert other.deliver(TEN + LEASE) == 1
    (file,) = (tmp_path / "outbox").iterdir()
    body = json.loads(file.read_text("utf-8"))
    assert (body["template"], body["to"], body["channel"]) == ("N-03", "a@x", "email")
    assert body["text"] == "【1999】回電已逾時：路燈不亮，期限11月24日 14:00。"
    assert kept(factory)[0].state == OutboxState.SENT


def test_who_was_slower_than_the_lease_writes_nothing_over_the_other(factory: Sessions) -> None:
    """Two workers send it; the outcome is the second's, once."""
    written(factory, "a@x")

    class Slow(Sender):
        def send(self, letter: Letter) -> str:
            Post(factory, Sender(), "worker-2").deliver(TEN + LEASE)
            raise NotSent("too late")

    assert Post(factory, Slow(), "worker-1").deliver(TEN) == 0
    (row,) = kept(factory)
    assert (row.state, row.tries, row.result) == (OutboxState.SENT, 1, "taken")


def a_file(folder: Path) -> Path:
    path = folder / "file"
    path.write_text("where the folder should be")
    return path


def gone(folder: Path) -> Path:
    return Path("/proc/nowhere/outbox")


@pytest.mark.parametrize("place", [a_file, gone], ids=lambda place: place.__name__)
def test_an_outbox_that_cannot_be_written_is_told(
    factory: Sessions, tmp_path: Path, place: Callable[[Path], Path]
) -> None:
    """The letter waits, with the reason."""
    written(factory, "a@x")
    Post(factory, FileSender(place(tmp_path)), "worker-1").deliver(TEN)
    (row,) = kept(factory)
    assert row.state == OutboxState.WAITING and "cannot be written" in row.result
    assert row.next_try_at == TEN + MINUTE


def test_messages_are_found_by_what_they_tell_of_and_by_state(factory: Sessions) -> None:
    """``callback:1`` does not find those of ``callback:12``'s when its colon is given."""
    written(factory, "a@x")
    written(factory, "a@x", event="callback:12:overdue")
    with transaction(factory) as session:
        assert len(notices(session, event="callback:1:")) == 1
        assert len(notices(session, state=OutboxState.WAITING)) == 2
        assert notices(session, state=OutboxState.SENT) == []
