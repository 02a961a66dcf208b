"""The text line of a talk: plain words of a bounded length, and no faster than a hand."""

import pytest

from control.text_line import BURST, LONGEST, MOST, WITHIN, BadText, Party, TextLine, TextTooFast, plain


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("  我姓 陳 ", "我姓 陳"),
        ("一\r\n二\x00\x1b[31m三", "一 二 [31m三"),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("a\u202eb\u2066c\ufeff", "a b c"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("字" * LONGEST, "字" * LONGEST),
    ],
)
def test_a_text_is_words_on_one_line(written: str, words: str) -> None:
    """Marks that are not seen do nothing; a page shows the rest as it is."""
    assert plain(written) == words


@pytest.mark.parametrize(
    ("written", "why"),
    [("", "empty"), (" \n\u200b\u200d", "empty"), ("字" * (LONGEST + 1), "long"), (" " * 9999, "long")],
)
def test_nothing_and_too_much_are_refused(written: str, why: str) -> None:
    """One character too many is one too many."""
    with pytest.raises(BadText) as refused:
        plain(written)
    assert refused.value.why == why


def write(line: TextLine, by: Party, text: str, at: float) -> None:
    line.add(by, line.take(by, text, at))


def test_nobody_writes_faster_than_a_hand() -> None:
    """Each side by itself; after a pause one goes on, and a talk holds so many in all."""
    line = TextLine()
    for number in range(BURST):
        write(line, Party.CITIZEN, str(number), number / 10)
    with pytest.raises(TextTooFast):
        write(line, Party.CITIZEN, "x", WITHIN - 0.1)
    write(line, Party.AGENT, "y", WITHIN - 0.1)
    write(line, Party.CITIZEN, "z", WITHIN)
    assert [one.text for one in line.since(BURST)] == ["y", "z"]
    for number in range(MOST - BURST - 2):
        write(line, Party.AGENT, "x", 100.0 * (number + 1))
    with pytest.raises(TextTooFast):
        write(line, Party.AGENT, "x", 10.0**6)
