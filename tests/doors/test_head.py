"""The head of an AGI request: what Asterisk writes is read, what a caller adds to it is refused."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agi_scripts.head import KEYS, LINE_BYTES, AgiHead, ForgedHead, read_head

# As Asterisk 22.10.1 wrote it for AGI(agi://127.0.0.1:4573/turn,,arrived,0912345678,1999).
TRANSCRIPT = b"""\
agi_network: yes
agi_network_script: turn
agi_request: agi://127.0.0.1:4573/turn
agi_channel: Local/s@t-00000000;2
agi_language: en
agi_type: Local
agi_uniqueid: 1795566713.1
agi_version: 22.10.1+dfsg+~cs6.17.60671434-1
agi_callerid: 0912345678
agi_calleridname: unknown
agi_callingpres: 0
agi_callingani2: 0
agi_callington: 0
agi_callingtns: 0
agi_dnid: 1999
agi_rdnis: unknown
agi_context: line
agi_extension: turn
agi_priority: 4
agi_enhanced: 0.0
agi_accountcode: 
agi_threadid: 140023034599104
agi_arg_1: 
agi_arg_2: arrived
agi_arg_3: 0912345678
agi_arg_4: 1999

"""


def read(head: bytes) -> AgiHead:
    return read_head(BytesIO(head).readline)


def with_number(number: bytes) -> bytes:
    """The transcript of a caller who sent that number, printed raw."""
    return TRANSCRIPT.replace(b"agi_callerid: 0912345678", b"agi_callerid: " + number)


def test_what_asterisk_writes_is_read_whole() -> None:
    """Every field, and the arguments in order, an empty one too."""
    head = read(TRANSCRIPT)
    assert (head.script, head.fields["agi_uniqueid"]) == ("turn", "1795566713.1")
    assert head.arguments == ("", "arrived", "0912345678", "1999")
    assert tuple(head.fields) == KEYS


def test_nothing_behind_the_empty_line_is_read() -> None:
    """What follows is the answer to our first command."""
    stream = BytesIO(TRANSCRIPT + b"200 result=1\n")
    read_head(stream.readline)
    assert stream.read() == b"200 result=1\n"


INJECTED = {
    "an argument": b"0912\nagi_arg_1: admin",
    "an argument with an end": b"0912\nagi_arg_1: admin\n",
    "a second script": b"0912\nagi_network_script: close",
    "argument and script": b"0912\nagi_arg_1: admin\nagi_network_script: close",
    "an early end": b"0912\n\n200 result=1",
    "the last key and an end": b"0912\nagi_threadid: 1\n\n200 result=1",
    "a whole question": b"0\nagi_threadid: 1\nagi_arg_1: \nagi_arg_2: silent\n\n",
    "a key of its own": b"0912\nagi_admin: yes",
    "the next key": b"0912\nagi_calleridname: x",
    "no key": b"0912\nhello",
    "a line end of another system": b"0912\r\nagi_arg_1: admin",
}


@pytest.mark.parametrize("number", INJECTED.values(), ids=INJECTED.keys())
def test_a_line_added_by_a_caller_is_refused(number: bytes) -> None:
    """``%0a`` in a SIP user part is decoded and printed raw; so is a colon."""
    with pytest.raises(ForgedHead):
        read(with_number(number))


@pytest.mark.parametrize("field", [b"agi_calleridname: ", b"agi_dnid: ", b"agi_rdnis: ", b"agi_extension: "])
def test_every_field_a_caller_can_fill_is_guarded(field: bytes) -> None:
    """Name, dialled number, diversion, extension: the same line end in each."""
    with pytest.raises(ForgedHead):
        read(TRANSCRIPT.replace(field, field + b"1\nagi_arg_9: div\n"))


def test_an_argument_cannot_grow_a_second_one() -> None:
    """A line end within an argument repeats the number of the next."""
    with pytest.raises(ForgedHead):
        read(TRANSCRIPT.replace(b"agi_arg_3: 0912345678", b"agi_arg_3: 0912\nagi_arg_4: 110"))


@pytest.mark.parametrize("key", KEYS)
def test_every_key_comes_once(key: str) -> None:
    """Left out, or said twice: refused, whichever it is."""
    lines = TRANSCRIPT.splitlines(keepends=True)
    (at,) = (n for n, line in enumerate(lines) if line.startswith(f"{key}:".encode()))
    for forged in (lines[:at] + lines[at + 1 :], lines[: at + 1] + lines[at:]):
        with pytest.raises(ForgedHead):
            read(b"".join(forged))


@pytest.mark.parametrize("number", [2, 0, 10])
def test_arguments_count_from_one(number: int) -> None:
    """A gap, a zero or a jump is no head of Asterisk's."""
    with pytest.raises(ForgedHead):
        read(TRANSCRIPT.replace(b"agi_arg_1", f"agi_arg_{number}".encode()))


def test_a_probe_that_connects_and_closes_is_no_attack() -> None:
    """Not one byte: somebody looked whether the port is open."""
    with pytest.raises(EOFError):
        read(b"")


@pytest.mark.parametrize("length", [1, 12, 17, 100, len(TRANSCRIPT) - 1])
def test_a_head_cut_short_is_refused(length: int) -> None:
    """Within a line, behind a line, one byte before its end."""
    with pytest.raises(ForgedHead, match="ends early"):
        read(TRANSCRIPT[:length])


def test_a_line_longer_than_the_limit_is_refused_without_reading_on() -> None:
    """One byte more than the limit; what is never read cannot fill the memory."""
    prefix = b"agi_network: "
    longest = prefix + b"y" * (LINE_BYTES - len(prefix) - 1) + b"\n"
    with pytest.raises(ForgedHead, match="agi_network_script"):
        read(longest + b"x\n")
    with pytest.raises(ForgedHead, match="too long"):
        read(longest[:-1] + b"y\n")


def test_a_head_without_end_is_refused() -> None:
    """Arguments for ever."""
    endless = b"".join(b"agi_arg_%d: x\n" % n for n in range(5, 100))
    with pytest.raises(ForgedHead, match="too many"):
        read(TRANSCRIPT[:-1] + endless)


def test_what_is_no_utf_8_is_replaced() -> None:
    """A name in Big5 or cut in the middle of a character is no reason to lose a caller."""
    head = read(TRANSCRIPT.replace(b"agi_calleridname: unknown", b"agi_calleridname: \xa4\xa4\xff"))
    assert head.fields["agi_calleridname"] == "\ufffd\ufffd\ufffd"


def test_the_words_of_a_caller_are_not_repeated_in_the_reason() -> None:
    """The reason is logged."""
    with pytest.raises(ForgedHead) as told:
        read(with_number(b"0912\nA123456789: secret"))
    assert "A123456789" not in str(told.value) and "secret" not in str(told.value)


@given(st.one_of(st.binary(), st.lists(st.sampled_from(TRANSCRIPT.splitlines(keepends=True))).map(b"".join)))
def test_any_bytes_are_a_head_or_refused(head: bytes) -> None:
    """Nothing but these three comes out."""
    try:
        assert isinstance(read(head), AgiHead)
    except (ForgedHead, EOFError):
        pass


@given(st.binary(max_size=39), st.binary(max_size=39))
def test_no_line_end_in_a_number_ever_passes(before: bytes, after: bytes) -> None:
    """Asterisk cuts a number at 79 characters: too few to finish the head in its stead."""
    with pytest.raises(ForgedHead):
        read(with_number(before + b"\n" + after))
