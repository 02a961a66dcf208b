"""The baseline: pyst2's AGI with a lean transport, a thread a session, no menus and no database.

``python -m tools.bench.plain_agi --port P`` answers every session with one SET VARIABLE.
This and the classic script are the only files beside the AGI door that import pyst2.
"""

import argparse
import socketserver
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from asterisk.agi import AGI

from ops.machine.priority import raise_priority
from tools.bench.processes import Child, free_port, listens

VALUE = (
    "eyJ2IjoxLCJpZCI6Im50cGMxLTE3OTAwMDAwMDAuMTIifQ,ask,zh-TW,zh-TW,,,,"
    + "hotline/zh-TW/V-02.1&" * 6
    + ",1,5"
)


class LeanAGI(AGI):  # type: ignore[misc]  # pyst2 has no types
    """pyst2 without its signal handler and its debug text."""

    def __init__(self, reader: Any, writer: Any) -> None:
        self.stdin, self.stdout, self._got_sighup, self.env = reader, writer, False, {}
        while line := reader.readline().rstrip(b"\n"):
            key, _, value = line.partition(b": ")
            self.env[key] = value

    def send_command(self, command: str, *args: Any) -> None:
        self.stdout.write(f"{command} {' '.join(map(str, args))}\n".encode())

    def get_result(self, stdin: Any = None) -> dict[str, tuple[str, str]]:
        code, _, rest = self.stdin.readline().decode().rstrip("\n").partition(" ")
        return {"result": (rest.removeprefix("result="), code)}


class PlainSession(socketserver.StreamRequestHandler):
    """One session: read the head, set one variable."""

    def handle(self) -> None:
        LeanAGI(self.rfile, self.wfile).set_variable("IVR_TURN", VALUE)


class PlainServer(socketserver.ThreadingTCPServer):
    """A thread a session."""

    allow_reuse_address = daemon_threads = True
    block_on_close = False
    request_queue_size = 1024


@contextmanager
def plain_server(scratch: Path) -> Iterator[tuple[int, Child]]:
    """Run it on that port until the block ends."""
    port = free_port()
    command = (sys.executable, "-m", "tools.bench.plain_agi", "--port", str(port))
    child = Child.start("plain_agi", command, scratch / "plain_agi.log")
    raise_priority(child.pid)  # as ours
    try:
        child.await_(lambda: listens(port))
        yield port, child
    finally:
        child.stop()


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(prog="plain_agi")
    parser.add_argument("--port", type=int, required=True)
    PlainServer(("127.0.0.1", parser.parse_args().port), PlainSession).serve_forever()


if __name__ == "__main__":
    main()
