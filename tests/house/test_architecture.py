"""ARCHITECTURE.md is true: every folder and file it names exists, and every folder of ours is on it."""

import re
import subprocess
from pathlib import Path

HOUSE = Path(__file__).parents[2]
PAGE = (HOUSE / "ARCHITECTURE.md").read_text("utf-8")
ROOMS = re.findall(r"^\| `([\w/]+)/` \|", PAGE, re.MULTILINE)


def test_every_folder_on_the_page_exists() -> None:
    """A reader who goes where the page points finds a room."""
    assert len(ROOMS) > 8
    assert [room for room in ROOMS if not (HOUSE / room).is_dir()] == []


def test_every_top_level_folder_is_on_the_page() -> None:
    """No room is missing on the plan."""
    listed = subprocess.run(["git", "ls-files"], cwd=HOUSE, capture_output=True, text=True, check=True).stdout
    folders = {line.split("/")[0] for line in listed.splitlines() if "/" in line and not line.startswith(".")}
    assert folders - {room.split("/")[0] for room in ROOMS} == set()


def test_every_file_named_in_a_room_exists() -> None:
    """Names in a room's row are its modules."""
    rows = re.findall(r"^\| `([\w/]+)/` \| (.*) \|$", PAGE, re.MULTILINE)
    named = [(room, name) for room, text in rows for name in re.findall(r"`(\w+)`", text)]
    lost = [(room, name) for room, name in named if not _stands(HOUSE / room, name)]
    assert lost == []


def _stands(room: Path, name: str) -> bool:
    return (room / f"{name}.py").exists() or (room / name).exists() or name in {"advance"}
