"""LibreOffice without a window: what an office opens files of ours with."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

from tests.live.conftest import lacks

PATIENCE: Final = 240
"""Seconds for a file; it starts anew for each."""
EACH_SHEET: Final = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1"
"""A file a sheet, in UTF-8, each cell as it is shown."""
TEXT: Final = "txt:Text (encoded):UTF8"
PDF: Final = "pdf"


class NotOpened(Exception):
    """A file that it cannot load."""


def opened(file: Path, to: str, out: Path) -> list[Path]:
    """Open a file and keep it in another form; a skip where there is no such program. Raises NotOpened."""
    program = shutil.which("soffice")
    if not program:
        lacks(
            "LibreOffice is not on this machine; `make prove` brings it, "
            "and so does `./ops/bootstrap.sh office`"
        )
    out.mkdir()
    own = f"-env:UserInstallation={(out / 'profile').as_uri()}"
    how = [
        str(program),
        own,
        "--headless",
        "--norestore",
        "--convert-to",
        to,
        "--outdir",
        str(out),
        str(file),
    ]
    done = subprocess.run(how, capture_output=True, text=True, check=False, timeout=PATIENCE)
    found = sorted(one for one in out.iterdir() if one.is_file())
    if not found or done.returncode:
        raise NotOpened(done.stdout + done.stderr)
    return found
