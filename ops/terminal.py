"""Output for a person at a terminal: a line at once, and errors in words with what to type next.

The catalogue has the sentences; commands stand here alone.
"""

import sys
from collections.abc import Mapping
from typing import Final

from hotline.errors import HotlineError
from hotline.settings.kinds import CHECKOUT
from hotline.sheets.faults import BadSheets
from wording import ENGLISH, sentence

_STOP: Final = "hotline asterisk stop"
_SET_UP: Final = "make setup, as root"
HINTS: Final[Mapping[str, str]] = {
    "asterisk-not-running": "make up",
    "earlier-asterisk.port": _STOP,
    "earlier-asterisk.program": _STOP,
    "keys-away.missing": "cp COPY {place}; chmod 600 {place}",
    "keys-away.open": "chmod 600 {place}",
    "keys-away.printed": "a new key is a first line: ID $(openssl rand -base64 32)",
    "keys-lost": "hotline keys forget ID --lost, only if no copy is left: what it encrypted is lost with it",
    "manager-gone": "make up starts the hotline; /health/ready tells whether it is up",
    "matter-missing": "hotline callback matter {number} MATTER",
    "may-not-use.code": f"chmod -R go+rX {CHECKOUT}",
    "may-not-use.folder": "chown {user} {path}",
    "may-not-use.secret": "chgrp {user} {path}; chmod 640 {path}; a directory such as /etc/hotline",
    "no-agent": "hotline agents list",
    "no-backup.nowhere": "hotline backup FOLDER; HOTLINE_BACKUP_FOLDER has one made every few minutes",
    "no-key-waits": "hotline keys new",
    "no-such-call": "hotline calls",
    "no-such-callback": "hotline due",
    "not-callable": "hotline callback number {number} NUMBER",
    "not-now": "hotline callback show ID",
    "number-not-dialled.abroad": "HOTLINE_OUTBOUND_ABROAD lists the countries that may be dialled",
    "not-up": "hotline calls",
    "not-restored.deletions": "hotline restore FOLDER --without-deletions, only if no log is left",
    "not-restored.newer": "git checkout vVERSION, and make setup",
    "not-restored.other-node": "HOTLINE_NODE={detail}",
    "path-fault.half-restored": "hotline restore FOLDER",
    "path-fault.in-use": "Ctrl-C where it runs",
    "path-fault.no-prompts": "hotline prompts build",
    "path-fault.open-to-others": "as root: chown root {path}; chmod 644 {path}",
    "path-fault.unfit": "HOTLINE_HOME=/var/lib/hotline",
    "personal-limit": "HOTLINE_OUTBOUND_PERSON is the limit of one person",
    "not-ready": "hotline settings; each is set as HOTLINE_ and its name, for example HOTLINE_PUBLIC_URL",
    "shut-in": "/opt/hotline for the checkout, /var/lib/hotline for HOTLINE_HOME and HOTLINE_CACHE",
    "system-user-fault.missing": _SET_UP,
    "system-user-fault.not-made": _SET_UP,
}
"""What to type next, by the name of a sentence; with the facts of the error."""


def say(line: str) -> None:
    """Show one line, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def in_words(error: HotlineError) -> str:
    """The sentence, and in a line of its own the hint; of files every line that is wrong."""
    if isinstance(error, BadSheets):
        return "\n".join(
            (
                "Nothing was written; mend these and try again:",
                *(f"  {sentence(one, ENGLISH)}" for one in error.lines),
            )
        )
    hint = HINTS.get(error.msgid, "")
    return sentence(error, ENGLISH) + (f"\nSee: {hint.format_map(vars(error))}" if hint else "")
