// A sound made here, without the server, and heard from an element: of an element every browser that lets one choose
// chooses the loudspeaker. The context itself sounds nowhere, so it needs no loudspeaker of its own.
const LOUD = 0.4

// `on` seconds of a tone, the rest of `every` seconds silence, so many times; rejected where the browser lets no sound out.
export async function sounds(element, { hertz = 440, on, every, times }) {
  stops(element)
  const context = new AudioContext({ sinkId: { type: "none" } })
  const [tone, loud, out] = [context.createOscillator(), context.createGain(), context.createMediaStreamDestination()]
  tone.frequency.value = hertz
  for (let n = 0; n < times; n += 1) {
    loud.gain.setValueAtTime(LOUD, context.currentTime + every * n)
    loud.gain.setValueAtTime(0, context.currentTime + every * n + on)
  }
  tone.connect(loud).connect(out)
  tone.start()
  contexts.set(element, context)
  element.srcObject = out.stream
  await element.play()
}

const contexts = new WeakMap()

export function stops(element) {
  contexts.get(element)?.close()
  contexts.delete(element)
  element.srcObject = null
}
