"""Passwords that this installation makes for itself, once, and keeps where only its owner reads."""

import os
import secrets

from hotline.settings import Settings


def secret(settings: Settings, name: str) -> str:
    """The password called ``name``; made at random the first time, in a file of mode 0600."""
    path = settings.home / "secrets" / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(new())
    except FileExistsError:
        pass
    return path.read_text(encoding="ascii")


def new() -> str:
    """A password nobody has to remember."""
    return secrets.token_urlsafe(18)
