"""The pages of sign-language accounts, as a supervisor sees them: at both widths, in both languages."""

import pytest

from hotline.db import transaction
from hotline.video import accounts
from tests.browser.conftest import Site
from tests.doors.console import BEGINNING


@pytest.fixture(scope="module")
def site(site: Site) -> Site:
    """Two who applied, one of them let in."""
    with transaction(site.console.house.factory) as session:
        accounts.apply(session, "王小明", "0912345678", BEGINNING, "203.0.113.9")
        accounts.apply(session, "陳美", "mei@example.org", BEGINNING, "203.0.113.9")
        accounts.approve(session, 1, at=BEGINNING, by="supervisor-1")
    return site


@pytest.mark.parametrize(("width", "language"), [("wide", "zh-TW"), ("narrow", "en")])
def test_accounts_are_fit_for_everybody(site: Site, width: str, language: str) -> None:
    visit = site.visit("supervisor-1", width, language)
    for name, address in (
        ("listed", "/video/accounts"),
        ("all", "/video/accounts?state=all"),
        ("one", "/video/accounts/1"),
        ("lock", "/video/accounts/1/lock"),
        ("applied", "/video/accounts/2"),
    ):
        visit.goes(address)
        visit.is_well(f"video-accounts-{name}")
        visit.is_read(address)
