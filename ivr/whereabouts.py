"""Where in a menu's file a fault lies, so that a clerk finds the line."""

import re

from ivr.menus import EVERYWHERE, Sources

ABOUT = re.compile(r"^(?P<where>[\w.-]+): (?P<what>.*)$", re.DOTALL)
KEY = re.compile(r"\bkey (?P<key>[0-9*#])(?![\w'])")
SETTING = re.compile(r"^(?P<setting>otherwise|tries|seconds|name)\b|'(?P<word>[^']+)'")


def placed(fault: str, sources: Sources) -> str:
    """The fault with ``(main.toml, line 28)`` behind it, as far as that can be told."""
    about = ABOUT.match(fault)
    file = _file(about["where"], sources) if about else ""
    if not about or not file or "line" in about["what"]:
        return fault
    line = _line(about["what"], sources[file].splitlines())
    return f"{fault} ({file}, line {line})" if line else f"{fault} ({file})"


def _file(where: str, sources: Sources) -> str:
    """A file by its own name or by that of the menu in it."""
    named = re.compile(rf'^name *= *"{re.escape(where)}"', re.MULTILINE)
    files = [file for file, text in sources.items() if file == where or named.search(text)]
    return files[0] if files else EVERYWHERE if where == "everywhere" else ""


def _line(what: str, lines: list[str]) -> int:
    """Counted from 1; the last one, since of a key listed twice the second is too many. 0 = it stands nowhere."""
    if key := KEY.search(what):
        signs = re.compile(rf'^ *press *= *"{re.escape(key["key"])}"')
    elif (found := SETTING.search(what)) and found["setting"]:
        signs = re.compile(rf"^ *{found['setting']} *=")
    elif found:
        signs = re.compile(rf"(?<![\w-]){re.escape(found['word'])}(?![\w-])")
    else:
        return 0
    return max((number for number, line in enumerate(lines, 1) if signs.search(line)), default=0)
