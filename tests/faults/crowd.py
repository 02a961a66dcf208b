"""Many callers at once by SIPp: each comes from a number of its own and hangs up at its own moment."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from sqlalchemy import select

from calls.store import CallRow
from demo.baresip import free_port
from hotline.db import transaction
from hotline.numbers import ANONYMOUS
from tests.live.system import CARRIER, System

HERE = Path(__file__).parent
RUNS = count()


@dataclass(frozen=True)
class Leaver:
    """Somebody who waits, presses keys by SIP INFO with a pause after each, and hangs up."""

    number: str
    seconds: float
    keys: str = ""
    pause: float = 0.0


@contextmanager
def crowd(system: System, leavers: Sequence[Leaver], rate: float = 25.0) -> Iterator[None]:
    """They call while the block runs, and have all hung up at its end."""
    folder = system.scratch / f"crowd-{next(RUNS)}"
    folder.mkdir()
    table = "".join(f"{one.number};{one.seconds * 1000:.0f}\n" for one in leavers)
    (folder / "leavers.csv").write_text(f"SEQUENTIAL\n{table}")
    longest = max(one.seconds + len(one.keys) * one.pause for one in leavers) + len(leavers) / rate
    sip = free_port(CARRIER)  # even: the port behind it is nobody else's either
    command = (
        "sipp", system.sip, "-sf", str(scenario(folder, leavers[0])), "-inf", str(folder / "leavers.csv"),
        "-i", CARRIER, "-mi", CARRIER, "-p", str(sip), "-mp", str(sip + 1),
        "-r", f"{rate:g}", "-m", str(len(leavers)), "-l", str(len(leavers)), "-nostdin",
        "-timeout", f"{longest + 20:.0f}s",
    )  # fmt: skip
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=folder)
        try:
            yield
            # 1: some calls ended otherwise than the scenario says, for example by the hotline
            assert process.wait(longest + 30) in (0, 1), (folder / "out").read_text(errors="replace")[-500:]
        finally:
            process.kill()
            process.wait()


def scenario(folder: Path, like: Leaver) -> Path:
    """The caller's side of the call; all of a crowd press the same keys."""
    keys = "".join(KEY.format(key=key, pause=f"{like.pause * 1000:.0f}") for key in like.keys)
    file = folder / "leaver.xml"
    file.write_text((HERE / "leaver.xml").read_text().replace("<!-- keys -->", keys))
    return file


KEY = """<send retrans="500"><![CDATA[
INFO [next_url] SIP/2.0
v: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
[routes]
f: <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]-[call_number]
t: <sip:1999@[remote_ip]:[remote_port]>[peer_tag_param]
i: [call_id]
CSeq: [cseq] INFO
c: application/dtmf-relay
l: [len]

Signal={key}
Duration=120
]]></send><recv response="200" timeout="8000"/><pause milliseconds="{pause}"/>
"""
"""Short names of headers: SIPp reads no scenario of more than 64 KiB."""


def rows_of(system: System, numbers: Sequence[str]) -> dict[str, list[CallRow]]:
    """What the database has of these callers, once each of their calls is closed."""
    wanted = {f"+886{number.removeprefix('0')}" if number else ANONYMOUS: number for number in numbers}

    def closed() -> dict[str, list[CallRow]] | None:
        with transaction(system.house.factory) as session:
            rows = list(session.scalars(select(CallRow).where(CallRow.caller_hash.in_(wanted))))
        found: dict[str, list[CallRow]] = {number: [] for number in numbers}
        for row in rows:
            found[wanted[row.caller]].append(row)
        every = all(found.values()) and all(row.end_reason for row in rows)
        return found if every else None

    answer: dict[str, list[CallRow]] = system.until(closed, 20, "every call has its closed row")
    return answer
