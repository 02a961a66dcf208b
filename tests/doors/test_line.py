"""The wire to Asterisk: literal answers, every kind of hang-up, and commands that cannot be two."""

import signal
import unicodedata
from io import BytesIO

import pytest
from asterisk.agi import AGIAppError, AGIInvalidCommand, AGIUsageError
from hypothesis import given
from hypothesis import strategies as st

from agi_scripts.line import COMMAND_BYTES, CONTROLS, GoneAway, Line, UnsafeCommand
from tests.doors.test_head import TRANSCRIPT

USAGE = b"""\
520-Invalid command syntax.  Proper usage follows:
Sets a variable to the current channel.
520 End of proper usage.
"""
DEAD = b"511 Command Not Permitted on a dead channel or intercept routine\n"


class Wire:
    """Asterisk's side: answers as it gave them; ``sent`` is what it was told."""

    def __init__(self, answers: bytes = b"", fault: OSError | None = None) -> None:
        self._answers, self._fault, self.sent = BytesIO(TRANSCRIPT + answers), fault, b""

    def readline(self, limit: int = -1, /) -> bytes:
        line = self._answers.readline(limit)
        if not line and self._fault:
            raise self._fault
        return line

    def write(self, text: bytes, /) -> None:
        self.sent += text

    def flush(self) -> None:
        pass

    @property
    def left(self) -> bytes:
        return self._answers.read()


class Broken(Wire):
    """The connection is gone when we write."""

    def __init__(self, fault: OSError) -> None:
        super().__init__()
        self.fault = fault

    def write(self, text: bytes, /) -> None:
        raise self.fault


def line(wire: Wire) -> Line:
    return Line(wire, wire)


def heard(answers: bytes, command: str = "GET VARIABLE X") -> tuple[str, str]:
    """What one command returns, given these answers; nothing of them may be left over."""
    wire = Wire(answers)
    result: tuple[str, str] = line(wire).execute(command)["result"]
    assert wire.left == b""
    return result


GOOD = {
    b"200 result=1\n": ("1", ""),
    b"200 result=0\n": ("0", ""),
    b"200 result=-2\n": ("-2", ""),
    b'200 result=1 (q"b\\b,x, ${EXTEN} y;z)\n': ("1", 'q"b\\b,x, ${EXTEN} y;z'),
    b"200 result=1 ()\n": ("1", ""),
    b"200 result=1 (a) b=c (d)\n": ("1", "a) b=c (d"),
    b"200 result=1 (first\nsecond\n\nlast)\n": ("1", "first\nsecond\n\nlast"),
    b"200 result=1 (a (b\nc) d\ne)\n": ("1", "a (b\nc) d\ne"),
    b"200 result= (timeout)\n": ("", "timeout"),
    b"200 result=12 (timeout)\n": ("12", "timeout"),
    b"200 result=0 endpos=19680\n": ("0", ""),
    b"200 result=35 (dtmf) endpos=19680\n": ("35", "dtmf"),
    b"200 result=1 (\xe5\x8f\xb0\xff)\n": ("1", "台\ufffd"),
    b"200 result=1\r\n": ("1", ""),
}


@pytest.mark.parametrize(("answers", "result"), GOOD.items(), ids=[str(answer) for answer in GOOD])
def test_an_answer_is_read_whole(answers: bytes, result: tuple[str, str]) -> None:
    """Values with brackets, quotes and line ends; a time-out; bytes that are no UTF-8."""
    assert heard(answers) == result


FAULTS = [
    (b"510 Invalid or unknown command\n", AGIInvalidCommand),
    (USAGE, AGIUsageError),
    (b"520 Invalid command syntax.  Proper usage not available.\n", AGIUsageError),
    (b"hello\n", AGIInvalidCommand),
    (b"\n", AGIInvalidCommand),
    (b"999 result=1\n", AGIInvalidCommand),
]


@pytest.mark.parametrize(("answers", "error"), FAULTS, ids=[str(answer) for answer, _ in FAULTS])
def test_a_fault_is_read_whole_and_the_next_answer_is_in_step(answers: bytes, error: type[Exception]) -> None:
    """Also a usage of several lines: the next command gets its own answer."""
    asterisk = Wire(answers + b"200 result=1 (next)\n")
    talk = line(asterisk)
    with pytest.raises(error) as told:
        talk.execute("SET VARIABLE")
    assert not isinstance(told.value, GoneAway)
    assert talk.execute("GET VARIABLE X")["result"] == ("1", "next")


def test_a_usage_cut_off_is_a_hang_up() -> None:
    """Never a loop that waits for the last line of a closed connection."""
    with pytest.raises(GoneAway):
        heard(USAGE[:-10].rpartition(b"\n")[0] + b"\n")


HANGUPS = {
    "HANGUP, then nothing": b"HANGUP\n",
    "HANGUP twice, then the end": b"HANGUP\nHANGUP\n",
    "a dead channel": DEAD,
    "a dead channel after HANGUP": b"HANGUP\n" + DEAD,
    "the end": b"",
    "the end in mid-line": b"200 resu",
    "the end in a value": b"200 result=1 (first\n",
    "hangup as the note": b"200 result=-1 (hangup)\n",
    "-1 behind HANGUP": b"HANGUP\n200 result=-1\n",
    "-1, then HANGUP before the next answer": b"200 result=-1 endpos=19680\nHANGUP\n200 result=6\n",
    "-1, then a dead channel": b"200 result=-1\n" + DEAD,
    "-1, then the end": b"200 result=-1\n",
    "-1, and no such channel any more": b"200 result=-1\n200 result=-1\n",
    "HANGUP for ever": b"HANGUP\n" * 1000,
}


@pytest.mark.parametrize("answers", HANGUPS.values(), ids=HANGUPS.keys())
def test_every_hang_up_is_one_exception(answers: bytes) -> None:
    """However it is told, and wherever it comes."""
    talk = line(Wire(answers))
    with pytest.raises(GoneAway):
        talk.execute("STREAM FILE x")
        talk.execute("the next command")


@pytest.mark.parametrize("fault", [BrokenPipeError(), ConnectionResetError(), ConnectionAbortedError()])
def test_a_broken_connection_is_a_hang_up(fault: OSError) -> None:
    """In writing and in reading."""
    for wire in (Broken(fault), Wire(fault=fault)):
        with pytest.raises(GoneAway):
            line(wire).set_variable("X", "1")


def test_a_time_out_is_no_hang_up() -> None:
    """A client that says nothing is a fault of its own; the server names it."""
    with pytest.raises(TimeoutError):
        line(Wire(fault=TimeoutError())).set_variable("X", "1")


def test_hangup_told_between_commands_keeps_the_answer_and_ends_the_next() -> None:
    """The answer behind HANGUP still counts (GET VARIABLE works on); then nothing more is sent."""
    wire = Wire(b"HANGUP\n200 result=1 (ANSWER)\n")
    talk = line(wire)
    assert talk.execute("GET VARIABLE DIALSTATUS")["result"] == ("1", "ANSWER")
    with pytest.raises(GoneAway):
        talk.set_variable("X", "1")
    assert wire.sent.count(b"\n") == 1


def test_minus_one_on_a_live_channel_is_a_failed_command() -> None:
    """A prompt that is missing: the channel is up (6), so nobody hung up."""
    wire = Wire(b"200 result=-1\n200 result=6\n")
    with pytest.raises(AGIAppError) as told:
        line(wire).execute("STREAM FILE nosuch")
    assert not isinstance(told.value, GoneAway)
    assert wire.sent == b"STREAM FILE nosuch\nCHANNEL STATUS\n"


# --- what is sent ------------------------------------------------------------------------------


def sent(value: object) -> str:
    wire = Wire(b"200 result=1\n")
    line(wire).set_variable("X", value)
    return wire.sent.decode()


def words_of(command: str) -> list[str]:
    """How Asterisk takes a command apart (a model of its parse_args, checked against the real one)."""
    words: list[str] = []
    between, quoted, escaped = True, False, False
    for sign in command.removesuffix("\n"):
        if sign == '"' and not escaped:
            quoted = not quoted
            if quoted and between:
                words.append("")
                between = False
        elif sign in " \t" and not (quoted or escaped):
            between = True
        elif sign == "\\" and not escaped:
            escaped = True
            continue
        else:
            if between:
                words.append("")
                between = False
            words[-1] += sign
        escaped = False
    return words


def test_the_model_takes_apart_what_asterisk_took_apart() -> None:
    """Asterisk 22.10.1 read this command back as ``q"b\\b,x, ${EXTEN} y;z``."""
    command = 'SET VARIABLE IVR_TURN "q\\"b\\\\b\\,x, ${EXTEN} y;z"\n'
    assert words_of(command) == ["SET", "VARIABLE", "IVR_TURN", 'q"b\\b,x, ${EXTEN} y;z']


# Three bytes a character and two for each escape: this much always fits one command.
TEXT = st.text(max_size=450) | st.text("\"\\ \t\n\r\0'();,${}ab\x85\u2028", max_size=450)


@given(TEXT)
def test_any_text_is_one_line_of_one_value(text: str) -> None:
    """Whatever a caller could have typed, Asterisk reads four words, the last of them the text itself."""
    wire = sent(text)
    assert wire.endswith("\n") and len(wire.splitlines()) == 1
    assert not any(unicodedata.category(sign) == "Cc" for sign in wire[:-1])
    assert words_of(wire) == ["SET", "VARIABLE", "X", CONTROLS.sub("", text)]


def test_a_quote_cannot_begin_another_command() -> None:
    """What pyst2 alone would send as two commands."""
    assert sent('a" 1\nEXEC System "id') == 'SET VARIABLE X "a\\" 1EXEC System \\"id"\n'


def test_half_a_character_is_replaced() -> None:
    """A lone surrogate cannot be written in UTF-8."""
    assert sent("\ud83d") == 'SET VARIABLE X "?"\n'


@pytest.mark.parametrize("sign", ["\0", "\x01", "\n", "\r", "\t", "\x1b", "\x7f", "\x85", "\u2028", "\u2029"])
def test_row_49_a_control_character_never_reaches_the_wire(sign: str) -> None:
    """NUL makes an Asterisk thread spin for ever; a line end begins another command."""
    wire = Wire()
    with pytest.raises(UnsafeCommand):
        line(wire).send_command("EXEC Playback", f"a{sign}b")
    assert wire.sent == b""


@pytest.mark.parametrize("sign", ["x", "台"])
def test_a_command_is_at_most_as_long_as_asterisk_reads(sign: str) -> None:
    """The last byte that fits, and one character more."""
    most = (COMMAND_BYTES - len('SET VARIABLE X ""\n')) // len(sign.encode())
    assert len(sent(sign * most).encode()) <= COMMAND_BYTES
    wire = Wire()
    with pytest.raises(UnsafeCommand, match="Asterisk reads"):
        line(wire).set_variable("X", sign * (most + 1))
    assert wire.sent == b""


def test_get_full_variable_is_refused() -> None:
    """Asterisk would evaluate a name like ``${SHELL(id)}``."""
    wire = Wire()
    with pytest.raises(UnsafeCommand):
        line(wire).get_full_variable("${CALLERID(name)}")
    assert wire.sent == b""


def test_signals_are_left_alone() -> None:
    """pyst2 would take the process's SIGHUP."""
    before = signal.getsignal(signal.SIGHUP)
    line(Wire())
    assert signal.getsignal(signal.SIGHUP) is before


def test_nothing_of_a_caller_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    """pyst2 would write head, commands and answers to standard error."""
    heard(b"200 result=1 (secret)\n")
    sent("secret")
    assert capfd.readouterr() == ("", "")
