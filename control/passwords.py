"""Passwords that this installation makes for itself, once, and keeps where only its owner reads.

Machines that share a database share them: the first that starts tells them, and each keeps a copy on its
disk, so that calls need no database for them.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from hotline.cluster.secrets import shared
from hotline.settings import Settings
from hotline.settings.faults import BadSettings, SettingMissing, variable
from hotline.settings.kinds import secrets_in

SPAN: Final = timedelta(hours=1)
"""Passwords made of the clock count so long, and as long again for pages still open."""


def secret(settings: Settings, name: str) -> str:
    """The password called ``name``; made at random the first time, in a file of mode 0600."""
    path = _place(settings, name)
    with suppress(FileExistsError):
        _write(path, new())
    return path.read_text(encoding="ascii")


def keep(settings: Settings, name: str, text: str) -> Path:
    """Write a file beside the passwords for the machine's owner alone: mode 0600, whole or not at all."""
    path = _place(settings, name)
    draft = path.with_name(f"{name}.new")
    draft.unlink(missing_ok=True)
    _write(draft, text)
    draft.replace(path)
    return path


def share(session: Session, settings: Settings, names: Iterable[str]) -> int:
    """Bring this machine's passwords to those of the house; how many changed."""
    changed = 0
    for name in names:
        own = secret(settings, name)
        if (wanted := shared(session, name, own)) != own:
            keep(settings, name, wanted)
            changed += 1
    return changed


def _place(settings: Settings, name: str) -> Path:
    path = settings.home / "secrets" / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def turn_secrets(settings: Settings) -> tuple[str, ...]:
    """Secrets that the TURN server shares with us, the newest first.

    Raises BadSettings if the file that is set cannot be read or has none.
    """
    if settings.turn_secret_file is None:
        return (secret(settings, "turn"),)
    if found := secrets_in(settings.turn_secret_file, "turn_secret_file"):
        return found
    raise BadSettings((SettingMissing(variable("turn_secret_file"), "turn_urls"),))


def of_hour(settings: Settings, name: str, at: datetime, whose: str = "") -> str:
    """The password of the hour of ``at``: who knows the secret ``name`` computes it."""
    hour = f"{int(at.timestamp() // SPAN.total_seconds())}{whose}"
    made = hmac.new(secret(settings, name).encode(), hour.encode(), hashlib.sha256)
    return made.hexdigest()[:32]


def new() -> str:
    """A random password, not made to be remembered."""
    return secrets.token_urlsafe(18)
