"""End of Asterisk by a command: under systemd, and of one that a supervisor has left."""

import os
import signal
import subprocess
from contextlib import suppress

from hotline.errors import HotlineError
from hotline.settings import Settings
from ops.pbx.asterisk import running
from ops.run import draining
from ops.run.adopting import running_pid
from ops.run.marker import mark_start
from ops.run.signals import endings, has_come
from ops.terminal import say

PATIENCE = 15.0


def stop(settings: Settings, *, now: bool) -> int:
    """Drain unless it shall end ``now``, then end it; 0 once it is gone."""
    home = running(settings)
    pid = running_pid(home.etc)
    if pid is None:
        say("No Asterisk runs here")
        return 0
    gone = os.pidfd_open(pid)
    with endings() as ending:
        if not now:
            draining.drain(settings, lambda seconds: has_come(ending, gone, within=seconds), say)
    mark_start(home)
    with suppress(HotlineError, subprocess.TimeoutExpired):
        home.rx("core stop now")
    if not has_come(gone, within=PATIENCE):
        signal.pidfd_send_signal(gone, signal.SIGKILL)
    draining.forget(settings)
    say(f"Asterisk (process {pid}) has ended")
    return 0
