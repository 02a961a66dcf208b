"""Asterisk's own log, as it is kept: numbers masked, each line one of ours, files that turn by themselves.

``python -m ops.pbx.log FOLDER COMMAND…`` becomes the command. What Asterisk says on its console (logger.conf
names no file) is read beside it, for as long as Asterisk lives, by a process that nobody must keep: it needs
no right, ends with Asterisk, and when it is gone or hangs, words are lost and no call is.
"""

import ctypes
import json
import os
import re
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

from hotline.log_masking import mask_numbers, readable
from ops.machine.turning_file import LONGEST_LINE, TurningFile

MESSAGES, SECURITY = "messages", "security"
KEPT: Final = 10
REFUSED: Final = "signin.failed"
"""Event of every door's log for someone without a right account (see ops/run/fail2ban.conf)."""
REFER_REFUSED: Final = "refer.refused"
"""Event of a REFER from whoever may not put calls elsewhere; ``line``: Asterisk's name of them."""
UMASK: Final = 0o027
_NO_NEW_PRIVS: Final = 38
_REFUSALS: Final = frozenset(("ChallengeResponseFailed", "FailedACL", "InvalidAccountID", "InvalidPassword"))
_EVENT: Final = re.compile(r'^SecurityEvent="(\w+)",.*?,Service="PJSIP",', re.ASCII)
_BLOCKED: Final = re.compile(r"Endpoint (\S+) transfer attempt blocked", re.ASCII)
_ACCOUNT: Final = re.compile(r',AccountID="([^"]*)"')
_SOURCE: Final = re.compile(
    r',LocalAddress="[^"]*",RemoteAddress="IPV[46]/(?P<transport>[A-Z]+)/(?P<address>[0-9a-fA-F.:]+)/\d+"'
    r'(?:,(?!LocalAddress|RemoteAddress)[A-Za-z]+="(?:[^"\\]|\\.)*")*$',
    re.ASCII | re.DOTALL,
)
"""Where a request came from: the last that is told. Account and Call-ID stand before it and may hold
anything, quotation marks and another source too; in what stands behind it, parts of an answer to a challenge,
each has a backslash.
"""


def refusal(message: str) -> dict[str, str]:
    """Facts of a SIP request without a right account, from a security event; empty for any other."""
    event, source = _EVENT.match(message), _SOURCE.search(message)
    if not event or not source or event[1] not in _REFUSALS:
        return {}
    account = _ACCOUNT.search(message)
    return {
        "event": REFUSED,
        "address": source["address"],
        "transport": source["transport"].lower(),
        "why": event[1],
        "account": account[1] if account else "",
    }


def kept(line: bytes) -> tuple[str, str]:
    """The file a line of the console belongs in, empty for none, and the line as it is kept."""
    text = line.decode("utf-8", "replace").strip()
    try:
        said: dict[str, Any] = json.loads(text)
        words = said["logmsg"]
        level, message = str(words["level"]), str(words["message"]).strip()
    except (ValueError, LookupError, TypeError):
        return "", readable(text)
    words["message"] = message
    refer = _BLOCKED.match(message)
    facts = {"event": REFER_REFUSED, "line": refer[1]} if refer else {}
    told = dict(mask_numbers(None, "", said | (refusal(message) if level == "SECURITY" else facts)))
    where = SECURITY if refer or level == "SECURITY" else "" if level == "VERBOSE" else MESSAGES
    return where, json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def keep(said: BinaryIO, screen: BinaryIO) -> None:
    """Keep what is said until Asterisk ends. What belongs in no file goes on to ``screen``."""
    files = {name: TurningFile(Path(name), kept=KEPT) for name in (MESSAGES, SECURITY)}
    while line := said.readline(LONGEST_LINE):
        where, text = kept(line)
        with suppress(OSError):
            if where:
                files[where].write(text.encode() + b"\n")
            else:
                screen.write(text.encode() + b"\n")
                screen.flush()
    for file in files.values():
        file.close()


def _read(folder: Path, reading: int) -> None:
    """The reader: in a session of its own, in the folder, with no right but that of the folder's owner."""
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.umask(UMASK)
    os.chdir(folder)
    if os.geteuid() == 0:
        owner = os.stat(".")
        os.setgroups([])
        os.setgid(owner.st_gid)
        os.setuid(owner.st_uid)
    ctypes.CDLL(None).prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)
    with os.fdopen(reading, "rb") as said:
        keep(said, sys.stdout.buffer)


def main() -> None:
    """Become Asterisk, with a reader beside it."""
    folder, *command = sys.argv[1:]
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.close(writing)
        try:
            _read(Path(folder), reading)
        finally:
            os._exit(0)
    os.close(reading)
    for standard in (1, 2):
        os.dup2(writing, standard)
    os.close(writing)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
