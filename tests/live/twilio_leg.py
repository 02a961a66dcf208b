"""The SIP side of a ``<Dial><Sip>``: SIPp calls our Asterisk as Twilio would, and says what came of it."""

import re
import subprocess
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl

from demo.baresip import free_port
from tests.live.system import System
from tests.twiml_player import Leg

TWILIO: Final = "127.0.0.5"
HERE: Final = Path(__file__).parent
REFUSALS: Final = (401, 403, 404, 408, 480, 484, 486, 503, 603)
RUNS: Final = count()


@dataclass(frozen=True)
class Met:
    """The final answer, and what the other side referred the call to, if it did."""

    status: int
    referred: str = ""


def call_out(system: System, leg: Leg, caller: str = "+886912345678", *, address: str = TWILIO) -> Met:
    """Until our Asterisk refuses, refers the call, or hangs up."""
    folder = system.scratch / f"twilio-{next(RUNS)}"
    folder.mkdir()
    user, _, headers = leg.to.removeprefix("sip:").partition("@")
    told = "".join(
        f"    {name}: {text}\n" for name, text in parse_qsl(headers.partition("?")[2], keep_blank_values=True)
    )
    (folder / "leg.xml").write_text(
        (HERE / "twilio_leg.xml")
        .read_text()
        .replace("<!-- headers -->\n", told)
        .replace("<!-- refusals -->\n", "".join(REFUSED.format(code=code) for code in REFUSALS))
    )
    login = f"[authentication username={leg.attributes['username']} password={leg.attributes['password']}]"
    (folder / "leg.csv").write_text(f"SEQUENTIAL\n{user};{caller};{login}\n")
    command = (
        "sipp", system.sip, "-sf", str(folder / "leg.xml"), "-inf", str(folder / "leg.csv"), "-i", address,
        "-mi", address, "-p", str(free_port(address)), "-mp", str(free_port(address)), "-m", "1",
        "-nostdin", "-trace_logs", "-log_file", str(folder / "told"), "-timeout", "90s",
    )  # fmt: skip
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=120, check=False)
    said = (folder / "told").read_text() if (folder / "told").exists() else ""
    assert "over" in said, (said, done.stdout[-500:], done.stderr[-500:])
    status = re.search(r"answered (\d+)", said)
    referred = re.search(r"REFER\s+<?([^>\s]+)", said)
    assert status, said
    return Met(int(status[1]), referred[1] if referred else "")


REFUSED: Final = """
  <recv response="{code}" optional="true" next="refused"><action><log message="answered {code}"/></action></recv>
"""
