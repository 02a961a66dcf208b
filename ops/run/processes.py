"""Supervisor of a handful of processes: starts them, restarts the dead, ends them in order.

Each runs in a session of its own, so that Ctrl-C reaches only us, and asks
the kernel to be ended when we are gone, however we went. That request is tied
to the thread that starts a process: one thread starts them all and lives as
long as they do. One that is to go on without us makes no such request, and is
found again by the next supervisor.
"""

import os
import select
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Thread

from hotline import clock
from hotline.errors import HotlineError
from ops.machine.priority import raise_priority
from ops.run.sinks import Sink
from ops.terminal import in_words, say

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
STEADY = 60.0
"""Seconds of life after which a death counts as the first again."""


def nothing(_pid: int = 0) -> None:
    """Do nothing: what most processes need before they start and after they end."""


@dataclass(frozen=True)
class Spec:
    """One process: what to run, how long it may take to end, and in which stage it is ended.

    ``before`` is done ahead of every start; when it fails, that start is put off.
    """

    name: str
    command: tuple[str, ...]
    stage: int = 0
    patience: float = 10.0
    before: Callable[[], object] = nothing
    environment: Mapping[str, str] = field(default_factory=dict)
    cwd: Path = Path("/")
    umask: int = -1
    serves_calls: bool = False
    """Callers wait for it: it goes before all others of a busy machine."""
    after: Callable[[int], object] = nothing
    """Done with the number of a process that is gone."""
    find: Callable[[], int | None] | None = None
    """Given for one that goes on when its supervisor is gone: the one that runs already, if there is one. Its
    words must be read by somebody who goes on too: of a pipe without a reader it could die.
    """
    ending: Callable[[], object] = nothing
    """Done just before it is asked to end."""


def dying_with_us(*command: str) -> tuple[str, ...]:
    """The command, killed by the kernel when its parent is gone."""
    return ("setpriv", "--pdeathsig", "KILL", *command)


class AdoptedProcess:
    """Process of another parent, as far as ``subprocess.Popen`` is used: its exit code is unknown."""

    def __init__(self, pid: int) -> None:
        """Raises ProcessLookupError when it has ended."""
        self.pid, self.returncode = pid, 0
        self._fd = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """Look whether it has ended: 0, or None."""
        return 0 if self._has_ended(0) else None

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended. Raises subprocess.TimeoutExpired."""
        if not self._has_ended(None if timeout is None else timeout * 1000):
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
        return 0

    def _has_ended(self, within: float | None) -> bool:
        """Poll for its end; several threads may ask, so each has a poll of its own."""
        question = select.poll()
        question.register(self._fd, select.POLLIN)
        return bool(question.poll(within))


class _Child:
    """One process over its lives; only the keeper's thread changes it."""

    def __init__(self, spec: Spec, sink: Sink) -> None:
        self.spec, self.sink = spec, sink
        self.process: subprocess.Popen[bytes] | AdoptedProcess | None = None
        self.started = 0.0
        self.due: float | None = 0.0
        """When to start it next; None while it runs or shall not."""
        self.pause = FIRST_PAUSE

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        if not self._found():
            self.spec.before()
            self.process = subprocess.Popen(
                self.spec.command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=self.spec.cwd,
                umask=self.spec.umask,
                env={**os.environ, **self.spec.environment},
            )
            if self.spec.serves_calls:
                raise_priority(self.process.pid)
            if self.process.stdout:
                self.sink.follow(self.process.stdout)
        self.started, self.due = clock.monotonic(), None

    def _found(self) -> bool:
        pid = self.spec.find() if self.spec.find else None
        if pid is None:
            return False
        self.process = AdoptedProcess(pid)
        return True

    def send(self, number: signal.Signals) -> None:
        """Signal the whole session, so that nothing it started stays behind."""
        if self.process:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def put_off(self) -> float:
        """Plan the next start; seconds until then."""
        steady = clock.monotonic() - self.started > STEADY
        pause = FIRST_PAUSE if steady else self.pause
        self.pause = min(pause * 2, LONGEST_PAUSE)
        self.due = clock.monotonic() + pause
        return pause


class Supervisor:
    """``start()``, then it keeps them alive until ``stop()``; safe to ask from any thread."""

    def __init__(self, specs: Sequence[Spec], logs: Path, tell: Callable[[str], None] = say) -> None:
        self._tell = tell
        self._children = {spec.name: _Child(spec, Sink(logs, spec.name, tell)) for spec in specs}
        self._orders: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._stopping = Event()
        self._keeper = Thread(target=self._keep, name="supervisor", daemon=True)

    def start(self) -> "Supervisor":
        """Start them all, in the order given; returns when each has been started once."""
        self._keeper.start()
        self._ordered(self._start_due)
        return self

    def stop(self) -> None:
        """End them stage by stage; nothing of them is left. Harmless to repeat."""
        if self._keeper.is_alive():
            self._stopping.set()
            self._orders.put(nothing)
            self._keeper.join()

    def pid(self, name: str) -> int:
        """The process id of the present life. Raises LookupError while it is down."""
        process = self._children[name].process
        if process is None or process.poll() is not None:
            raise LookupError(f"{name} is not running")
        return process.pid

    def is_running(self, name: str) -> bool:
        """Tell whether it is up at this moment."""
        return self._children[name].running

    def halt(self, name: str) -> None:
        """End one and leave it down until ``resume``."""
        self._ordered(lambda: self._halt([self._children[name]]))

    def resume(self, name: str) -> None:
        """Start one that was halted, or that waits for its next try, at once."""
        child = self._children[name]

        def start_now() -> None:
            if not child.running:
                child.due = 0.0
                self._start_due()

        self._ordered(start_now)

    def kill_now(self) -> None:
        """Kill all at once, from any thread, for a person who does not wait for ``stop``."""
        for child in self._children.values():
            child.send(signal.SIGKILL)

    def _ordered(self, work: Callable[[], None]) -> None:
        done = Event()

        def doing() -> None:
            try:
                work()
            finally:
                done.set()

        self._orders.put(doing)
        while not done.wait(0.5) and self._keeper.is_alive():
            pass

    def _keep(self) -> None:
        while not self._stopping.is_set():
            with suppress(Empty):
                self._orders.get(timeout=self._until_due())()
            self._start_due()
        self._stop_all()

    def _until_due(self) -> float:
        waits = [child.due - clock.monotonic() for child in self._children.values() if child.due is not None]
        return max(0.0, min([*waits, LONGEST_PAUSE]))

    def _start_due(self) -> None:
        for child in self._children.values():
            if child.due is not None and child.due <= clock.monotonic() and not self._stopping.is_set():
                self._start(child)

    def _start(self, child: _Child) -> None:
        try:
            child.start()
        except Exception as error:  # whatever keeps one from starting must not end the others
            child.started = clock.monotonic()
            why = in_words(error) if isinstance(error, HotlineError) else error
            self._tell(f"{child.spec.name} cannot start: {why}; again in {child.put_off():.0f} s")
            return
        Thread(target=self._await_end, args=(child, child.process), daemon=True).start()

    def _await_end(self, child: _Child, process: subprocess.Popen[bytes] | AdoptedProcess) -> None:
        process.wait()
        self._orders.put(lambda: self._ended(child, process))

    def _ended(self, child: _Child, process: subprocess.Popen[bytes] | AdoptedProcess) -> None:
        """A death that nobody asked for: what it left behind ends too, and it is started again."""
        if child.process is not process:
            return
        child.send(signal.SIGKILL)
        child.process = None
        with suppress(OSError):
            child.spec.after(process.pid)
        child.sink.drain()
        said = child.sink.last[:200] if process.returncode > 0 else ""  # one that was killed did not say why
        how = f"{_in_words(process.returncode)}{': ' if said else ''}{said}"
        self._tell(f"{child.spec.name} ended ({how}), starts again in {child.put_off():.0f} s")

    def _stop_all(self) -> None:
        for stage in sorted({child.spec.stage for child in self._children.values()}):
            self._halt([child for child in self._children.values() if child.spec.stage == stage])
        for child in self._children.values():
            child.sink.close()

    def _halt(self, children: Sequence[_Child]) -> None:
        """End some together: asked first, each within its patience, then killed."""
        ending = []
        for child in children:
            child.due = None
            if child.process:
                with suppress(Exception):  # whatever it is, the end comes
                    child.spec.ending()
                child.send(signal.SIGTERM)
                ending.append((child, child.process, clock.monotonic() + child.spec.patience))
        for child, process, by in ending:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, by - clock.monotonic()))
            if process.poll() is None:
                self._tell(f"{child.spec.name} did not end in {child.spec.patience:.0f} s and is killed")
            child.send(signal.SIGKILL)
            process.wait()
            child.process = None


def _in_words(code: int) -> str:
    if code >= 0:
        return f"exit {code}"
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"
