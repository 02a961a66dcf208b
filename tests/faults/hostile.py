"""What an attacker may write where a number or a name belongs;
``FILE`` is the path of a file that must never be.
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from agi_scripts.head import KEYS
from tests.faults.rawsip import Attempt

COMMANDS = (
    ";touch FILE", "|touch FILE", "&&touch FILE", "||touch FILE", "& touch FILE &", "$(touch FILE)", "`touch FILE`",
    "\ntouch FILE\n", "a$(touch FILE)b", "'; touch FILE; '", '"; touch FILE; "', "<(touch FILE)", ">FILE", ">>FILE",
    "| tee FILE", "{touch,FILE}", "${IFS}touch${IFS}FILE", "\\$(touch FILE)", "x;/bin/sh -c 'touch FILE'",
)  # fmt: skip
EVALUATED = (
    "${SHELL(touch FILE)}", "$\\{SHELL(touch FILE)\\}", "$${SHELL(touch FILE)}", "${EVAL(${SHELL(touch FILE)})}",
    "${FILE(FILE,0,1)}", "${FILE(/etc/passwd)}", "${CURL(http://127.0.0.1/)}", "${DB(a/b)}", "${GLOBAL(TICKET)}",
    "${ENV(PATH)}", "${CHANNEL(secure_bridge_signaling)}", "${CALL}", "${IVR_TURN}", "$[1 + 1]", "$[${EPOCH} * 2]",
    "${SYSTEMSTATUS}", "${PJSIP_HEADER(read,From)}", "${AST_CONFIG(manager.conf,jobs,secret)}", "${STAT(e,FILE)}",
    "${EXEC(System(touch FILE))}", "System(touch FILE)", "EXEC System touch FILE", "TrySystem(touch FILE)",
)  # fmt: skip
DIALPLAN = (
    "0912,s,1", "0912)", "0912)&System(touch FILE", "1999,1", "s", "h", "i", "t", "T", "from-agents", "answer",
    "1999@from-agents", "agent-1", "PJSIP/agent-1", "agent-1&PJSIP/agent-2", "Local/s@promise", "0912|s|1", "_X.", ".",
    "!", "*", "#", "**", "0912^1", "0912~1", "101,10,U(x)", "101&PJSIP/x", "'0912'", '"0912"', "\\", "\\\\", "\\\"",
    "{", "}", "}{", "(", ")", "[", "]", "<", ">", "<sip:1@2>", "@", "0912@127.0.0.1", ":", "/", "?", "=", "+", "++", "+-",
    ",", ",,", "&", "%", "%%", "%25", "%s%s%n", "%d", " ", "  0912", "0912 ", "-", "--", "0", "00", "000", "1" * 31,
)  # fmt: skip
HEADS = (
    "0912\nagi_arg_1: admin\nagi_network_script: close",
    "0912\n\n200 result=1",
    "1\nagi_arg_9: div",
    "0912\r\nagi_arg_1: admin",
    "0912\n\nSET VARIABLE CALL x",
    "0912\rHANGUP\r",
    "HANGUP\nHANGUP\n",
    "failure",
    "0912\n200 result=-1 (hangup)",
    "0912\n511 Command Not Permitted on a dead channel",
    "0912\n520-Invalid",
    *(f"0912\n{key}: forged" for key in KEYS),
)
LOGS = (
    '","eventtype":"HANGUP","x":"',
    '0912"}\n{"eventtype":"SYSTEM_START","eventtime":"1.0","node":"test"}\n',
    '0912\n{"eventtype":"USER_DEFINED","userdeftype":"PROMISE","eventtime":"1.0","linkedid":"forged-1.1"}',
    "0912\\",
    '0912\\"',
    '0912\\\\"',
    "0912\n[2026-01-01 00:00:00.000] NOTICE[1] FORGED: all is well",
    "0912\x1b[2J\x1b[31mFORGED",
    "0912|zh-TW|dialplan",
    "0912|x|y|z",
    "PROMISE",
    "{}",
    "[]",
    "null",
    "NaN",
    '{"v":1}',
)
STORED = (
    "' OR 1=1 --", "'; DROP TABLE call; --", "\"; DELETE FROM callback; --", "1; ATTACH DATABASE 'FILE' AS x",
    "1'); COPY call TO PROGRAM 'touch FILE'; --", "%' ESCAPE '", "_", "<script>alert(1)</script>", "<img src=x onerror=1>",
    "javascript:alert(1)", "=cmd|'/c calc'!A0", "+SUM(1)", "@SUM(1)", "-1+1", "{{7*7}}", "{% raw %}", "<%= 1 %>", "${7*7}",
    "../../../../etc/passwd", "..\\..\\x", "/etc/passwd", "FILE", "file://FILE", "http://127.0.0.1:8000/", "con", "nul",
)  # fmt: skip
WRITING = (
    "王小明", "👩‍👩‍👧", "\u202e2190", "\u2028", "\u2029", "\ufeff0912", "\u00a0", "０９１２３４５６７８", "٠٩١٢", "²", "①",
    "é", "e\u0301", "\U0010ffff", "\x7f", "\x80", "\x85", "\udcff", "\udcc3(", "a" * 300, "9" * 300, "\n" * 50,
    *(chr(code) for code in range(32)), *(f"0912{chr(code)}345" for code in (0, 7, 8, 9, 10, 11, 13, 27)),
)  # fmt: skip
STRINGS = tuple(dict.fromkeys((*COMMANDS, *EVALUATED, *DIALPLAN, *HEADS, *LOGS, *STORED, *WRITING)))


def attempts(number: str, file: Path) -> Iterator[tuple[str, Attempt]]:
    """Each string in each place, and which place it is."""
    for text in (string.replace("FILE", str(file)) for string in STRINGS):
        yield "user", Attempt(number, user=in_uri(text))
        yield "name", Attempt(number, name=in_quotes(text))
        yield "diversion", Attempt(number, diversion=in_uri(text))
        yield "target", Attempt(in_uri(text))


def in_uri(text: str) -> str:
    """Escaped, so that it passes the parser and is whole again behind it."""
    return quote(text, safe="", errors="surrogateescape")


def in_quotes(text: str) -> str:
    """A display name; what would end the header line stays escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return escaped.replace("\r", "%0d").replace("\n", "%0a").replace("\0", "%00")
