// A ring as phones in Taiwan ring: a second of sound, two of silence.
const TIMES = 40
let ring = null

export function startRing() {
  if (ring) return
  const context = new AudioContext(), tone = context.createOscillator(), loud = context.createGain()
  tone.frequency.value = 440
  for (let n = 0; n < TIMES; n += 1) {
    loud.gain.setValueAtTime(0.2, context.currentTime + 3 * n)
    loud.gain.setValueAtTime(0, context.currentTime + 3 * n + 1)
  }
  tone.connect(loud).connect(context.destination)
  tone.start()
  ring = context
}

export function stopRing() {
  ring?.close()
  ring = null
}
