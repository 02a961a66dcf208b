// The self-test of a device: its camera's picture goes once through the way that a session takes, between two links of this
// one page, and comes back. What the figures mean is said by the server.
import { VideoLink, camera } from "./video/media.js"

const part = document.querySelector("[data-test]")
const [start, says, picture, lines] = ["start", "says", "picture", "lines"].map((name) => part.querySelector(`[data-${name}]`))
const words = JSON.parse(part.dataset.words), iceServers = JSON.parse(part.dataset.ice)
const PATIENCE = 20_000, MEASURED = 6_000
const later = (wait) => new Promise((done) => setTimeout(done, wait))

// Where there is a TURN server it is what is tested: a direct way to oneself is always free.
async function measured(stream) {
  const turnOnly = iceServers.some(({ urls }) => [urls].flat().some((one) => one.startsWith("turn")))
  const ends = [true, false].map((polite, place) => new VideoLink({
    iceServers, polite, turnOnly, send: async (_kind, message) => deliver(ends[1 - place], message),
  }))
  const [far, near] = ends
  far.addEventListener("remote", ({ detail }) => { picture.srcObject = detail; picture.hidden = false })
  const level = loudness(stream)
  try {
    const began = performance.now()
    far.open()
    near.open(stream)
    const isConnected = await connected(far)
    const seconds = isConnected ? (performance.now() - began) / 1000 : -1
    says.textContent = words.measuring
    const before = await far.statistics()
    if (isConnected) await later(MEASURED)
    const after = await far.statistics()
    return {
      seconds, fps: (after.decoded - before.decoded) / (MEASURED / 1000), width: after.width, kbps: (after.bytes - before.bytes) * 8 / MEASURED,
      lost: Math.max(after.lost, 0), level: level(), is_by_turn: after.way === "relay",
    }
  } finally {
    for (const one of ends) one.close()
  }
}

// As between two pages: descriptions and candidates are objects of the browser, which travel as JSON alone.
function deliver(link, message) {
  const sent = JSON.stringify(message)
  setTimeout(() => link.receive(JSON.parse(sent)))
}

function connected(link) {
  return new Promise((done) => {
    if (link.state === "connected") done(true)
    link.addEventListener("state", ({ detail }) => { if (detail === "connected") done(true) })
    setTimeout(() => done(false), PATIENCE)
  })
}

// The loudest sample so far, from 0 to 1; -1 without a microphone.
function loudness(stream) {
  if (!stream.getAudioTracks().length) return () => -1
  const context = new AudioContext(), heard = context.createAnalyser(), samples = new Float32Array(heard.fftSize)
  context.createMediaStreamSource(stream).connect(heard)
  let most = 0
  const clock = setInterval(() => { heard.getFloatTimeDomainData(samples); most = samples.reduce((one, other) => Math.max(one, Math.abs(other)), most) }, 100)
  return () => { clearInterval(clock); context.close(); return Math.min(most, 1) }
}

function tell(found) {
  lines.replaceChildren(...found.map(({ good, text }) => {
    const line = document.createElement("li"), mark = document.createElement("strong")
    mark.className = `govuk-tag govuk-tag--${good ? "green" : "red"}`
    mark.textContent = good ? words.good : words.bad
    line.append(mark, ` ${text}`)
    return line
  }))
}

async function asked(found) {
  const body = new URLSearchParams({ csrf: part.dataset.csrf, measured: JSON.stringify(found) })
  const answer = await fetch(location.pathname, { method: "POST", body })
  return (await answer.json()).lines
}

start.addEventListener("click", async () => {
  start.disabled = true
  lines.replaceChildren()
  says.textContent = words.camera
  let stream = null
  try {
    stream = await camera({ sound: true })
    says.textContent = words.connecting
    tell(await asked(await measured(stream)))
    says.textContent = words.done
  } catch ({ what }) {
    says.textContent = ""
    tell([{ good: false, text: words.cameras[what] ?? words.failed }])
  }
  for (const track of stream?.getTracks() ?? []) track.stop()
  picture.hidden = true
  start.disabled = false
})
