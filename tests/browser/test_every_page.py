"""Every page without gaps in its address, as an administrator sees it:
for all eyes, at every width, in both languages.
"""

import pytest

from tests.browser.conftest import FOCUS_IS_SEEN, WIDER, Site, Visit
from tests.doors.console import Console
from web.console.app import routes

OTHERS = (("wide", "zh-TW"), ("wide", "en"), ("narrow", "zh-TW"))
GROUNDS = (
    "new Set([...document.querySelectorAll('html, body')].map(e => getComputedStyle(e).backgroundColor)).size"
)
ON_PAPER = """() => { const is = (e, pseudo) => getComputedStyle(e, pseudo);
    const seen = what => [...document.querySelectorAll(what)].filter(e => e.checkVisibility()).length;
    return {pressed: seen("header, nav, main button, main input, main select"),
        addresses: [...document.querySelectorAll("main a")]
            .filter(e => is(e, "::after").content !== "none").length,
        heads: [...document.querySelectorAll("thead")].every(e => is(e).display === "table-header-group"),
        light: is(document.documentElement).colorScheme} }"""
SCROLLED = """() => [...document.querySelectorAll(".wide:has(> table)")]
    .filter((one) => innerWidth < 641 && one.scrollWidth > one.clientWidth + 1).map((one) => one.ariaLabel)"""
"""Names of the tables that a telephone shows only in part."""
PARTS = 4
"""Parts of all pages, each played by itself; neighbours in order are in different ones."""
ZOOMED = 320
"""Pixels that are left of 1280 at 400 % (WCAG 1.4.10)."""


def addresses(console: Console) -> list[str]:
    """Pages that are read; a file, a stream and a part that a page fetches are passed over."""
    visitor = console.signed_in("admin-1")
    plain = {rule for rule, _, method, _ in routes(console.app) if method == "GET" and "<" not in rule}
    found = []
    for rule in sorted(plain):
        answer = visitor.client.get(rule, base_url="https://console.test", buffered=False)
        is_html = answer.status_code == 200 and "text/html" in (answer.content_type or "")
        if is_html and answer.data.lstrip().startswith(b"<!"):
            found.append(rule)
        answer.close()
    return found


@pytest.fixture(scope="module")
def pages(site: Site) -> list[str]:
    found = addresses(site.console)
    assert "/" in found and "/callbacks" in found
    return found


@pytest.mark.promise("Every page is fit for everybody")
@pytest.mark.parametrize(
    ("width", "language", "part"),
    [
        ("narrow", "en", 0),
        *(pytest.param("narrow", "en", part, marks=pytest.mark.matrix) for part in range(1, PARTS)),
        *(pytest.param(*one, part, marks=pytest.mark.thorough) for one in OTHERS for part in range(PARTS)),
    ],
)
def test_every_page_is_fit_for_everybody(
    site: Site, pages: list[str], width: str, language: str, part: int
) -> None:
    """Nothing serious by axe-core, nothing wider than the screen, one first heading, no Chinese left in
    English headings. The plain run looks at the first part of all pages.
    """
    visit = site.visit("admin-1", width, language)
    for address in pages[part::PARTS]:
        visit.goes(address)
        visit.is_well("page" + address.replace("/", "-"))
        assert visit.page.evaluate(GROUNDS) == 1, f"{address} ends in another colour"
        assert visit.page.locator("h1").count() == 1, address
        _headings_descend(visit, address)
        assert visit.page.evaluate(SCROLLED) == [], f"{address}: tables that do not fit {width}"


def test_every_word_is_read_in_light_and_in_dark(site: Site, pages: list[str]) -> None:
    """At 7:1 on what it stands on, as a browser draws it; the colours themselves are counted elsewhere."""
    visit = site.visit("admin-1", "narrow", "en")
    for address in pages:
        visit.goes(address)
        visit.is_read(address)


@pytest.mark.matrix
def test_what_is_pressed_is_large_enough_or_apart(site: Site, pages: list[str]) -> None:
    """24 px, or so far from its neighbours (WCAG 2.5.8); axe-core looks at it only when it is told to."""
    visit = site.visit("admin-1", "narrow", "zh-TW")
    found = {}
    for address in pages:
        visit.goes(address)
        if small := visit.finds("target-size"):
            found[address] = small
    assert found == {}


def _headings_descend(visit: Visit, address: str) -> None:
    levels: list[int] = visit.page.eval_on_selector_all(
        "main :is(h1,h2,h3,h4)", "found => found.map(e => Number(e.tagName[1]))"
    )
    assert levels[:1] == [1], address
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False)), (
        address,
        levels,
    )


def test_nothing_is_lost_at_four_hundred_per_cent(site: Site, pages: list[str]) -> None:
    """Lines wrap and tables scroll in themselves; the page does not scroll sideways."""
    visit = site.visit("admin-1")
    visit.page.set_viewport_size({"width": ZOOMED, "height": 256})
    for address in pages:
        visit.goes(address)
        over = visit.page.evaluate(WIDER)
        assert over <= 0, f"{address}: {over} px"


def test_focus_is_always_seen(site: Site, pages: list[str]) -> None:
    """Whatever the tabulator reaches is drawn otherwise than before (WCAG 2.4.7)."""
    visit = site.visit("admin-1")
    for address in pages:
        visit.goes(address)
        for _press in range(25):
            visit.page.keyboard.press("Tab")
            assert visit.page.evaluate(FOCUS_IS_SEEN), (
                address,
                visit.page.evaluate("document.activeElement.outerHTML")[:200],
            )


@pytest.mark.parametrize(
    "address", ["/reports", "/calls", "/callbacks", "/directory", "/directory/desk/5112", "/history"]
)
def test_paper_has_what_is_read_and_nothing_that_is_pressed(site: Site, address: str) -> None:
    """Heads on each sheet, no addresses of links, no menu, no fields; light, though the system is dark."""
    visit = site.returns("supervisor-1", "wide", "zh-TW")
    visit.goes(address)
    visit.page.emulate_media(media="print", color_scheme="dark")
    assert visit.page.evaluate(ON_PAPER) == {"pressed": 0, "addresses": 0, "heads": True, "light": "light"}
