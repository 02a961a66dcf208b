// A page as telephone, a supervisor's that is rung to listen, whisper or join, or an interpreter's that relays; it calls nobody.
import { hears, lift, line } from "./desk/line.js"
import { ring } from "./desk/ring.js"

const board = document.querySelector("[data-board]")
const phone = board.querySelector("[data-telephone]")
const words = JSON.parse(phone.dataset.words)
const find = (name) => phone.querySelector(`[data-telephone-${name}]`)
const [state, said, on, off, end, sound] = ["state", "said", "on", "off", "end", "sound"].map(find)
const answer = find("answer"), bell = ring(find("bell"))
const csrf = phone.dataset.csrf
const STAYS_EVERY = 30_000, TRIES_EVERY = 1_000, TRIES = 20
// Of this tab alone: that it is a telephone, so that it is one again after a reload.
const LEFT = "listening"
// To the other tabs of this browser: that this one is the telephone now.
const tabs = new BroadcastChannel(LEFT)

let account = null, agent = null, microphone = null, session = null, tries = 0, stays = 0, gone = "", rung = 0, release = null

const tell = (text) => { if (state.textContent !== text) state.textContent = text }

async function post(deed, fields = {}) {
  const sent = { method: "POST", redirect: "manual", headers: { "X-csrf": csrf }, body: new URLSearchParams(fields) }
  const answer = await fetch(phone.dataset.telephone + deed, sent).catch(() => null)
  // Who is signed in no more is led to the door.
  if (answer?.type === "opaqueredirect") throw Object.assign(new Error(words.signedOut), { status: 401 })
  if (!answer?.ok) throw Object.assign(new Error(words.failed), { status: answer?.status })
  return answer.json()
}

async function signOn() {
  on.disabled = true
  tell(words.signing)
  try {
    microphone = await navigator.mediaDevices.getUserMedia({ audio: true })
    account = await post("")
    agent = line(account, { ready, again, lost, rings })
    stays = setInterval(stay, STAYS_EVERY)
    tabs.postMessage(account.user)
  } catch (error) {
    signOff(error.name === "NotAllowedError" ? words.microphone : error.status ? error.message : words.failed)
  }
}

function ready() {
  tries = 0
  on.hidden = true
  off.hidden = false
  sessionStorage.setItem(LEFT, "on")
  if (!release) navigator.locks?.request(LEFT, () => new Promise((done) => { release = done }))
  if (!session) tell(words.ready)
  document.dispatchEvent(new Event("telephone-ready"))
}

// Asterisk learns of an account within a second or two; the password of another page it never takes.
async function again() {
  tries += 1
  await stay()
  if (!agent || gone) return
  if (tries > TRIES) signOff(words.unreached)
  else setTimeout(() => agent?.register(), TRIES_EVERY)
}

// Whether this page is the telephone still; another page or browser may have taken over. A talk goes on until its end.
async function stay() {
  if (!account) return
  try {
    await post("/stay", { secret: account.password })
  } catch ({ status }) {
    gone = { 409: words.taken, 401: words.signedOut }[status] ?? gone
    if (gone && !session) signOff(gone)
  }
}

function lost() {
  if (agent) tell(words.lost)
}

function signOff(text) {
  clearInterval(stays)
  const left = agent
  agent = account = null
  gone = ""
  session?.terminate()
  left?.stop()
  microphone?.getTracks().forEach((track) => track.stop())
  microphone = null
  tries = 0
  sessionStorage.removeItem(LEFT)
  release?.()
  release = null
  on.hidden = on.disabled = false
  off.hidden = end.hidden = true
  tell(text)
}

// Whoever asked for it has pressed already, and is at this page: answered at once. Whom an agent calls for help is rung.
function rings(one, header) {
  if (session) { one.terminate({ status_code: 486 }); return }
  const called = header("X-Hotline-Rings")
  session = one
  rung += 1
  hears(one, sound)
  one.on("accepted", () => {
    said.textContent = ""
    bell.stop()
    answer.hidden = true
    tell(called ? words.joined[called] : words.there.replace("{phone}", header("X-Hotline-Supervises")))
    end.hidden = false
  })
  for (const name of ["ended", "failed"]) one.on(name, over)
  if (!called) { lift(one, microphone); return }
  tell(words.called[called])
  answer.hidden = false
  answer.focus()
  bell.start()
}

function lifts() {
  if (session && !session.isEstablished()) lift(session, microphone)
}

function over() {
  session = null
  bell.stop()
  said.textContent = ""
  answer.hidden = end.hidden = true
  if (gone) signOff(gone)
  else if (agent) tell(words.over)
}

// A page that is a telephone must stay: the deed is sent from here, and what the next page would have said is told here.
board.addEventListener("submit", async (event) => {
  const { submitter, target } = event
  const path = submitter?.getAttribute("formaction") || target.getAttribute("action") || ""
  if (!agent || !path.endsWith("/supervise")) return
  event.preventDefault()
  await stay()
  if (!agent) return
  const before = rung
  const fields = new FormData(target, submitter)
  fields.set("telephone", "page")
  const sent = { method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(fields) }
  const answer = await fetch(path, sent).catch(() => null)
  const told = answer?.ok ? await answer.json().catch(() => null) : null
  if (rung !== before) return  // it rang meanwhile, and the state tells how that stands
  said.textContent = told?.said ?? words.failed
})

on.addEventListener("click", signOn)
off.addEventListener("click", () => {
  post("/off", { secret: account.password }).catch(() => {})
  signOff(words.off)
})
tabs.addEventListener("message", ({ data }) => { if (data === account?.user) stay() })
// Who comes back to the tab sees at once whether it is the telephone still.
document.addEventListener("visibilitychange", () => { if (!document.hidden) stay() })
end.addEventListener("click", () => session?.terminate())
answer.addEventListener("click", lifts)
addEventListener("keydown", (event) => {
  const key = session && event.altKey && !event.ctrlKey && event.key.toLowerCase()
  if (key === "q") { event.preventDefault(); session.terminate() }
  if (key === "a") { event.preventDefault(); lifts() }
})
addEventListener("pagehide", () => { session?.terminate(); agent?.stop() })
if (sessionStorage.getItem(LEFT)) navigator.locks?.request(LEFT, { ifAvailable: true }, (isFree) => { if (isFree) signOn() })
