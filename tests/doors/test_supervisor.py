"""The supervisor over real processes, small ones that stand for ours."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from hotline import metrics
from ops.machine.priority import HIGH_PRIORITY
from ops.run.processes import Spec, Supervisor, dying_with_us
from ops.run.sinks import for_screen

PYTHON = sys.executable
OBEDIENT = "import signal, sys, time; print('ready', flush=True); signal.sigwait([signal.SIGTERM])"
WAITING = f"import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM]); {OBEDIENT}"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


def python(name: str, code: str, **more: object) -> Spec:
    return Spec(name, dying_with_us(PYTHON, "-c", code), **more)  # type: ignore[arg-type]


@contextmanager
def supervised(tmp_path: Path, *specs: Spec) -> Iterator[tuple[Supervisor, list[str]]]:
    told: list[str] = []
    supervisor = Supervisor(specs, tmp_path / "log", told.append).start()
    try:
        yield supervisor, told
    finally:
        supervisor.stop()


def becomes(true: Callable[[], object], seconds: float = 10.0) -> bool:
    by = time.monotonic() + seconds
    while time.monotonic() < by:
        if true():
            return True
        time.sleep(0.01)
    return False


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def other_pid(supervisor: Supervisor, name: str, than: int) -> bool:
    with suppress(LookupError):
        return supervisor.pid(name) != than
    return False


def test_a_dead_process_is_started_again(tmp_path: Path) -> None:
    """Killed without a word, it lives again under another process id, and we are told."""
    with supervised(tmp_path, python("agi-1", WAITING)) as (supervisor, told):
        first = supervisor.pid("agi-1")
        os.kill(first, signal.SIGKILL)
        assert becomes(lambda: other_pid(supervisor, "agi-1", first))
    assert any("agi-1 ended (SIGKILL" in line for line in told)


def may_raise() -> bool:
    """Whether this machine lets us: root of a container may have no such right."""
    raising = f"import os; os.setpriority(os.PRIO_PROCESS, 0, {HIGH_PRIORITY})"
    return not subprocess.run((PYTHON, "-c", raising), capture_output=True, check=False).returncode


def test_who_serves_calls_goes_before_all_others(tmp_path: Path) -> None:
    """Each life of it, with what it starts; another stays as it was."""
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    agi, jobs = python("agi-1", WAITING, serves_calls=True), python("jobs", WAITING)
    with supervised(tmp_path, agi, jobs) as (supervisor, _told):
        first = supervisor.pid("agi-1")
        os.kill(first, signal.SIGKILL)
        assert becomes(lambda: other_pid(supervisor, "agi-1", first))
        nices = [os.getpriority(os.PRIO_PROCESS, supervisor.pid(name)) for name in ("agi-1", "jobs")]
    assert nices == [HIGH_PRIORITY if may_raise() else ours, ours]


def test_pauses_between_tries_grow(tmp_path: Path) -> None:
    """One that dies at once is tried after 1 s, then 2 s; its last words are told."""
    with supervised(tmp_path, python("jobs", "import sys; print('no database'); sys.exit(3)")) as (_, told):
        assert becomes(lambda: len(told) >= 2)
    assert told[0] == "jobs ended (exit 3: no database), starts again in 1 s"
    assert told[1] == "jobs ended (exit 3: no database), starts again in 2 s"


def test_one_that_cannot_start_does_not_hinder_the_others(tmp_path: Path) -> None:
    """A program that is not there is told and tried again."""
    missing = Spec("web", ("/nonexistent/program",))
    with supervised(tmp_path, missing, python("agi-1", WAITING)) as (supervisor, told):
        assert supervisor.is_running("agi-1")
        assert told[0].startswith("web cannot start:")
        with pytest.raises(LookupError):
            supervisor.pid("web")


def test_what_must_be_done_before_is_done_before_every_start(tmp_path: Path) -> None:
    """The hook ran once a life."""
    done: list[int] = []
    spec = python("asterisk", WAITING, before=lambda: done.append(1))
    with supervised(tmp_path, spec) as (supervisor, _):
        first = supervisor.pid("asterisk")
        os.kill(first, signal.SIGKILL)
        assert becomes(lambda: other_pid(supervisor, "asterisk", first))
        assert len(done) == 2


def test_stages_end_one_after_the_other(tmp_path: Path) -> None:
    """The lower stage has ended before the higher is asked to."""
    ended = tmp_path / "ended"
    tells = f"open({str(ended)!r}, 'a').write({{!r}})"
    specs = [
        python("web", f"{WAITING}; {tells.format('web ')}", stage=2),
        python("asterisk", f"{WAITING}; time.sleep(0.2); {tells.format('asterisk ')}", stage=0),
        python("agi-1", f"{WAITING}; {tells.format('agi ')}", stage=1),
    ]
    with supervised(tmp_path, *specs) as (supervisor, _):
        logs = [tmp_path / "log" / f"{spec.name}.log" for spec in specs]
        assert becomes(lambda: all(log.exists() and b"ready" in log.read_bytes() for log in logs))
        supervisor.stop()
    assert ended.read_text() == "asterisk agi web "


def test_whoever_does_not_end_is_killed(tmp_path: Path) -> None:
    """After its patience, also with what it had started."""
    child = "import subprocess; p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True); "
    with supervised(tmp_path, python("agi-1", child + STUBBORN, patience=0.3)) as (supervisor, told):
        log = tmp_path / "log" / "agi-1.log"
        assert becomes(lambda: log.exists() and b"up" in log.read_bytes())
        pid, grandchild = supervisor.pid("agi-1"), int(log.read_text().split()[0])
        supervisor.stop()
    assert any("is killed" in line for line in told)
    assert not is_alive(pid)
    assert becomes(lambda: not is_alive(grandchild))


def test_halted_it_stays_down_until_resumed(tmp_path: Path) -> None:
    """No restart in between."""
    with supervised(tmp_path, python("agi-1", WAITING), python("agi-2", WAITING)) as (supervisor, told):
        first = supervisor.pid("agi-1")
        supervisor.halt("agi-1")
        assert not supervisor.is_running("agi-1")
        assert supervisor.is_running("agi-2")
        supervisor.resume("agi-1")
        assert supervisor.pid("agi-1") != first
    assert told == []


def test_words_go_to_the_log_and_warnings_to_the_screen(tmp_path: Path) -> None:
    """All of them here, only what matters there."""
    code = (
        """print('{"event": "a", "level": "info"}'); print('{"event": "b", "level": "error"}', flush=True);"""
    )
    with supervised(tmp_path, python("jobs", code + WAITING)) as (_, told):
        log = tmp_path / "log" / "jobs.log"
        assert becomes(lambda: log.exists() and b"ready" in log.read_bytes())
        assert '"a"' in log.read_text()
    assert told == ["jobs: error: b"]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (
            '{"event": "prompt.missing", "level": "error", "prompt": "V-01", "process": "agi"}',
            "error: prompt.missing prompt=V-01",
        ),
        (
            '{"job": "outbox", "event": "job.failed", "level": "error", "exception": "Traceback (most recent call '
            'last): |   File \\"x.py\\", line 1 | OperationalError: db:5432 does not answer | (Background on this '
            'error at: https://example.org)"}',
            "error: job.failed job=outbox: OperationalError: db:5432 does not answer",
        ),
        ("[2026] WARNING[12] pbx.c: no such extension", "[2026] WARNING[12] pbx.c: no such extension"),
        ('{"level": "error"}', '{"level": "error"}'),
        ("[]", "[]"),
    ],
)
def test_the_screen_shows_the_reason_and_the_log_the_rest(line: str, shown: str) -> None:
    """An operator reads a line; the traceback is in the log."""
    assert for_screen(line) == shown


def test_children_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    """Even by kill -9, when nobody can tidy up: the kernel ends them."""
    script = f"""
import time
from pathlib import Path
from ops.run.processes import Spec, Supervisor, dying_with_us
log = Path({str(tmp_path / "log")!r})
code = {STUBBORN!r}
one = Supervisor([Spec(n, dying_with_us({PYTHON!r}, "-c", code)) for n in ("a", "b")], log).start()
print(one.pid("a"), one.pid("b"), flush=True)
time.sleep(60)
"""
    with subprocess.Popen([PYTHON, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pids = [int(word) for word in parent.stdout.readline().split()]
        logs = [tmp_path / "log" / f"{name}.log" for name in "ab"]
        assert becomes(lambda: all(log.exists() and b"up" in log.read_bytes() for log in logs))
        parent.kill()
    assert len(pids) == 2
    assert becomes(lambda: not any(is_alive(pid) for pid in pids))


def test_one_that_outlives_its_supervisor_is_adopted(tmp_path: Path) -> None:
    """Found running it is not started; it is looked at from several threads, ended in order,
    and started once it dies.
    """
    begun: list[int] = []
    ended: list[int] = []
    with subprocess.Popen([PYTHON, "-c", WAITING], stdout=subprocess.PIPE, start_new_session=True) as before:
        assert before.stdout and before.stdout.readline() == b"ready\n"
        found = lambda: before.pid if before.poll() is None else None  # noqa: E731
        spec = Spec(
            "asterisk",
            (PYTHON, "-c", WAITING),
            before=lambda: begun.append(1),
            find=found,
            ending=lambda: ended.append(1),
        )
        with supervised(tmp_path, spec) as (supervisor, told):
            assert supervisor.pid("asterisk") == before.pid and not begun
            assert all(supervisor.is_running("asterisk") for _ in range(100))
            before.kill()
            before.wait()
            assert becomes(lambda: other_pid(supervisor, "asterisk", before.pid))
            assert begun == [1] and not ended
    assert ended == [1]


def test_what_processes_count_begins_with_the_start_and_ends_with_them(tmp_path: Path) -> None:
    """An earlier start's figures are no part of this one's; what a dead process had under way is nobody's."""
    folder = tmp_path / "metrics"
    metrics.begin(folder)
    (folder / "counter_7.db").touch()
    (folder / "gauge_livesum_7.db").touch()
    metrics.forget(folder, 7)
    assert [file.name for file in folder.iterdir()] == ["counter_7.db"]
    metrics.begin(folder)
    assert list(folder.iterdir()) == []
