"""The colours of the pages: one file names them; what stands on them is read in light and in dark."""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "web"
TOKENS = WEB / "styles" / "_tokens.scss"
NAMED = re.compile(r"^\s+([\w-]+): \((#[0-9a-f]{6}), (#[0-9a-f]{6}), \w+\),$", re.MULTILINE)
COLOUR = re.compile(
    r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|hwb|lab|lch|oklab|oklch)a?\(|:\s*(?:white|black|gr[ae]y|red)\b(?!-)"
)
PAINTED = re.compile(
    r"""\b(?:fill|stroke|color|style|bgcolor)["']?\s*[=:,]\s*["'][^"']*#[0-9a-fA-F]{3,8}\b"""
)
RULE = re.compile(r"\{([^{}]*)\}")
TEXT, GROUND = (
    re.compile(r"(?<![-\w])color: colour\(([\w-]+)\)"),
    re.compile(r"background: colour\(([\w-]+)\)"),
)
READ, SEEN = 7.0, 3.0
"""Contrast of words (WCAG 1.4.6), and of what is no word (1.4.11)."""
KINDS = ("blue", "green", "yellow", "orange", "red", "purple", "grey")
ON_PAGE = ("text", "secondary-text", "link", "link-visited", "link-hover", "error", "success", "brand")
PAIRS = {
    *product(ON_PAGE, ("body-background", "surface-background")),
    *product(
        ("text", "secondary-text", "link"),
        ("hover", "tint-yellow", "tint-red", "tint-orange", "tint-blue"),
    ),
    *((f"ink-{kind}", ground) for kind in KINDS for ground in (f"tint-{kind}", "body-background")),
    *product(("on-brand",), ("brand", "success", "error", "link", "secondary-text")),
    *product(("on-button",), ("button", "button-hover")),
    *product(("on-secondary",), ("secondary", "secondary-hover")),
    *product(("on-warning",), ("warning", "warning-hover")),
    *zip(("on-top", "mark", "on-alarm", "focus-text"), ("top", "top", "alarm", "focus"), strict=True),
}
"""What stands on what where no one rule says both."""
SHAPES = ("input-border", "part-0", "part-1", "part-2", "part-3", "goal", "brand")


def colours() -> dict[str, tuple[str, str]]:
    """Each by its name: light, dark."""
    return {name: (light, dark) for name, light, dark in NAMED.findall(TOKENS.read_text("utf-8"))}


def light_of(colour: str) -> float:
    """Relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((light_of(one), light_of(other)))
    return (lighter + 0.05) / (darker + 0.05)


def said_together() -> Iterator[tuple[str, str]]:
    """Text and ground of every rule that says both."""
    for sheet in sorted((WEB / "styles").glob("*.scss")):
        for rule in RULE.findall(sheet.read_text("utf-8")):
            yield from product(TEXT.findall(rule), GROUND.findall(rule))


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_words_are_read_at_seven_to_one(mode: int) -> None:
    """On the desk, the board and every other page; what is no word is told from the page at three to one."""
    known = colours()
    pairs = {*PAIRS, *said_together()}
    weak = {
        pair: round(found, 2)
        for pair in pairs
        if (found := contrast(known[pair[0]][mode], known[pair[1]][mode])) < READ
    }
    unseen = {
        name: round(found, 2)
        for name in SHAPES
        if (found := contrast(known[name][mode], known["body-background"][mode])) < SEEN
    }
    assert (weak, unseen) == ({}, {})


def test_only_one_file_names_colours() -> None:
    """Another would be the same in light and in dark, and forced upon who has colours of their own."""
    sheets = [sheet for sheet in (WEB / "styles").glob("*.scss") if sheet != TOKENS]
    pages = [
        *(WEB / "console").rglob("*.html"),
        *(WEB / "console").rglob("*.py"),
        *(WEB / "scripts").rglob("*.js"),
    ]
    assert len(sheets) > 5 and len(pages) > 100
    found = [
        f"{file.relative_to(WEB)}: {match[0].strip()}"
        for files, wanted in ((sheets, COLOUR), (pages, PAINTED))
        for file in files
        for match in wanted.finditer(file.read_text("utf-8"))
    ]
    assert found == []


def test_sheets_take_from_the_design_system_what_they_name() -> None:
    """A component, or `dist/govuk/base` for its functions; the whole would bring back what is ours."""
    whole = [
        sheet.name for sheet in (WEB / "styles").glob("*.scss") if 'dist/govuk"' in sheet.read_text("utf-8")
    ]
    assert whole == []
