"""Some gigabytes of sealed sound: how long they take to be copied, and to be put back."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.backed_up import TEN, EmptyMachine, empty_machine, node

MONTHS, A_MONTH, SIZE = 4, 1000, 1 << 20
"""4 GB: two minutes of one direction are about such a file."""
RTO, AGAIN = 15 * 60.0, 30.0


@pytest.mark.thorough
def test_gigabytes_of_sound_are_put_back_within_a_quarter_of_an_hour(
    tmp_path: Path, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    """And a backup that finds nothing new in them takes seconds; all bytes are as they were."""
    old, block = node(tmp_path, ""), os.urandom(SIZE)
    for month in range(MONTHS):
        folder = old.settings.sealed / f"2026-{month + 8:02}"
        folder.mkdir(parents=True)
        for number in range(A_MONTH):
            (folder / f"{number:05}").write_bytes(number.to_bytes(8) + block[8:])
        os.utime(folder, (TEN.timestamp(),) * 2)
    first, again = old.backs_up(), old.backs_up()
    old.ends()
    with empty_machine(request, tmp_path, old.settings) as new:
        report = new.restores(old.root)
        assert report.sounds == MONTHS * A_MONTH and is_whole(new, block)
    seconds = {"first": first.seconds, "again": again.seconds, "put back": report.seconds}
    record_property("seconds", seconds)
    assert again.seconds < AGAIN and report.seconds < RTO, seconds


def is_whole(machine: EmptyMachine, block: bytes) -> bool:
    files = sorted(path for path in machine.settings.sealed.rglob("*") if path.is_file())
    return all(path.read_bytes() == int(path.name).to_bytes(8) + block[8:] for path in files)
