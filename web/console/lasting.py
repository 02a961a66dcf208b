"""How long something lasts on the board and on the wallboard, and whether that is too long."""

from datetime import datetime

from web.console.gate import house, now
from web.console.language import _
from web.serving import thresholds


def seconds(since: str) -> float:
    """Seconds since an instant; 0 where it is not known."""
    return max(0.0, (now() - datetime.fromisoformat(since)).total_seconds()) if since else 0.0


def lasts(since: str) -> str:
    """The time since an instant as a clock shows it, 1:05 or 1:00:05; empty where it is not known."""
    if not since:
        return ""
    minutes, left = divmod(int(seconds(since)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def strain(since: str) -> str:
    """How long a wait is, by the thresholds that are set now."""
    return thresholds(house().settings).strain(seconds(since)) if since else ""


def strain_words() -> dict[str, str]:
    """Words beside a wait that is long or too long."""
    return {"warning": _("偏久"), "alarm": _("過久")}
