"""Logs show enough of a number to follow a call, and never enough to dial it."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.typing import Processor

from hotline.log_masking import clean, mask_numbers, masked


def logged(event: Any = "happened", **fields: Any) -> dict[str, Any]:
    """What a log line says after the processor, read back from JSON."""
    out = io.StringIO()
    processors: list[Processor] = [mask_numbers, structlog.processors.JSONRenderer()]
    structlog.wrap_logger(structlog.PrintLogger(out), processors=processors).info(event, **fields)
    line: dict[str, Any] = json.loads(out.getvalue())
    return line


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("0912345678", "0912***678"),
        ("+886912345678", "+886912***678"),
        ("886912345678", "8869***678"),
        ("0229603456", "0229***456"),
        ("+886229603456", "+886229***456"),
        ("031234567", "031***567"),
        ("29603456", "29***456"),
        ("1234567", "1***567"),
        ("+81312345678", "+8131***678"),
        ("0912-345-678", "0912***678"),
        ("(02) 2960-3456", "0229***456"),
        ("+886 912 345 678", "+886912***678"),
        ("0229603456#5123", "0229***456#5123"),
        ("sip:0912345678@example.tw", "sip:0912***678@example.tw"),
        ("0912345678901234567890", "0912***890"),
        ("０９１２３４５６７８", "０９１２***６７８"),
    ],
)
def test_a_number_is_masked(number: str, shown: str) -> None:
    """At least three digits are hidden, however the number is written."""
    assert masked(number) == shown


@pytest.mark.parametrize(
    "text", ["", "5123", "1999", "110", "912345", "+1999", "anonymous", "withheld", "2026-11-24"]
)
def test_what_names_nobody_stays(text: str) -> None:
    """Extensions, service numbers, words and dates."""
    assert masked(text) == text


@pytest.mark.parametrize(
    "name", ["number", "caller", "callee", "to", "from_", "contact", "phone", "callback_number"]
)
def test_a_field_that_holds_a_number_is_masked(name: str) -> None:
    """Also seven digits, also a number given as an integer or as bytes."""
    assert logged(**{name: "1234567"})[name] == "1***567"
    assert logged(**{name: 912345678})[name] == "912***678"
    assert logged(**{name: b"0912345678"})[name] == "0912***678"
    assert logged(**{name: None})[name] is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("reached 0912345678 at last", "reached 0912***678 at last"),
        ("請撥0912-345-678找我", "請撥0912***678找我"),
        ("0912 345678", "0912***678"),
        ("0912.345.678", "0912***678"),
        ("02-2960-3456", "0229***456"),
        ("+886-2-2960-3456", "+886229***456"),
        ("PJSIP/0912345678-00000012", "PJSIP/0912***678-00000012"),
        ("A123456789", "A123***789"),
        ("0912345678.5", "0912***678.5"),
        ("1790000000.12 by 0912345678", "1790000000.12 by 0912***678"),
        ("20261124", "20***124"),
    ],
)
def test_numbers_in_other_texts_are_masked(text: str, shown: str) -> None:
    """Eight digits in a row, or a Taiwanese number written apart; in doubt it is masked."""
    assert logged(note=text)["note"] == shown
    assert logged(text)["event"] == shown


@pytest.mark.parametrize(
    "text",
    [
        "1790000000.12",
        "ntpc1-1790000000.12",
        "PJSIP/5123-00000012",
        "2026-11-24T10:00:00.123456+08:00",
        "2026-11-24 10:00",
        "20261124T100000",
        "20261124-100000-caller.wav",
        "550e8400-e29b-41d4-a716-446655440000",
        "a3f4567890123456",
        "127.0.0.1:5060",
        "08:30-17:30",
        "P5.1.1",
    ],
)
def test_what_is_no_number_stays_whole(text: str) -> None:
    """Call ids, channels, instants, hashes and addresses are needed to follow a call."""
    assert logged(call=text)["call"] == text


def test_numbers_are_masked_at_any_depth() -> None:
    """In lists, in mappings, in their keys, in objects that only have a text."""
    fields = {"legs": [{"to": "1234567"}, ("0912345678",)], "seen": {"0912345678": 1}}
    line = logged(call=fields, error=ValueError("no route to 0912345678"), path=Path("/x/0912345678"))
    assert line["call"] == {"legs": [{"to": "1***567"}, ["0912***678"]], "seen": {"0912***678": 1}}
    assert line["error"] == "no route to 0912***678"
    assert line["path"] == "/x/0912***678"


def test_figures_stay_figures() -> None:
    """Bytes free, seconds and flags are no numbers to dial; an instant is written in ISO 8601."""
    at = datetime(2026, 11, 24, 2, tzinfo=UTC)
    line = logged(free=107374182400, took=0.123456789, ok=True, to=at, timestamp="1790000000000")
    assert (line["free"], line["took"], line["ok"]) == (107374182400, 0.123456789, True)
    assert (line["to"], line["timestamp"]) == ("2026-11-24T02:00:00+00:00", "1790000000000")


def test_secrets_are_not_shown_at_all() -> None:
    """Neither a PIN nor an identity number nor a token."""
    assert set(logged(pin="1234", id_number="A123456789", token="t")) == {
        "pin",
        "id_number",
        "token",
        "event",
    }
    assert logged(deep={"pin": 1234})["deep"] == {"pin": "***"}


def test_a_caller_cannot_forge_a_line() -> None:
    """A line break in a name is a visible bar; escape sequences and turned text lose their force."""
    assert clean('x"\r\n{"event": "root logged in"}') == 'x" | {"event": "root logged in"}'
    assert clean("a\x00b\x1b[2Jc\x9bd\u202ee\u2028f\tg") == "ab[2Jcde | f g"
    assert logged(name="a\nb")["name"] == "a | b"


def test_a_broken_character_does_not_break_the_log() -> None:
    """Half a surrogate pair cannot be written as UTF-8, so it is replaced."""
    assert clean("\udc80").encode() == "\N{REPLACEMENT CHARACTER}".encode()


def test_exceptions_still_reach_their_formatter() -> None:
    """What the logger needs to format a traceback is passed through."""
    event: dict[str, Any] = {"event": "failed", "exc_info": True, "_record": object()}
    assert mask_numbers(None, "info", dict(event)) == event


@settings(deadline=None)
@given(st.text(), st.from_regex(r"0[2-9][0-9]{7,8}", fullmatch=True))
def test_no_whole_number_ever_shows(text: str, number: str) -> None:
    """Whatever stands around it, and in whatever field."""
    for name in ("note", "caller"):
        shown = logged(**{name: f"{text} {number}"})[name]
        assert number not in shown
        assert shown.splitlines() == [shown]
