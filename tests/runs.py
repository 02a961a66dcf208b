"""The runs of this suite: which tests each has, in which order, how many calls at once,
and what its end says.

``pytest -p tests.runs`` is `make prove`, with ``--plain`` it is `make test`, with ``--thorough`` it is
everything. tests/README.md says what each proves and what it leaves out.
"""

import gc
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Generator
from enum import Enum, auto
from functools import cache
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

from hotline.settings import Settings
from ops.pbx.asterisk import find_or_install
from tests import beginnings, calls_at_once

KINDS = {
    "rules": "rules alone, no input or output",
    "turns": "the engine, bare and behind our real AGI server; a socket plays Asterisk",
    "doors": "our real processes and sockets; the peer is played",
    "store": "real databases: SQLite, and PostgreSQL where their SQL differs",
    "live": "real calls: Asterisk, SIP, RTP and recordings; programs are the callers and agents",
    "faults": "the running system, with real parts stopped, killed or filled up",
    "browser": "the pages in Chromium; with real calls where a desk or a citizen's page telephones",
    "house": "the house itself: files, arrows, configuration",
    "tools": "the tools of developers: benches, soak, programs that play telephones",
}
SLOW = ("live", "faults", "browser", "store")
"""Kinds of which the plain run has one scene a promise of the product;
the stores' own tests are for `make prove`.
"""
WAITING = ("faults", "live")
"""Kinds that wait more than they compute."""
TOOLS = ("tools", "demo", "tests/tools")
"""What only developers run: the plain run proves it when it changed."""
LONGEST = (
    "test_scenes_live", "test_limits_live", "test_agents_live", "test_menus_live", "test_desk_live", "test_no_process",
    "test_killed_asterisk", "test_transfers_live", "test_recording_disk", "test_waiting_live", "test_recording_live",
    "test_one_process", "test_messages_live", "test_callbacks_live", "test_desk_breaks_live", "test_desk_talks_live",
    "test_placed_live", "test_promises", "test_postgres_away", "test_supervising_live", "test_lost_machine",
)  # fmt: skip
"""Files that take minutes: begun before all others, for a file is played by one worker from end to end."""
BREAKING = ("test_ends_live", "test_too_many_calls")
"""Files that load the machine to its limit: a worker plays them when its other calls are over."""
TOGETHER = ("tests/house/test_arrows.py", "tests/house/test_house.py", "tests/house/test_style.py")
"""Files that read every source: played as one, so that one worker parses them, once."""
PLAIN_CALLS = 4
"""Calls at once of a file in the plain run, unless it plays more of its scenes."""
CALLS, COMPUTING = 0, 4
"""Niceness of tests: those that compute fill what calls leave of the machine."""
PROMISED = re.compile(r"mark\.promise\(|promised_way\(|PROMISE|each\(")
"""How a file says that it has the scene of a promise."""
SLOWEST = 12
SHOWN = 25
"""Lines of what broke the run."""
broken: list[str] = []
IN_CI = os.environ.get("CI", "").lower() == "true"
counted: Counter[tuple[str, str]] = Counter()
spent: Counter[str] = Counter()
"""Tenths of seconds a file, all phases of its tests together."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--plain", action="store_true", help="all rules, turns and doors; one scene a promise")
    parser.addoption(
        "--thorough", action="store_true", help="also what proves the same rule by more cases or more time"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Measure the machine once, before any test loads it; workers are told by the environment."""
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        calls_at_once.measure()
        beginnings.open_place()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect with Python's cycle collector off, and take what was collected out of its sight:
    it found nothing there, and was an eighth of all computing.
    """
    gc.disable()
    found = yield
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()
    return found


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave files unread of which the plain run has nothing: each worker would import them all."""
    if not config.getoption("--plain") or collection_path.suffix != ".py":
        return None
    kind = collection_path.parent.name
    if kind == "tools" and not _tools_changed():
        return True
    is_empty = kind in SLOW and not PROMISED.search(collection_path.read_text("utf-8"))
    return True if is_empty and collection_path.name.startswith("test_") else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Files with calls come first, the longest of them before all; the order within a file stays."""
    kept, left = list[pytest.Item](), list[pytest.Item]()
    for item in items:
        (kept if _belongs(item, config) else left).append(item)
    config.hook.pytest_deselected(items=left)
    items[:] = sorted(kept, key=lambda item: _place(item.path))


def _belongs(item: pytest.Item, config: pytest.Config) -> bool:
    """Whether a test is part of this run."""
    if item.get_closest_marker("thorough") and not config.getoption("--thorough"):
        return False
    if not config.getoption("--plain"):
        return True
    if item.get_closest_marker("matrix"):
        return False
    is_slow = _kind(item.nodeid) in SLOW or item.get_closest_marker("live") is not None
    return not is_slow or item.get_closest_marker("promise") is not None


@cache
def _tools_changed() -> bool:
    """Whether the last commit or the working tree changed a tool; yes where git cannot tell."""
    changed = ["git", "diff", "--quiet", "HEAD~1", "--", *TOOLS]
    return subprocess.run(changed, capture_output=True, check=False).returncode != 0


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Only who may take it back makes way: anybody else would have to run calls as modestly."""
    if os.geteuid() == 0 and "PYTEST_XDIST_WORKER" in os.environ:
        os.setpriority(os.PRIO_PROCESS, 0, CALLS if _waits(item) else COMPUTING)
    if _waits(item):
        scenes = sum(one.path == item.path for one in item.session.items)
        limit = max(PLAIN_CALLS, scenes) if item.config.getoption("--plain") else calls_at_once.most()
        calls_at_once.take(item.path, getattr(item.getparent(pytest.Module), "obj", None), limit)


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """The calls of a file are over with its last test."""
    if nextitem is None or nextitem.path != item.path:
        calls_at_once.give_back(item.path)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under CI nothing is skipped: what cannot run there fails, and says what it needs."""
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome, report.longrepr = "failed", f"skipped under CI: {report.longrepr}"
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    spent[report.nodeid.partition("::")[0]] += round(report.duration * 10)
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        sys.stderr.write(f"\n{report.nodeid} ({report.when}): {_reason(report)}\n")  # a run takes minutes
    if report.when == "call" or (report.when == "setup" and report.outcome != "passed"):
        counted[_kind(report.nodeid), report.outcome] += 1


def pytest_internalerror(excrepr: object) -> None:
    broken.append("\n".join(str(excrepr).splitlines()[-SHOWN:]))


def pytest_unconfigure() -> None:
    """What broke first is told last: a worker that falls brings others down, and theirs would hide it."""
    for told in broken[:1]:
        sys.stdout.write(f"\nThe run itself broke, first by this:\n{told}\n")


def _reason(report: pytest.TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(crash.message if crash else report.longrepr).partition("\n")[0]


def _kind(nodeid: str) -> str:
    return Path(nodeid).parts[1]


def _waits(item: pytest.Item) -> bool:
    return _kind(item.nodeid) in WAITING or item.get_closest_marker("live") is not None


def _place(file: Path) -> tuple[bool, bool, int]:
    longest = LONGEST.index(file.stem) if file.stem in LONGEST else len(LONGEST)
    return not _has_calls(file), file.stem in BREAKING, longest


@cache
def _has_calls(file: Path) -> bool:
    return file.parent.name in WAITING or "pytest.mark.live" in file.read_text("utf-8")


@cache
def _starts_a_system(file: Path) -> bool:
    text = file.read_text("utf-8")
    return " running(" in text and "everyday" not in text


class Work(Enum):
    """What a file of tests keeps a worker busy with."""

    COMPUTING = auto()
    SHARING = auto()
    """Calls of the system that a worker starts once."""
    OWN = auto()
    """Calls of a system that the file starts."""


class Files(LoadFileScheduling):  # type: ignore[misc]
    """Gives each worker whole files, of one kind while there are some: a third of them those that compute,
    of the others half those that share a worker's one system, half those that start their own.

    Those with calls mostly wait; so the cores are busy from the beginning to the end,
    calls have what they need, and few systems are up.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = str(super()._split_scope(nodeid))
        return TOGETHER[0] if file in TOGETHER else file

    def _assign_work_unit(self, node: WorkerController) -> None:
        wanted = self._kinds(int(node.gateway.id.removeprefix("gw")))
        fit = (file for kind in wanted for file in self.workqueue if self._kind(file) is kind)
        if file := next(fit, None):
            self.workqueue.move_to_end(file, last=False)
        super()._assign_work_unit(node)

    def _kinds(self, place: int) -> tuple[Work, ...]:
        computing = self.numnodes // 3
        if place < computing:
            return (Work.COMPUTING,)
        calls = (Work.SHARING, Work.OWN)
        return calls if place < (computing + self.numnodes) // 2 else calls[::-1]

    def _kind(self, file: str) -> Work:
        path = self.config.rootpath / file
        if not _has_calls(path):
            return Work.COMPUTING
        return Work.OWN if _starts_a_system(path) else Work.SHARING


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Files:
    return Files(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.section("what was real")
    for kind in sorted({kind for kind, _ in counted}):
        numbers = ", ".join(
            f"{count} {outcome}" for (of, outcome), count in sorted(counted.items()) if of == kind
        )
        terminalreporter.write_line(f"{kind:<7} {numbers:<24} {KINDS.get(kind, '')}")
    slowest = ", ".join(
        f"{Path(file).name} {tenths / 10:.0f} s" for file, tenths in spent.most_common(SLOWEST)
    )
    terminalreporter.write_line(f"longest: {slowest}")
    terminalreporter.write_line(f"calls at once: {calls_at_once.most()}, as measured at the start")
    terminalreporter.write_line(f"programs: {', '.join(_programs())}")


def _programs() -> list[str]:
    asterisk = find_or_install(Settings().cache, lambda _line: None)
    found = [name for name in ("baresip", "sipp", "firefox-esr") if shutil.which(name)]
    servers = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return [f"Asterisk {asterisk.version}", *found, *(f"PostgreSQL {path.parts[4]}" for path in servers)]
