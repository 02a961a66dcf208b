"""Files for ``hotline directory import`` as they come from other hands:
spoilt, or made by a spreadsheet program.
"""

from pathlib import Path

import pytest

from hotline.db import transaction
from hotline.ledger.audit import audit_rows
from ops.wiring import House
from tests.doors.conftest import Typed


@pytest.mark.parametrize("name", ["desks.csv", "forwards.csv"])
def test_a_file_that_cannot_be_read_is_said_in_a_sentence(typed: Typed, tmp_path: Path, name: str) -> None:
    """A folder with the name of a file: no traceback, and nothing is written."""
    (tmp_path / "files" / name).mkdir(parents=True)
    said = typed("directory import --by admin-1", str(tmp_path / "files"), refused=True).output
    assert name in said and "nothing was written" in said


HEAD = "extension,section,person,name,floor,x,y,number\n"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (f"{HEAD}5990,epb-clean,,示範,,,,\n".encode("utf-32"), "line 1"),
        (f"{HEAD}5990,epb-clean,,\xff\xff,,,,\n".encode("latin-1"), "line 2"),
        (f'{HEAD}5990,"epb-clean,,,,,,\n'.encode(), "check quotation marks"),
        (f"{HEAD}5990,epb-clean,,示\0範,,,,\n".encode(), "line 2, name: It holds a character"),
        (f"{HEAD}5990,epb-clean\n".encode(), "line 2: 2 cells under 8 headings"),
        (f"{HEAD}５９９０,epb-clean,,,,,,\n".encode(), 'line 2, extension: "５９９０" cannot be used'),
        (f"{HEAD}5990,epb-clean,,,,,,02-2960-3456轉\n".encode(), "line 2, number"),
        (f"{HEAD}5990,epb-clean,,,8F,1,,\n".encode(), "A seat needs floor, x and y"),
        (b"", "line 1, extension: The column is missing"),
        (b"a" * 200_000, "line 1"),
    ],
    ids=["UTF-32", "bytes", "quotes", "NUL", "cells", "full-width", "keys", "seat", "empty", "long"],
)
def test_a_spoilt_file_is_told_by_its_line_and_nothing_is_written(
    house: House, typed: Typed, tmp_path: Path, content: bytes, why: str
) -> None:
    """Whatever a spreadsheet program made of it."""
    (tmp_path / "desks.csv").write_bytes(content)
    with transaction(house.factory) as session:
        before = len(audit_rows(session))
    said = typed("directory import --by admin-1", str(tmp_path / "desks.csv"), refused=True).output
    assert "Nothing was written" in said and why in said, said
    with transaction(house.factory) as session:
        assert len(audit_rows(session)) == before


def test_excels_own_csv_and_an_exchange_that_takes_keys(typed: Typed, tmp_path: Path) -> None:
    """The mark before the text, lines that end as in DOS, and (02)2960-3456轉5112."""
    file = tmp_path / "desks.csv"
    file.write_bytes(
        f"\ufeff{HEAD}5990,epb-clean,,示範,,,,(02)2960-3456轉5112\n".replace("\n", "\r\n").encode()
    )
    typed("directory import --by admin-1", str(file))
    route = typed("why route 5990 --at 2036-11-24T10:00").output
    assert "1. 5990 示範" in route and "0229603456 + 5112" in route
