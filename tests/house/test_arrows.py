"""The rooms and their arrows: who may import whom, and which file alone knows a protocol."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import hotline.tables  # noqa: F401
from hotline.ledger.history import KINDS, TABLES

ROOT = Path(__file__).parents[2]
ROOMS = (
    "hotline", "transfer", "recordings", "ivr", "calls", "control", "reporting", "administration", "wording", "agi_scripts",
    "web", "ops", "demo", "tools",
)  # fmt: skip
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))

ALONE = {
    # The yardstick for speed is what a script of pyst2's own makes of a call.
    "asterisk": {"agi_scripts/line.py", "tools/bench/plain_agi.py", "tools/bench/classic_agi.py"},
    "webrtcvad": {"recordings/speech.py"},
    "smtplib": {"hotline/outbox/smtp.py"},
    "PIL": {"hotline/cases/photographs.py"},
    "openpyxl": {"hotline/directory/files/workbooks.py", "reporting/packs/files.py"},
    "weasyprint": {"reporting/packs/pdf.py"},
    "phonenumbers": {"hotline/phones.py"},
    "twilio": {"hotline/twilio_rest.py", "web/twilio_numbers.py", "web/twiml.py"},
    "flask": {
        "web/app.py",
        "web/serving.py",
        "web/console",
        "web/api",
        "web/open311",
        "web/open_figures.py",
        "demo/entrance.py",
    },
    "flask_openapi3": {"web/api/app.py", "web/api/gate.py"},
    "wtforms": {"web/console"},
    "waitress": {"ops/run/web.py", "ops/run/console.py"},
    "authlib": {"hotline/sso/provider.py", "hotline/sso/tokens.py"},
    "joserfc": {"hotline/sso/provider.py", "hotline/sso/tokens.py"},
    "argon2": {"hotline/accounts/service.py"},
    "pyotp": {"hotline/accounts/rules.py", "hotline/accounts/seconds.py", "tools/bench/screens.py"},
    # The bench's callers encrypt video as browsers do.
    "cryptography": {
        "hotline/keys/ring.py",
        "recordings/container.py",
        "ops/pbx/certificate.py",
        "tools/bench/video_caller.py",
    },
    "zxcvbn": {"hotline/accounts/guessing.py"},
    "boto3": {"recordings/object_storage.py"},
    "botocore": {"recordings/object_storage.py"},
    "soundfile": {"recordings/codecs.py"},
}
"""Which files alone, or files of which folder, may import a library."""

PURE = ("ivr/engine.py", "ivr/menus.py", "ivr/call.py", "ivr/steps.py", "ivr/check.py", "ivr/spoken.py")
IMPURE = {"sqlalchemy", "socket", "time", "os", "subprocess", "threading", "structlog", "random", "requests"}

NEVER = {
    "ivr": {"sqlalchemy", "socket", "flask", "requests"},
    "transfer": {"sqlalchemy", "socket", "os", "threading"},
    "hotline/sheets": {"sqlalchemy", "socket", "os"},
    "hotline/worktime": {"sqlalchemy", "socket", "os"},
    "recordings": {"socket", "flask"},
    "calls": {"socket", "flask", "requests"},
    "reporting": {"socket", "flask", "requests", "threading"},
    "administration": {"socket", "flask", "requests"},
    "control": {"flask", "requests"},
    "agi_scripts": {"sqlalchemy", "flask", "requests"},
}
"""What never enters a room, as its docstring says."""


@cache
def tree(path: Path) -> ast.Module:
    """A file, parsed once."""
    return ast.parse(path.read_text("utf-8"))


@cache
def imports(path: Path) -> frozenset[str]:
    """Every module a file imports, also within its functions."""
    return frozenset(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_imports_point_downwards_only() -> None:
    """The contract of pyproject.toml, kept."""
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_contract_names_every_room() -> None:
    """A new folder with code must find its place in it."""
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = [room.strip() for layer in linter["contracts"][0]["layers"] for room in layer.split("|")]
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert set(layers) == set(linter["root_packages"]) == set(ROOMS) == folders


KNOWS = """
import sys
from importlib import import_module
from hotline.db import Base
import_module(sys.argv[1])
[key.column for table in Base.metadata.tables.values() for key in table.foreign_keys]
sys.exit(str(sorted(found)) if (found := sys.modules.keys() & set(sys.argv[2:])) else 0)
"""
LATE = (
    "numpy",
    "soundfile",
    "boto3",
    "alembic",
    "twilio",
    "zxcvbn",
    "openpyxl",
    "PIL",
    "psycopg",
    "weasyprint",
)
"""Libraries that a process which answers calls does without until it needs one: it starts sooner."""


@pytest.mark.parametrize(
    ("process", "without"),
    [
        ("ops.run.agi", LATE),
        pytest.param(
            "ops.run.web", ("soundfile", "boto3", "alembic", "zxcvbn", "weasyprint"), marks=pytest.mark.matrix
        ),
        pytest.param(
            "ops.run.console", ("boto3", "alembic", "zxcvbn", "weasyprint"), marks=pytest.mark.matrix
        ),
        pytest.param(
            "ops.jobs.__main__", ("boto3", "alembic", "zxcvbn", "weasyprint"), marks=pytest.mark.matrix
        ),
    ],
)
def test_a_process_imports_the_tables_it_needs_and_no_library_before_that(
    process: str, without: tuple[str, ...]
) -> None:
    """Every table to which rows of its tables refer is there, though it takes only the parts it uses."""
    words = [sys.executable, "-c", KNOWS, process, *without]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_kind_of_dated_row_has_its_table() -> None:
    """Once all stores are imported; undo and files find each by its word."""
    assert set(TABLES) == set(KINDS)


@pytest.mark.parametrize("library", ALONE)
def test_a_library_is_known_to_its_file_alone(library: str) -> None:
    """So that it can be mended, faked or exchanged in one place."""
    found = {
        str(path.relative_to(ROOT))
        for path in MODULES
        if any(name.partition(".")[0] == library for name in imports(path))
    }
    assert [file for file in found if not _is_in(file, ALONE[library])] == []


def _is_in(file: str, places: set[str]) -> bool:
    return file in places or any(file.startswith(f"{place}/") for place in places)


def test_only_one_file_speaks_to_asterisks_manager() -> None:
    """The words of its protocol stand nowhere else."""
    found = [path for path in MODULES if "ActionID" in path.read_text("utf-8")]
    assert [str(path.relative_to(ROOT)) for path in found] == ["control/ami.py"]


def test_everybody_logs_in_to_asterisks_manager_by_the_same_way() -> None:
    """``AMI.of`` alone knows where it listens, and the password of each account."""
    found = [path for path in MODULES if re.search(r"\bAMI\(", path.read_text("utf-8"))]
    assert found == []


def test_no_door_gives_a_role_by_itself() -> None:
    """Whether two administrators must say so is looked at first;
    at the shell the first two are made without, and claims give by rules that were looked at so.
    """
    found = {str(path.relative_to(ROOT)) for path in MODULES if "set_staff(" in path.read_text("utf-8")}
    assert found == {
        "hotline/staff/service.py",
        "hotline/staff/role_grants.py",
        "hotline/sso/roles.py",
        "ops/cli/staff.py",
        "tools/bench/pages.py",
    }


@pytest.mark.parametrize("file", PURE)
def test_the_heart_is_pure(file: str) -> None:
    """No database, no socket, no clock, no chance."""
    found = {name.partition(".")[0] for name in imports(ROOT / file)}
    assert not found & IMPURE


@pytest.mark.parametrize("room", NEVER)
def test_what_never_enters_a_room_is_not_there(room: str) -> None:
    """A library that stands for it."""
    found = {
        (str(path.relative_to(ROOT)), name.partition(".")[0])
        for path in (ROOT / room).rglob("*.py")
        for name in imports(path)
    }
    assert [(file, library) for file, library in found if library in NEVER[room]] == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_at_its_door_what_it_holds(room: str) -> None:
    """The docstring of the package."""
    assert ast.get_docstring(ast.parse((ROOT / room / "__init__.py").read_text("utf-8")))
