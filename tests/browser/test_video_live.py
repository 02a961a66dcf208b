"""Two-way video between two browsers by the script of our pages: found, reloaded, and without a camera."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.two_sides import CITIZEN, INTERPRETER, NO_CAMERA, comes, connected, exchange

pytestmark = pytest.mark.live


@pytest.fixture
def base() -> Iterator[str]:
    with exchange() as url:
        yield url


def decoded(page: Page) -> int:
    return int(page.evaluate("async () => (await link.statistics()).decoded"))


def test_a_reload_on_either_side_leads_back_to_the_picture(pictures: Browser, base: str) -> None:
    """The page that was there before is forgotten, whichever side was polite."""
    sides = [comes(pictures, base, side) for side in (CITIZEN, INTERPRETER)]
    connected(*sides)
    for one in sides:
        one.reload()
        one.wait_for_function("window.link !== undefined")
        connected(*sides)


def test_who_has_no_camera_sees_the_other(pictures: Browser, base: str) -> None:
    """What is lacking is named, and the link stands all the same; a camera that comes later is seen."""
    citizen = comes(pictures, base, CITIZEN, before=NO_CAMERA)
    interpreter = comes(pictures, base, INTERPRETER)
    connected(citizen)
    assert citizen.evaluate("lacks") == "refused"
    assert decoded(interpreter) == 0
    citizen.evaluate(
        "async () => { delete navigator.mediaDevices.getUserMedia; await link.use(await camera()) }"
    )
    connected(interpreter)
