"""An Asterisk that goes on although its supervisor has gone: found by the next one, and kept with its calls.

It is known by its user and its command line, which names program and configuration, so that no file can be
stale and no other process be taken for it.
"""

import os
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from ops.machine import users
from ops.pbx import log
from ops.pbx.certificate import AUTHORITIES, PAIR
from ops.pbx.home import AsteriskHome
from ops.starting import EarlierAsterisk

MODULES: Final = {
    "acl.conf": "acl",
    "cel.conf": "cel",
    "cel_custom.conf": "cel_custom.so",
    "extensions.conf": "pbx_config.so",
    "features.conf": "features",
    "indications.conf": "indications",
    "logger.conf": "logger",
    "manager.conf": "manager",
    "musiconhold.conf": "res_musiconhold.so",
    "pjsip.conf": "res_pjsip.so",
    "queues.conf": "app_queue.so",
    "queuerules.conf": "app_queue.so",
    "rtp.conf": "res_rtp_asterisk.so",
    PAIR: "res_pjsip.so",
    AUTHORITIES: "res_pjsip.so",
}
"""Configuration that a running Asterisk takes up, by the module that reads it; the rest at a start."""
MODULE_LIST: Final = "modules.conf"
"""Modules of Asterisk: a running one loads those that it lacks, and unloads none."""
READER: Final = log.__name__
"""What stands in the command line of the process that reads Asterisk's words, beside Asterisk's own."""
OWN_STATE: Final = re.compile(
    r"^\s*((?:LAST_|OUT-|ELSEWHERE-|OUTBOUND_|DRAINED_|HELD_)[\w-]+)=(\S+)$", re.MULTILINE
)
"""Global variables that last: the line of waiting callers, outside calls of the day, being drained."""


def running_pid(etc: Path) -> int | None:
    """The process of the Asterisk with this configuration, whatever program it is of."""
    owners = {os.geteuid(), user.uid if (user := users.asterisk_if_made()) else os.geteuid()}
    ending = ["-f", "-C", str(etc / "asterisk.conf")]
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            found = words(process)
            if process.stat().st_uid in owners and found[-3:] == ending and READER not in found:
                return int(process.name)
    return None


def words(process: Path) -> list[str]:
    """Command line of a process; empty for one that has ended."""
    return (process / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")[:-1]


def lacking(home: AsteriskHome) -> list[str]:
    """Modules that the running Asterisk would load at a start, and has not."""
    runs = {line.partition(" ")[0] for line in home.rx("module show").splitlines()}
    wanted = re.findall(r"^load = (\S+)", (home.etc / MODULE_LIST).read_text("utf-8"), re.MULTILINE)
    return [name for name in wanted if name not in runs]


def adopt(home: AsteriskHome, pid: int, changed: Sequence[str], tell: Callable[[str], None]) -> None:
    """Have the running Asterisk take up what changed, and new calls again; talks go on.

    Raises EarlierAsterisk when it is of another program than it would be started with.
    """
    if words(Path(f"/proc/{pid}"))[-3 - len(home.program.words) : -3] != list(home.program.words):
        raise EarlierAsterisk("program", pid, home.program.words[-1])
    state = dict(OWN_STATE.findall(home.rx("dialplan show globals")))
    for name in lacking(home) if MODULE_LIST in changed else ():
        home.rx(f"module load {name}")  # the dialplan may need it from its reload on
    modules = dict.fromkeys(MODULES[name] for name in changed if name in MODULES)
    home.reload(*modules) if modules else None
    for name, value in state.items() if "pbx_config.so" in modules else ():
        home.rx(f"dialplan set global {name} {value}")
    home.rx("dialplan set global DRAINING no")
    tell(f"Asterisk runs since an earlier start (process {pid}); its calls go on")
    if late := [name for name in changed if name not in (*MODULES, MODULE_LIST)]:
        tell(f"Not in force before Asterisk is started anew: {', '.join(late)}")
