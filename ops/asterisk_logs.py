"""Asterisk's own logs grow until somebody moves them on."""

from pathlib import Path

from ops.asterisk_home import AsteriskHome

LARGEST = 20 * 1024 * 1024
KEPT = 10
"""Older files than the newest ten are removed."""


def rotate_logs(home: AsteriskHome, largest: int = LARGEST) -> bool:
    """Move them on when one has grown too large; whether that was so. Raises CannotStart while Asterisk is down."""
    logs = [path for path in (home.root / "log").iterdir() if path.suffix == ""]
    if all(path.stat().st_size <= largest for path in logs):
        return False
    home.rx("logger rotate")
    for log in logs:
        for old in sorted(log.parent.glob(f"{log.name}.*"), key=_number)[KEPT:]:
            old.unlink(missing_ok=True)
    return True


def _number(path: Path) -> int:
    return int(path.suffix[1:]) if path.suffix[1:].isdigit() else 0
