"""The line in Asterisk's event log that says: what was up before has ended without a word, or is about to."""

import json
import os
from contextlib import suppress

from hotline import clock
from ops.pbx.home import AsteriskHome


def mark_start(home: AsteriskHome) -> None:
    """Append the marker ahead of a start, or of an end that waits for no call; close a torn line first."""
    path = home.settings.cel / "hotline.json"
    marker = {
        "eventtype": "SYSTEM_START",
        "eventtime": f"{clock.now().timestamp():.6f}",
        "node": home.settings.node,
    }
    # The folder is Asterisk's too: a link there must not lead us elsewhere.
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    file = os.open(path, flags, 0o660)
    try:
        with suppress(PermissionError):  # one that Asterisk made has its rights already
            os.fchmod(file, 0o660)
        torn = (size := os.fstat(file).st_size) and os.pread(file, 1, size - 1) != b"\n"
        os.write(file, (b"\n" if torn else b"") + json.dumps(marker).encode() + b"\n")
        os.fsync(file)
    finally:
        os.close(file)
