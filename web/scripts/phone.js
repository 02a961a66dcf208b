// A citizen's page that dials 1999: SIP over Asterisk's WebSocket. What is said to the caller is also shown, where the
// call is too, and in a talk with an agent one can write.
import JsSIP from "jssip"
import { comes, hasPath, lacking, microphone, WITHIN } from "./phone/sound.js"

const page = document.querySelector("[data-phone]")
const words = JSON.parse(page.dataset.words)
const token = page.dataset.csrf
const find = (name) => page.querySelector(`[data-${name}]`)
const [state, said, sound, timer, instead, line, fault] = ["state", "said", "sound", "timer", "instead", "text", "fault"].map(find)
const buttons = { call: find("call"), hangUp: find("hang-up"), mute: find("mute") }
const keys = [...page.querySelectorAll("[data-key]")]
const SAID_EVERY = 700, LOOKS_AGAIN = [300, 1200]
const TOO_MANY = 503
const { CANCELED, BUSY, CONNECTION_ERROR, RTP_TIMEOUT } = JsSIP.C.causes

let agent = null, session = null, stream = null, given = null, limit = 0, stands = "", hears = false, isLeft = false, seen = null

const tell = (text) => { if (state.textContent !== text) state.textContent = text }
const later = (time) => new Promise((ready) => setTimeout(ready, time))

const show = (talking) => {
  buttons.call.hidden = talking
  buttons.hangUp.hidden = buttons.mute.hidden = !talking
  for (const key of keys) key.disabled = !talking
}

async function account() {
  const answer = await fetch("/phone/account", { method: "POST", headers: { "X-csrf": token }, signal: AbortSignal.timeout(WITHIN) })
    .catch(() => { throw lacking("unreachable") })
  // Too many from this network: there is a page for that.
  if (answer.status === 429) location.assign((await answer.json()).elsewhere)
  if (!answer.ok) throw lacking(answer.status < 500 ? "closed" : "unreachable")
  return answer.json()
}

async function call() {
  buttons.call.disabled = instead.hidden = true
  said.replaceChildren()
  stands = ""
  hears = isLeft = false
  tell(words.asking)
  try {
    // The browser asks for the microphone now, and not when somebody already listens.
    stream = await microphone()
    given = await account()
  } catch ({ what }) {
    return over(words[what] ?? words.unreachable)
  }
  seen = { page: given.page, after: 0, read: 0 }
  tell(words.calling)
  limit = setTimeout(giveUp, WITHIN)
  const ua = agent = new JsSIP.UA({
    sockets: [new JsSIP.WebSocketInterface(given.socket)],
    uri: `sip:${given.user}@${given.host}`,
    authorization_user: given.user,
    password: given.password,
    register: false,
    session_timers: false,
  })
  ua.on("connected", () => dial(ua))
  // A line that was left after a call is no line that is missing.
  ua.on("disconnected", () => { if (ua === agent && !session) over(words.unreachable) })
  ua.start()
}

function dial(ua) {
  if (session || ua !== agent) return
  const one = session = agent.call(`sip:${given.number}@${given.host}`, {
    mediaStream: stream,
    extraHeaders: [`X-Hotline-Page: ${given.page}`, `X-Hotline-Account: ${given.account}`],
    pcConfig: { iceServers: [] },
    rtcOfferConstraints: { offerToReceiveAudio: true, offerToReceiveVideo: false },
  })
  one.connection.addEventListener("track", (event) => { sound.srcObject = event.streams[0] })
  // Where no other address can be found, what is known after half a second is enough.
  one.on("icecandidate", (event) => setTimeout(event.ready, 500))
  one.on("accepted", () => answered(one))
  one.on("failed", ({ cause, message }) => { if (one === session) over(whyNot(cause, message?.status_code)) })
  one.on("ended", ({ cause }) => { if (one === session) ended(cause) })
}

async function answered(one) {
  show(true)
  tell(words.connected)
  keys[0]?.focus()
  follow()
  if (await comes(one.connection, () => one === session)) {
    hears = true
    clearTimeout(limit)
  }
}

// Ten seconds after the dial nothing is heard: what is lacking is said, and what can be done about it.
function giveUp() {
  if (!session) return over(words.unreachable)
  if (!session.isEstablished()) return over(words.failed)
  over(hasPath(session.connection) ? words.noSound : words.noPath)
}

function whyNot(cause, status) {
  if (status === TOO_MANY) return words.full
  return { [CANCELED]: words.hungUp, [BUSY]: words.busy, [CONNECTION_ERROR]: words.unreachable, [RTP_TIMEOUT]: words.noPath }[cause] ?? words.failed
}

async function ended(cause) {
  if (isLeft) return over(words.hungUp)
  if (cause === RTP_TIMEOUT || cause === CONNECTION_ERROR) return over(hears ? words.broken : words.noPath)
  over(stands === "talking" || stands === "through" ? words.byThem : words.ended, true)
  const last = seen
  for (const time of LOOKS_AGAIN) {
    await later(time)
    if (agent || last !== seen) return
    const why = await look()
    if (words.reasons[why]) return tell(words.reasons[why])
  }
}

function over(text, isEnd = isLeft) {
  const wasAtKeys = page.contains(document.activeElement)
  clearTimeout(limit)
  const [left, ua] = [session, agent]
  agent = session = null
  tell(text)
  show(false)
  line.hidden = true
  line.reset()
  fault.textContent = ""
  buttons.call.textContent = words.again
  buttons.call.disabled = false
  instead.hidden = isEnd
  if (wasAtKeys || document.activeElement === document.body) buttons.call.focus()
  stream?.getTracks().forEach((track) => track.stop())
  stream = null
  if (left && !left.isEnded()) left.terminate()
  ua?.stop()
  timer.textContent = ""
}

// Where the call is and what was said and written, until it is over and nothing more comes.
async function follow() {
  const began = Date.now(), mine = seen
  while (session && mine === seen) {
    const seconds = Math.floor((Date.now() - began) / 1000)
    timer.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
    await look()
    await later(SAID_EVERY)
  }
}

// Shows what is new; the reason of the end, once there is one.
async function look() {
  const mine = seen
  const answer = await fetch(`/phone/said?${new URLSearchParams(mine)}`).catch(() => null)
  if (!answer?.ok || mine !== seen) return ""  // the call goes on without its text
  const told = await answer.json()
  for (const { number, text, language } of told.said) if (number > mine.after) { mine.after = number; add(text, "", language) }
  for (const { number, text, by } of told.texts) {
    if (number > mine.read) { mine.read = number; add(text, by === "citizen" ? words.you : words.agent) }
  }
  if (session && words.states[told.state]) {
    stands = told.state
    tell(told.writes ? words.writing : words.states[stands])
    // Where the agent has a desk that shows it.
    if (line.hidden === told.writes) {
      line.hidden = !told.writes
      if (told.writes) line.scrollIntoView({ block: "nearest" })
    }
  }
  return told.state === "over" ? told.why : ""
}

function add(text, who, language) {
  const entry = document.createElement("li")
  if (who) {
    entry.className = "written"
    entry.append(Object.assign(document.createElement("strong"), { textContent: who }), " ")
  }
  entry.append(text)
  if (language) entry.lang = language
  said.append(entry)
  entry.scrollIntoView({ block: "nearest" })
}

async function write(event) {
  event.preventDefault()
  const field = line.elements.text
  if (!field.value.trim()) return
  fault.textContent = ""
  const sent = { method: "POST", headers: { "X-csrf": token }, body: new URLSearchParams({ page: seen.page, text: field.value }) }
  const answer = await fetch("/phone/text", sent).catch(() => null)
  if (!answer?.ok) { fault.textContent = (await answer?.json().catch(() => null))?.fault ?? words.notSent; return }
  field.value = ""
  look()
}

function press(key) {
  if (!session?.isEstablished()) return
  session.sendDTMF(key, { transportType: "RFC2833" })
  const button = keys.find((one) => one.dataset.key === key)
  button?.classList.add("pressed")
  setTimeout(() => button?.classList.remove("pressed"), 200)
}

buttons.call.addEventListener("click", call)
buttons.hangUp.addEventListener("click", () => { isLeft = true; session?.terminate() })
buttons.mute.addEventListener("click", () => {
  const muted = session?.isMuted().audio
  if (muted) session.unmute({ audio: true })
  else session?.mute({ audio: true })
  buttons.mute.setAttribute("aria-pressed", String(!muted))
})
line.addEventListener("submit", write)
for (const button of keys) button.addEventListener("click", () => press(button.dataset.key))
addEventListener("keydown", (event) => {
  if (event.target.matches?.("input")) return
  if (!event.ctrlKey && !event.altKey && !event.metaKey && /^[0-9*#]$/.test(event.key)) press(event.key)
})
addEventListener("pagehide", () => session?.terminate())
show(false)
buttons.call.disabled = false
