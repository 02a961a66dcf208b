"""The one key of all installations of the tests, and engines' ring of it."""

from pathlib import Path
from typing import Final

from hotline.keys.files import KeyFile
from hotline.keys.ring import SIZE, KeyRing

KEY: Final = ("test", bytes(range(SIZE)))
RING: Final = KeyRing(dict([KEY]))


def put_keys(home: Path) -> Path:
    """Give a home that no start has made the keys it would have."""
    KeyFile(home / "keys" / "installation.keys").write(dict([KEY]))
    return home
