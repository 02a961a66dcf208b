"""Python environments under ``build/`` that hold exactly what one lock file says."""

import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
BUILD = CHECKOUT / "build" / "supply"


def tools() -> Path:
    """Return the folder of programs of the environment with our tools."""
    return _environment("tools", "supply")


def product() -> Path:
    """Return the environment with what the product needs at run time, and not even pip beside it."""
    return _environment("product", "run").parent


def _environment(name: str, lock: str) -> Path:
    """Create the environment unless it is there with this very lock; return its folder of programs."""
    folder, wanted = BUILD / name, (CHECKOUT / "locks" / f"{lock}.txt").read_text("utf-8")
    ready = folder / ".ready"
    if not ready.exists() or ready.read_text("utf-8") != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", folder], check=True)
        # The pip of this environment writes into the other one.
        pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", folder / "bin" / "python"]
        pip += ["--disable-pip-version-check", "install", "--quiet", "--require-hashes", "--no-deps"]
        subprocess.run([*pip, "-r", CHECKOUT / "locks" / f"{lock}.txt"], check=True)
        ready.write_text(wanted, "utf-8")
    return folder / "bin"
