// A citizen's page that dials 1999: SIP over Asterisk's WebSocket. What is said to the caller is also shown.
import JsSIP from "jssip"

const page = document.querySelector("[data-phone]")
const words = JSON.parse(page.dataset.words)
const token = page.dataset.csrf
const find = (name) => page.querySelector(`[data-${name}]`)
const [state, said, sound, timer] = ["state", "said", "sound", "timer"].map(find)
const buttons = { call: find("call"), hangUp: find("hang-up"), mute: find("mute") }
const keys = [...page.querySelectorAll("[data-key]")]
const SAID_EVERY = 700

let agent = null
let session = null

const tell = (text) => { state.textContent = text }

const show = (talking) => {
  buttons.call.hidden = talking
  buttons.hangUp.hidden = buttons.mute.hidden = !talking
  for (const key of keys) key.disabled = !talking
}

async function account() {
  const answer = await fetch("/phone/account", { method: "POST", headers: { "X-csrf": token } })
  // Too many from this network: there is a page for that.
  if (answer.status === 429) location.assign((await answer.json()).elsewhere)
  if (!answer.ok) throw new Error(words.closed)
  return answer.json()
}

async function call() {
  buttons.call.disabled = true
  said.replaceChildren()
  tell(words.asking)
  try {
    // The browser asks for the microphone now, and not when somebody already listens.
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
    const given = await account()
    tell(words.calling)
    const line = agent = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(given.socket)],
      uri: `sip:${given.user}@${given.host}`,
      authorization_user: given.user,
      password: given.password,
      register: false,
      session_timers: false,
    })
    line.on("connected", () => dial(given, stream))
    // A line that was left after a call is no line that is missing.
    line.on("disconnected", () => { if (line === agent && !session) over(words.unreachable) })
    line.start()
  } catch (error) {
    over(error.name === "NotAllowedError" ? words.microphone : error.message || words.unreachable)
  }
}

function dial(given, stream) {
  if (session) return
  session = agent.call(`sip:${given.number}@${given.host}`, {
    mediaStream: stream,
    extraHeaders: [`X-Hotline-Page: ${given.page}`, `X-Hotline-Account: ${given.account}`],
    pcConfig: { iceServers: [] },
    rtcOfferConstraints: { offerToReceiveAudio: true, offerToReceiveVideo: false },
  })
  session.connection.addEventListener("track", (event) => { sound.srcObject = event.streams[0] })
  // Where no other address can be found, what is known after half a second is enough.
  session.on("icecandidate", (event) => setTimeout(event.ready, 500))
  session.on("accepted", () => { tell(words.connected); show(true); keys[0]?.focus(); follow(given.page) })
  session.on("failed", (event) => over(why(event.cause)))
  session.on("ended", () => over(words.ended))
}

function why(cause) {
  const { CANCELED, BUSY } = JsSIP.C.causes
  return { [CANCELED]: words.ended, [BUSY]: words.busy }[cause] ?? words.failed
}

function over(text) {
  const wasAtKeys = page.contains(document.activeElement)
  tell(text)
  show(false)
  buttons.call.disabled = false
  if (wasAtKeys) buttons.call.focus()
  session?.connection?.getSenders().forEach((sender) => sender.track?.stop())
  agent?.stop()
  agent = session = null
  timer.textContent = ""
}

// What is said to this page, until the call is over and nothing more comes.
async function follow(name) {
  const began = Date.now()
  let last = 0
  while (session) {
    const seconds = Math.floor((Date.now() - began) / 1000)
    timer.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
    try {
      const answer = await fetch(`/phone/said?page=${name}&after=${last}`)
      for (const one of answer.ok ? await answer.json() : []) {
        last = one.number
        const line = document.createElement("li")
        line.textContent = one.text
        line.lang = one.language
        said.append(line)
        line.scrollIntoView({ block: "nearest" })
      }
    } catch { /* the call goes on without its text */ }
    await new Promise((ready) => setTimeout(ready, SAID_EVERY))
  }
}

function press(key) {
  if (!session?.isEstablished()) return
  session.sendDTMF(key, { transportType: "RFC2833" })
  const button = keys.find((one) => one.dataset.key === key)
  button?.classList.add("pressed")
  setTimeout(() => button?.classList.remove("pressed"), 200)
}

buttons.call.addEventListener("click", call)
buttons.hangUp.addEventListener("click", () => session?.terminate())
buttons.mute.addEventListener("click", () => {
  const muted = session?.isMuted().audio
  if (muted) session.unmute({ audio: true })
  else session?.mute({ audio: true })
  buttons.mute.setAttribute("aria-pressed", String(!muted))
})
for (const button of keys) button.addEventListener("click", () => press(button.dataset.key))
addEventListener("keydown", (event) => {
  if (!event.ctrlKey && !event.altKey && !event.metaKey && /^[0-9*#]$/.test(event.key)) press(event.key)
})
addEventListener("pagehide", () => session?.terminate())
show(false)
buttons.call.disabled = false
