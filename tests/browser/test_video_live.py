"""Two-way video between two browsers by the script of our pages: found, reloaded, with a camera or none."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.two_sides import CITIZEN, INTERPRETER, NO_CAMERA, comes, connected, exchange

pytestmark = pytest.mark.live
LATE = """async () => {
  const { VideoLink, camera } = await import("/video/media.js")
  const ends = {}, held = []
  let passes = false
  const reach = (name, sent) => setTimeout(() => ends[name].receive(JSON.parse(sent)))
  const carry = (name, message) => {
    const sent = JSON.stringify(message)
    if (message.signals && !passes) held.push([name, sent])
    else reach(name, sent)
  }
  for (const [name, other] of [["citizen", "interpreter"], ["interpreter", "citizen"]]) {
    const send = async (_kind, message) => carry(other, message)
    ends[name] = new VideoLink({ polite: name === "citizen", send })
  }
  for (const one of Object.values(ends)) one.open()
  while (!held.length) await new Promise((soon) => setTimeout(soon, 20))
  await ends.citizen.use(await camera())
  passes = true
  for (const [name, sent] of held) reach(name, sent)
  window.link = ends.interpreter
}"""
"""Both ends in one page; nothing they agree on arrives until the citizen's camera has come."""
LARGEST = """async () => {
  window.ImageCapture = class {
    async getPhotoCapabilities() { return { imageWidth: { max: 4032 }, imageHeight: { max: 3024 } } }
    async takePhoto(size) { window.asked = size; return new Blob() }
  }
  await photograph(stream)
  return asked
}"""
"""What a camera is asked for that can take large photographs."""
SIZE = """async () => {
  const { width, height } = await createImageBitmap(await photograph(stream))
  return [width, height]
}"""


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


def test_a_photograph_has_all_that_the_camera_gives(pictures: Browser, base: str) -> None:
    """Asked for at its largest; a browser that takes none gives a frame as large as it comes."""
    page = comes(pictures, base, CITIZEN)
    page.wait_for_function("window.stream !== undefined")
    assert page.evaluate(LARGEST) == {"imageWidth": 4032, "imageHeight": 3024}
    page.evaluate("window.ImageCapture = undefined")
    assert page.evaluate(SIZE) == [640, 480]


def test_a_camera_that_comes_between_meeting_and_offer_is_sent(pictures: Browser, base: str) -> None:
    """Nothing is sent from before, so the place for it is only in the offer that comes then."""
    page = comes(pictures, base, CITIZEN, camera="no")
    page.evaluate(LATE)
    connected(page)
