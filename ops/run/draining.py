"""The end of Asterisk without the end of its talks: new calls are refused, and those that are up have time.

A minute before that time is over who talks is warned, and who waits for a phone gets an apology and a
promise; then the dialplan ends what is left. All of it is asked of Asterisk by its manager, and needs no
process of ours but this.
"""

import os
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from control.ami import AMI, ActionRefused, ManagerAccount, Message
from hotline import clock
from hotline.errors import HotlineError
from hotline.settings import Settings
from ops.pbx.asterisk import running
from ops.run.adopting import running_pid
from ops.run.signals import endings, has_come
from ops.terminal import say

log = structlog.get_logger()
WARNED: Final = 60.0
"""Seconds before the end at which who talks is warned, and from which on nobody waits."""
LAST_WORDS: Final = 45.0
"""Seconds after the end for apologies and promises that are being said."""
LOOK: Final = 1.0
WAITING: Final = frozenset(("Queue", "Dial", "WaitExten"))
"""What a caller who is not in a talk does while waiting for a phone."""
HELD: Final = "PJSIP/twilio-"
"""Calls over Twilio wait and promise there: ours ends, and its webhook goes on."""
YES: Final = "yes"
PATIENCE: Final = 15.0
"""Seconds that Asterisk has to end once it is told to."""


def note(settings: Settings) -> Path:
    """File that says until when calls go on, for readiness."""
    return settings.home / "run" / "draining"


def is_draining(settings: Settings) -> str:
    """Time until which calls that are up may go on; empty unless Asterisk is about to end."""
    with suppress(OSError):
        return note(settings).read_text("ascii").strip()
    return ""


def forget(settings: Settings) -> None:
    """Asterisk takes calls again."""
    note(settings).unlink(missing_ok=True)


@dataclass
class Drain:
    """One orderly end. ``wait`` lets so many seconds pass, and tells whether everything shall end at once."""

    settings: Settings
    wait: Callable[[float], bool]
    elapsed: Callable[[], float] = clock.monotonic
    _led: set[str] = field(default_factory=set)
    _warned: set[str] = field(default_factory=set)

    def run(self, tell: Callable[[str], None]) -> bool:
        """Wait until no call is left, the time is over, or it shall end at once; whether no call is left.

        Raises ManagerGone when Asterisk cannot be asked.
        """
        lasts = self.settings.drain_minutes * 60
        with AMI.of(self.settings, ManagerAccount.LIMITS) as ami:
            ami.ask("Setvar", Variable="DRAINING", Value=YES)
            until = clock.now() + timedelta(seconds=lasts)
            note(self.settings).parent.mkdir(parents=True, exist_ok=True)
            note(self.settings).write_text(f"{until.astimezone(clock.TAIPEI):%H:%M:%S}\n", "ascii")
            begun, told = self.elapsed(), -1
            while (calls := self._look(ami, self.elapsed() - begun - lasts, until)) and (
                self.elapsed() - begun < lasts + LAST_WORDS
            ):
                if calls != told:
                    tell(
                        f"{calls} calls go on, until {until.astimezone(clock.TAIPEI):%H:%M} at most; new ones are refused"
                    )
                told = calls
                if self.wait(LOOK):
                    return False
        return not calls

    def _look(self, ami: AMI, late: float, until: datetime) -> int:
        """Count the channels, and lead or warn callers; ``late``: seconds since the time was over."""
        _, *channels = ami.ask("Status", Variables="CALL_ID")
        channels = [one for one in channels if one.get("Event") == "Status"]
        if late >= -WARNED:
            for one in channels:
                if one.get("Variable") == f"CALL_ID={one['Uniqueid']}":
                    with suppress(ActionRefused):  # it has ended meanwhile
                        self._lead(ami, one, late, until)
        return len(channels)

    def _lead(self, ami: AMI, one: Message, late: float, until: datetime) -> None:
        """Lead or warn one caller, in the last minute or after it."""
        name, talks = one["Channel"], bool(one.get("BridgeID"))
        waits = one.get("Application") in WAITING or (late >= 0 and name not in self._warned)
        if not talks and waits and name not in self._led:
            self._led.add(name)
            if name.startswith(HELD):
                ami.ask("Hangup", Channel=name)
            else:
                ami.ask("Setvar", Channel=name, Variable="LONGEST_AT", Value="")
                ami.ask("Setvar", Channel=name, Variable="TIMEOUT(absolute)", Value="0")
                ami.ask("Redirect", Channel=name, Context="promise", Exten="s", Priority=1)
        elif talks and name not in self._warned:
            self._warned.add(name)
            self._limit(ami, name, until)

    def _limit(self, ami: AMI, name: str, until: datetime) -> None:
        """End a talk as the dialplan does by a limit; a channel of its own whispers the warning."""
        left = max(1.0, (until - clock.now()).total_seconds())
        end = f"{until.astimezone(UTC).timestamp():.3f}"
        for variable, value in (("DRAINED", YES), ("LONGEST_AT", end), ("TIMEOUT(absolute)", f"{left:.3f}")):
            ami.ask("Setvar", Channel=name, Variable=variable, Value=value)
        language = ami.ask("Getvar", Channel=name, Variable="LANG")[0].get("Value") or "zh-TW"
        variables = {
            "SPIED": name,
            "WATCHED": "LONGEST_AT",
            "BEFORE": f"{WARNED:g}",
            "SAID": f"hotline/{language}/V-20",
        }
        ami.ask(
            "Originate",
            Channel="Local/s@warning/n",
            Context="warning-whispers",
            Exten="s",
            Priority=1,
            Async="true",
            Timeout=86400_000,
            Variable=",".join(f"__{key}={value}" for key, value in variables.items()),
        )


def drain(settings: Settings, wait: Callable[[float], bool], tell: Callable[[str], None]) -> bool:
    """Let calls end; whether none is left. An Asterisk that cannot be asked has none that could be kept."""
    try:
        return Drain(settings, wait).run(tell)
    except HotlineError as error:
        log.warning("drain.not_asked", why=str(error))
        return False


def stop(settings: Settings, *, now: bool) -> int:
    """End Asterisk by a command, under systemd or when a supervisor has left it; drain unless it shall end
    ``now``. 0 once it is gone.
    """
    home = running(settings)
    pid = running_pid(home.etc)
    if pid is None:
        say("No Asterisk runs here")
        return 0
    gone = os.pidfd_open(pid)
    with endings() as ending:
        if not now:
            drain(settings, lambda seconds: has_come(ending, gone, within=seconds), say)
    home.mark_start()
    with suppress(HotlineError, subprocess.TimeoutExpired):
        home.rx("core stop now")
    if not has_come(gone, within=PATIENCE):
        signal.pidfd_send_signal(gone, signal.SIGKILL)
    forget(settings)
    say(f"Asterisk (process {pid}) has ended")
    return 0
