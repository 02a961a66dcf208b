"""The wire to Asterisk: pyst2's AGI with a strict head, escaping, and one kind of hang-up.

pyst2 gives the commands and the exceptions; this subclass owns what is read and
written: no signal handler, no caller data on standard error, nothing unescaped.
"""

import re
from typing import Any, Protocol

from asterisk.agi import AGI, AGIAppError, AGIHangup, AGIInvalidCommand, AGIUsageError

from agi_scripts.head import LINE_BYTES, AgiHead, read_head

COMMAND_BYTES = 2040
"""Asterisk reads a command into 2,048 bytes and would take the rest for another command."""
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
ANSWER = re.compile(r"^(\d{3})(?:[ -](.*))?$", re.DOTALL)
RESULT = re.compile(r"^result=(\S*)(?: \((.*)\))?(?:\s+endpos=\d+)?$", re.DOTALL)
ANSWER_LINES = 200


class Reader(Protocol):
    """Source of Asterisk's lines, in bytes."""

    def readline(self, limit: int = -1, /) -> bytes: ...


class Writer(Protocol):
    """Sink of our commands, in bytes."""

    def write(self, text: bytes, /) -> object: ...
    def flush(self) -> object: ...


class UnsafeCommand(ValueError):
    """A command that must not reach Asterisk: control characters, or longer than it reads."""


class GoneAway(AGIHangup):  # type: ignore[misc]  # pyst2 has no types
    """The caller or Asterisk is gone, whatever way it was told: HANGUP, 511, end of file, broken pipe."""


class Line(AGI):  # type: ignore[misc]
    """One AGI dialogue over two binary streams."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        # pyst2's own __init__ would take the process's SIGHUP and print the head to stderr.
        self._reader, self._writer = reader, writer
        self._gone = self._asking = False
        self.head: AgiHead = read_head(reader.readline)
        self.env = self.head.fields

    def _quote(self, string: object) -> str:
        text = CONTROLS.sub("", str(string)).replace("\\", "\\\\").replace('"', '\\"')
        return f'"{text}"'

    def test_hangup(self) -> None:
        """Raise GoneAway once the line has been told that the caller is gone."""
        if self._gone:
            raise GoneAway("the caller hung up")

    def send_command(self, command: str, *args: object) -> None:
        """Write one command in one piece. Raises UnsafeCommand before anything is written."""
        text = " ".join([command.strip(), *map(str, args)]).strip()
        wire = text.encode("utf-8", "replace") + b"\n"
        if CONTROLS.search(text):
            raise UnsafeCommand("control characters in a command")
        if len(wire) > COMMAND_BYTES:
            raise UnsafeCommand(f"a command of {len(wire)} bytes; Asterisk reads {COMMAND_BYTES}")
        try:
            self._writer.write(wire)
            self._writer.flush()
        except ConnectionError as error:
            self._gone = True
            raise GoneAway("the connection is closed") from error

    def get_result(self, stdin: Any = None) -> dict[str, tuple[str, str]]:
        """Read the whole answer to one command, also one of several lines."""
        line = self._answer_line()
        match = ANSWER.match(line)
        code, rest = (match[1], match[2] or "") if match else ("", line)
        if code == "200":
            return self._success(self._to_the_bracket(rest))
        if code == "520":
            raise AGIUsageError(self._to_the_end_of_usage(line))
        if code == "511":
            self._gone = True
            raise GoneAway("the channel is dead")
        raise AGIInvalidCommand(f"{code or 'no code'} {rest}")

    def set_variable(self, name: str, value: object) -> None:
        """Set a channel variable; its value is taken literally by Asterisk."""
        self.execute("SET VARIABLE", name, self._quote(value))

    def get_full_variable(self, name: str, channel: str | None = None) -> str:
        """Never: Asterisk evaluates the text, and a caller's name may hold ${SHELL()}."""
        raise UnsafeCommand("GET FULL VARIABLE evaluates caller-given text")

    def _success(self, rest: str) -> dict[str, tuple[str, str]]:
        match = RESULT.match(rest)
        value, note = (match[1], match[2] or "") if match else ("", rest)
        if note == "hangup":
            self._gone = True
            raise GoneAway("the caller hung up during the command")
        if value == "-1":
            self._ask_whether_alive()
            raise AGIAppError("the command failed on a live channel")
        return {"result": (value, note)}

    def _ask_whether_alive(self) -> None:
        """-1 is a failed command or a hang-up, and HANGUP is told only before the next answer: so ask."""
        self.test_hangup()
        if not self._asking:
            self._asking = True
            try:
                self.execute("CHANNEL STATUS")
            except AGIAppError:
                self._gone = True
            finally:
                self._asking = False
        self.test_hangup()

    def _answer_line(self) -> str:
        for _ in range(ANSWER_LINES):
            line = self._read_line()
            if not line.startswith("HANGUP"):
                return line
            self._gone = True
        raise GoneAway("Asterisk says nothing but HANGUP")

    def _read_line(self) -> str:
        try:
            raw = self._reader.readline(LINE_BYTES)
        except ConnectionError as error:
            self._gone = True
            raise GoneAway("the connection was cut") from error
        if not raw:
            self._gone = True
            raise GoneAway("the connection ended")
        return raw.decode("utf-8", "replace").rstrip("\r\n")

    def _to_the_bracket(self, rest: str) -> str:
        # A variable may hold line breaks; its value ends at the closing bracket.
        for _ in range(ANSWER_LINES):
            if "(" not in rest or rest.rstrip().endswith(")") or re.search(r"\) endpos=\d+$", rest):
                return rest
            rest += "\n" + self._read_line()
        return rest

    def _to_the_end_of_usage(self, first: str) -> str:
        lines = [first]
        while first.startswith("520-") and not lines[-1].startswith("520 ") and len(lines) < ANSWER_LINES:
            lines.append(self._read_line())
        return "\n".join(lines)
