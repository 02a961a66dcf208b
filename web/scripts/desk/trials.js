// What was chosen is tried: a microphone by a voice, a loudspeaker by a tone. How it went is said as well.
import { ONE_RING } from "./ring.js"
import { sounds, stops } from "./sounds.js"

const LISTENS = 5_000, PLAYS = 2_000, HEARD = 0.02
const BEEP = { hertz: 660, on: 1, every: 2, times: 1 }
const later = (wait) => new Promise((done) => setTimeout(done, wait))

export function trials({ find, words, open, sound, bell }) {
  const [told, trial, level] = ["tried", "trial", "level"].map(find)
  let last = 0

  // Only what was asked for last says how it goes.
  const asked = (deed) => async () => {
    const mine = last += 1
    stops(trial)
    await deed((text) => { if (mine === last) told.textContent = text }, () => mine === last)
  }

  async function hear(tell) {
    tell(words.speak)
    try {
      const loudest = await measure(await open())
      tell(loudest > HEARD ? words.heardVoice : words.heardNothing)
    } catch (error) {
      tell(error.name === "NotAllowedError" ? words.microphone : words.microphoneNone)
    }
  }

  async function measure(stream) {
    const context = new AudioContext({ sinkId: { type: "none" } }), meter = context.createAnalyser()
    context.createMediaStreamSource(stream).connect(meter)
    const samples = new Float32Array(meter.fftSize), ends = Date.now() + LISTENS
    let loudest = 0
    while (Date.now() < ends) {
      meter.getFloatTimeDomainData(samples)
      const now = Math.max(...samples.map(Math.abs))
      level.value = Math.min(1, now * 2)
      loudest = Math.max(loudest, now)
      await later(50)
    }
    level.value = 0
    stream.getTracks().forEach((track) => track.stop())
    context.close()
    return loudest
  }

  // From the loudspeaker that would be used. The time of the element goes on only while a loudspeaker takes its sound.
  const play = (used, volume, tone) => async (tell, isLast) => {
    tell(words.playing)
    try {
      await trial.setSinkId?.(used.sinkId)
      trial.volume = volume()
      await sounds(trial, tone)
      await later(PLAYS)
      if (isLast()) tell(trial.currentTime > 0 ? words.played : words.notPlayed)
    } catch {
      tell(words.notPlayed)
    }
    if (isLast()) stops(trial)
  }

  const deeds = {
    microphone: hear,
    headset: play(sound, () => 0.5, BEEP),
    ringer: play(bell, () => bell.volume, ONE_RING),
  }
  for (const button of find("choices").querySelectorAll("[data-try]")) {
    button.addEventListener("click", asked(deeds[button.dataset.try]))
  }
}
