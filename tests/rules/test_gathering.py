"""Writes of one moment are done together, and nobody is told so before they are."""

from collections.abc import Sequence
from threading import Event, Thread

import pytest

from calls.group_commit import Fault, Gathering, TooSlow

LONG = 10.0


class Writer:
    """Writes batches when it is let; piece ``bad`` is refused, ``fatal`` breaks the batch."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.began, self.may_go_on = Event(), Event()

    def __call__(self, pieces: Sequence[str]) -> Sequence[Fault]:
        self.began.set()
        assert self.may_go_on.wait(LONG)
        self.batches.append(list(pieces))
        if "fatal" in pieces:
            raise ValueError("fatal")
        return [KeyError(piece) if piece == "bad" else None for piece in pieces]


@pytest.fixture
def writer() -> Writer:
    return Writer()


def bring(gathering: Gathering[str], pieces: Sequence[str], writer: Writer) -> dict[str, Fault]:
    """The first piece is being written while all others come; then the writer is let go."""
    faults: dict[str, Fault] = {}

    def one(piece: str) -> None:
        faults[piece] = gathering.bring(piece)

    threads = [Thread(target=one, args=(piece,)) for piece in pieces]
    threads[0].start()
    assert writer.began.wait(LONG)
    for thread in threads[1:]:
        thread.start()
    while len(gathering._open.pieces) < len(pieces) - 1:
        Event().wait(0.001)
    writer.may_go_on.set()
    for thread in threads:
        thread.join()
    return faults


def test_who_comes_alone_does_not_wait_for_company(writer: Writer) -> None:
    """Written at once, by itself."""
    writer.may_go_on.set()
    assert Gathering(writer, LONG).bring("a") is None
    assert writer.batches == [["a"]]


def test_all_who_came_during_a_write_are_written_by_the_next(writer: Writer) -> None:
    """Two writes for five pieces, and each of the five hears that it is written."""
    faults = bring(Gathering(writer, LONG), ["a", "b", "c", "d", "e"], writer)
    assert faults == dict.fromkeys("abcde")
    first, second = writer.batches
    assert (first, sorted(second)) == (["a"], ["b", "c", "d", "e"])


def test_each_piece_hears_of_its_own_fault(writer: Writer) -> None:
    """The others of its batch are written."""
    faults = bring(Gathering(writer, LONG), ["a", "b", "bad", "c"], writer)
    assert isinstance(faults.pop("bad"), KeyError)
    assert faults == dict.fromkeys("abc")


def test_a_writer_that_breaks_tells_everybody_of_its_batch(writer: Writer) -> None:
    """And the next batch is written as if nothing had been."""
    gathering = Gathering(writer, LONG)
    faults = bring(gathering, ["a", "fatal", "b"], writer)
    assert [type(faults[piece]) for piece in ("a", "fatal", "b")] == [type(None), ValueError, ValueError]
    assert gathering.bring("c") is None


def test_nobody_waits_longer_than_the_patience(writer: Writer) -> None:
    """Neither who writes a batch nor who only waits for it; what was given up is not written later."""
    gathering = Gathering(writer, 0.02)
    slow = Thread(target=gathering.bring, args=("a",))
    slow.start()
    assert writer.began.wait(LONG)
    assert isinstance(gathering.bring("b"), TooSlow)
    writer.may_go_on.set()
    slow.join()
    assert gathering.bring("c") is None
    assert writer.batches == [["a"], ["c"]]
