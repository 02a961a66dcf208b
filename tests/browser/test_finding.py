"""The one search, and lists of names that are shortened as one types: with a real browser."""

import pytest

from tests.browser.conftest import WIDTHS, Serves, Site
from tests.browser.hands import every_screen


@pytest.fixture(scope="module")
def site(serves: Serves) -> Site:
    """A city with a book."""
    return serves(has_book=True)


@every_screen
def test_what_is_typed_in_the_head_is_found(site: Site, width: str, language: str) -> None:
    """From any page, by Enter; what is found is fit for everybody."""
    visit = site.visit("officer-5112", width, language)
    visit.goes("/callbacks")
    visit.page.get_by_role("searchbox").fill("環境")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**/search?q=*")
    visit.sees("5112 示範九")
    visit.is_well("search-found")
    visit.page.get_by_role("searchbox").fill("0912345678")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**/search")
    visit.is_well("search-number")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_long_list_is_shortened_by_what_is_typed(site: Site, width: str) -> None:
    """Enter takes the only one that is left; the form is sent by its button alone."""
    visit = site.visit("admin-1", width)
    visit.goes("/directory/edit/desk/5112")
    page = visit.page
    page.locator("#section-narrow").fill("道路")
    page.get_by_text("剩下 1 個").wait_for()
    visit.is_well("list-shortened")
    page.keyboard.press("Enter")
    assert page.locator("#section").evaluate("e => e.selectedOptions[0].text").startswith("道路")
    assert page.url.endswith("/directory/edit/desk/5112")
