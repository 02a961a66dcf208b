"""Files that Asterisk reads, written by us."""

import os
from pathlib import Path


def replace(path: Path, text: str) -> bool:
    """Write a file whole or not at all; whether it changed."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    new = path.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(text, encoding="utf-8")
    new.chmod(0o640)  # its group, Asterisk's, is that of the folder
    os.replace(new, path)
    return True
