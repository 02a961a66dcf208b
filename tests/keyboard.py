"""A script as somebody would play it in ``hotline walk``:
what is typed, and what the screen must show in order.
"""

from collections.abc import Iterator

from tests.script import PHONES, Script, sound

TYPED = {"busy": "b", "no_answer": "", "unreachable": "u", "refused": "r", "failed": "f"}


def typed(script: Script) -> list[str]:
    """One entry a question of the keyboard; the caller hangs up where the script ends before the call."""
    keys: list[str] = []
    ringing = "phone"
    for line in script.lines:
        match line.verb, line.words:
            case "presses", words:
                keys += words
            case "says_nothing", _:
                keys.append("")
            case "finds_nobody", _:
                keys.append("n")
            case "talks", _:
                keys.append("a")
            case "transfers", [extension, *how]:
                keys.append(
                    " ".join(["t", extension, *(word for word in how if word not in {"by", "agent-1"})])
                )
            case "leaves_a_message", _:
                keys.append("路燈不亮")
            case "rings", _:
                ringing = "phone"
            case "rings_back", _:
                ringing = "agent"
            case "answered", how:
                keys.append("p" if how else "a")
            case verb, _ if verb in PHONES:
                keys.append(TYPED[verb] if ringing == "phone" else "")
    ends = any(line.verb == "is" and line.words[0] == "end" for line in script.lines)
    return keys if ends else [*keys, "h"]


def shown(script: Script) -> Iterator[str]:
    """Beginnings of lines of the screen, in order; a script that says less shows more between them."""
    for line in script.lines:
        match line.verb, line.words:
            case "hears" | "whispers", names:
                yield from (sound(name).partition("/")[2] for name in names)
            case "rings", [phone, *_]:
                yield f"☎ {phone}"
            case "rings_back", [phone]:
                yield f"☎ {phone} rings again"
            case "waits_in_front", _:
                yield "♪ waiting for an agent who speaks"
            case "is", ["end", reason]:
                yield f"■ the line hangs up: {reason}"
