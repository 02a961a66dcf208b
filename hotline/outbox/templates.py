"""The wording of every message: ``templates/N-01.toml`` and so on, in zh-TW, one file an id of spec §18."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from hotline.errors import HotlineError
from hotline.outbox.rules import MessageChannel, Template, faults

FOLDER: Final = Path(__file__).parent / "templates"
_KEYS: Final = {
    "event": str,
    "to": str,
    "channels": list,
    "text": str,
    "longest": dict,
    "segments": int,
    "can_wait": bool,
    "lines": str,
}
_NEEDED: Final = ("event", "to", "channels", "text")


class BadTemplates(HotlineError, code="bad-templates"):
    """Templates that may not be used; holds all faults, not the first."""

    faults: tuple[str, ...]


@cache
def templates() -> Mapping[str, Template]:
    """The templates of this package, read and examined once. Raises BadTemplates."""
    return load(FOLDER)


def load(folder: Path) -> Mapping[str, Template]:
    """Load the templates of a folder by id. Raises BadTemplates."""
    found: dict[str, Template] = {}
    wrong: list[str] = []
    for file in sorted(folder.glob("N-*.toml")):
        try:
            found[file.stem] = _template(tomllib.loads(file.read_text("utf-8")))
        except (OSError, ValueError) as error:
            wrong.append(f"{file.name}: {error}")
        else:
            wrong += [f"{file.name}: {fault}" for fault in faults(found[file.stem])]
    if wrong or not found:
        raise BadTemplates(tuple(wrong) or (f"{folder} holds no template N-*.toml",))
    return MappingProxyType(found)


def _template(read: Mapping[str, Any]) -> Template:
    for name, value in read.items():
        if not isinstance(value, _KEYS.get(name, ())):
            raise ValueError(f"{name} = {value!r} is not understood")
    if missing := [name for name in _NEEDED if not read.get(name)]:
        raise ValueError(f"{', '.join(missing)} must be given")
    longest = read.get("longest", {})
    if not all(isinstance(most, int) for most in longest.values()):
        raise ValueError("[longest] holds numbers of characters")
    return Template(
        channels=tuple(MessageChannel(word) for word in read["channels"]),
        text=read["text"],
        longest=longest,
        segments=read.get("segments", 1),
        can_wait=read.get("can_wait", False),
        lines=read.get("lines", ""),
    )


def written(template: str, facts: Mapping[str, str], channel: MessageChannel | None = None) -> str:
    """The text of a message for a channel, its first by default. Raises KeyError when a fact is missing."""
    one = templates()[template]
    return one.written(facts, channel or one.channels[0])
