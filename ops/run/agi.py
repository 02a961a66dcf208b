"""``python -m ops.run.agi --port 4573``: one of the two AGI processes."""

import argparse
import os
import signal
from contextlib import suppress
from functools import partial

import structlog

from agi_scripts.server import Admission, AgiServer
from agi_scripts.session import decide
from control.first_menus import FirstMenus, first_menus
from hotline import clock
from hotline.settings import load_settings
from ops import logs
from ops.parts.decisions import decisions

log = structlog.get_logger()
DRAIN_SECONDS = 25.0
"""Within them the sessions under way are finished."""
ENDING = (signal.SIGTERM, signal.SIGINT)
_came = list[int]()
"""Signals that came while nobody waited for one; appended to without a lock."""


def main() -> None:
    """Serve until SIGTERM, then finish the sessions under way."""
    parser = argparse.ArgumentParser(prog="ops.run.agi")
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    # Waited for; but a library has made threads that block nothing (OpenBLAS), and while this one refreshes
    # they are given the signal: without a handler it would end the process, and the question under way.
    for ending in ENDING:
        signal.signal(ending, lambda number, _frame: _came.append(number))
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    settings = load_settings()
    stay_on_one_core(settings.agi_ports.index(port) if port in settings.agi_ports else 0)
    logs.configure_logging(settings, f"agi-{port}")
    house = decisions(settings, f"agi{port}")
    house.keys.load()
    house.refresh()  # looked at now, not by the first caller
    gate = Admission(settings.agi_sessions, settings.agi_rate, clock.monotonic)
    server = AgiServer(
        (settings.agi_address, port),
        partial(decide, switchboard=house.switchboard, shelf=house.shelf, now=clock.now),
        gate,
        peers=settings.agi_peers,
        limit=settings.decision_limit.total_seconds(),
        elapsed=clock.monotonic,
    )
    ahead = FirstMenus(settings, lambda: first_menus(house.books.book(), house.shelf, clock.now()))
    server.start()
    log.info("agi.listening", port=port, menus=house.books.current)
    while not is_told_to_end(1.0):
        house.refresh()
        ahead.tell(clock.now())
    ahead.take_back()
    server.stop_listening()
    gate.drain(DRAIN_SECONDS)
    log.info("agi.stopped", left=gate.inside)


def stay_on_one_core(which: int) -> None:
    """Keep the process on one core: its threads take turns anyway (GIL), on several a turn costs a third
    more.

    The two processes sit on different cores where there are two;
    a machine that does not let us choose is none the worse.
    """
    with suppress(OSError):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[which % len(cores)]})


def is_told_to_end(within: float) -> bool:
    """Wait so many seconds for SIGTERM or SIGINT.

    Its number is looked at: whoever was halted (SIGSTOP) for longer is given a signal that never came.
    """
    told = None if _came else signal.sigtimedwait(ENDING, within)
    return bool(_came) or (told is not None and told.si_signo in ENDING)


if __name__ == "__main__":
    main()
