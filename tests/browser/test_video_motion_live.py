"""A session's video at its full rate: 25 frames a second at 640 by 480, seen there as it is shown here."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.two_sides import CITIZEN, FRAMES, INTERPRETER, comes, connected, exchange

pytestmark = pytest.mark.live
AT_ONCE = 1000
"""All that the machine has: no call beside the two encoders and two decoders of a session."""
SECONDS = 8
APART = 20
"""Frames by which the two pictures may differ, either way: a busy machine shows its own camera late, too."""


def rate(page: Page) -> tuple[float, int, int]:
    """Frames decoded a second, over some seconds, and the size of the latest."""
    page.evaluate("async () => { window.first = await link.statistics(); window.since = performance.now() }")
    page.wait_for_function(f"performance.now() - since > {SECONDS * 1000}", timeout=60_000)
    frames, width, height = page.evaluate(
        "async () => { const last = await link.statistics();"
        " return [1000 * (last.decoded - first.decoded) / (performance.now() - since),"
        " last.width, last.height] }"
    )
    return frames, width, height


def apart(near: int, far: int) -> int:
    """Frames between two pictures of a film that begins anew after the last."""
    return min((near - far) % FRAMES, (far - near) % FRAMES)


def test_both_see_the_others_picture_move(pictures: Browser) -> None:
    """Counted by the browser itself at both sides; each picture is compared with what the camera shows."""
    with exchange() as base:
        citizen, interpreter = (comes(pictures, base, side) for side in (CITIZEN, INTERPRETER))
        connected(citizen, interpreter)
        for side in (citizen, interpreter):
            side.wait_for_function(
                "async () => (await link.statistics()).width === 640", polling=500, timeout=30_000
            )
        for side in (citizen, interpreter):
            frames, width, height = rate(side)
            assert frames >= 25 and (width, height) == (640, 480)
        pairs = citizen.evaluate("watch(60)")
    assert all(far & 0b1100_0000 == 0b1100_0000 for _near, far in pairs)
    assert [pair for pair in pairs if apart(*pair) > APART] == []
    assert len({far for _near, far in pairs}) > 40
