"""Loudspeakers of a page: from which one an element sounds, and which tones are in its sound."""

from typing import Final

from playwright.sync_api import Page

FIRST, SECOND = "Fake Audio Output 1", "Fake Audio Output 2"
"""Of those that Chromium pretends to have, besides the default."""
BEEP, RING, NOBODYS = 660, 440, 1500
"""Hertz of what is played to try a headset, of a ring, and of nothing."""
LISTENS: Final = """(tones) => {
  window.heard = {}
  addEventListener("play", ({ target }) => {
    const context = new AudioContext(), ear = context.createAnalyser(), [name] = Object.keys(target.dataset)
    ear.fftSize = 4096
    ear.smoothingTimeConstant = 0
    context.createMediaStreamSource(target.srcObject).connect(ear)
    const found = new Float32Array(ear.frequencyBinCount)
    setInterval(() => {
      ear.getFloatFrequencyData(found)
      for (const tone of tones) {
        const bin = Math.round(tone * ear.fftSize / context.sampleRate)
        const level = Math.max(...found.slice(bin - 1, bin + 2))
        heard[name] = { ...heard[name], [tone]: Math.max(heard[name]?.[tone] ?? -999, level) }
      }
    }, 50)
  }, true)
}"""
HEARD: Final = """([name, tone, nobodys]) =>
  heard[name]?.[tone] > -50 && heard[name][nobodys] < heard[name][tone] - 20"""
USED: Final = """async (name) => {
  const { sinkId } = document.querySelector(`[data-${name}]`)
  const found = await navigator.mediaDevices.enumerateDevices()
  return found.find((one) => one.kind === "audiooutput" && one.deviceId === sinkId)?.label ?? sinkId
}"""
UNPLUGS: Final = """(names) => {
  const list = MediaDevices.prototype.enumerateDevices
  const there = async () => (await list.call(navigator.mediaDevices)).filter((one) => !names.includes(one.label))
  navigator.mediaDevices.enumerateDevices = there
  navigator.mediaDevices.dispatchEvent(new Event("devicechange"))
}"""


def listens(page: Page, *voices: int) -> None:
    """From now on how loud each tone was in the sound of each element,
    in decibels under full scale, is kept.
    """
    page.evaluate(LISTENS, [BEEP, RING, NOBODYS, *voices])


def is_heard(page: Page, name: str, tone: int) -> None:
    """Waits until a tone was in the sound of an element; one that nobody makes was not."""
    page.wait_for_function(HEARD, arg=[name, tone, NOBODYS])


def forgets(page: Page) -> None:
    """What was heard until now."""
    page.evaluate("window.heard = {}")


def used(page: Page, name: str) -> str:
    """The loudspeaker from which the browser lets an element sound; empty for the default."""
    found: str = page.evaluate(USED, name)
    return found


def sounds_from(page: Page, name: str, loudspeaker: str) -> None:
    """Waits until an element sounds from a loudspeaker."""
    for _look in range(200):
        if used(page, name) == loudspeaker:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{name} sounds from {used(page, name)!r}, not from {loudspeaker!r}")


def unplugs(page: Page, *names: str) -> None:
    """Devices of these names are there no more, and all others are."""
    page.evaluate(UNPLUGS, list(names))
