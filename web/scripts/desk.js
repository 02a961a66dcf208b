// The agents' desk: this page is the agent's telephone, shows who calls, and gives its deeds to the server.
import JsSIP from "jssip"
import { after } from "./desk/after.js"
import { alerts } from "./desk/alerts.js"
import { forget, keep, restore } from "./desk/drafts.js"
import { knowledge } from "./desk/knowledge.js"
import { people, progress } from "./desk/progress.js"
import { recording } from "./desk/recording.js"

const desk = document.querySelector("[data-desk]")
const words = JSON.parse(desk.dataset.words)
const find = (name) => desk.querySelector(`[data-${name}]`)
const fact = (name) => desk.querySelector(`[data-fact="${name}"]`)
const [state, on, off, call, head, alarm, said, work, sound] = [
  "state", "on", "off", "call", "head", "alert", "said", "work", "sound",
].map(find)
const buttons = Object.fromEntries(["answer", "hold", "mute", "end"].map((name) => [name, find(name)]))
const STAYS_EVERY = 30_000, TRIES_EVERY = 1_000, TRIES = 20

let account = null, agent = null, session = null, callId = "", answeredAt = 0, microphone = null, ring = null
let tries = 0, clock = 0, stays = 0, isLost = false, isTaken = false, release = null

// Of this tab alone: that it is on duty, and with which call. What stands there when the page begins, a page that is
// no more has left behind; unless that page still lives, and this is a copy of its tab.
const LEFT = "desk"
const note = () => sessionStorage.setItem(LEFT, session?.isEstablished() ? callId : "")

const show = (text, kind) => {
  state.textContent = text
  state.className = `govuk-tag govuk-tag--${kind}`
}

async function post(path, fields = {}) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "X-csrf": desk.dataset.csrf },
    body: new URLSearchParams(fields),
  }).catch(() => { throw new Error(words.failed) })
  const told = await answer.json().catch(() => ({ fault: words.failed }))
  if (!answer.ok) throw Object.assign(new Error(told.fault || words.failed), { status: answer.status })
  return told
}

// --- On duty ---------------------------------------------------------------------------------------------

async function signOn(left = {}) {
  on.disabled = true
  show(words.signing, "blue")
  try {
    microphone = await navigator.mediaDevices.getUserMedia({ audio: chosenMicrophone() })
    account = await post("/desk/on", left)
  } catch (error) {
    on.disabled = false
    show(error.name === "NotAllowedError" ? words.microphone : error.message, "red")
    return
  }
  tries = 0
  agent = new JsSIP.UA({
    sockets: [new JsSIP.WebSocketInterface(account.socket)],
    uri: `sip:${account.user}@${account.host}`,
    authorization_user: account.user,
    password: account.password,
    register_expires: 60,
    session_timers: false,
    connection_recovery_min_interval: 1,
    connection_recovery_max_interval: 4,
  })
  agent.on("registered", ready)
  agent.on("registrationFailed", again)
  agent.on("disconnected", lost)
  agent.on("newRTCSession", ({ originator, session: one, request }) => {
    if (originator === "remote") rings(one, request.getHeader("X-Hotline-Call") || "")
  })
  agent.start()
  stays = setInterval(stay, STAYS_EVERY)
}

function ready() {
  tries = 0
  on.hidden = true
  off.hidden = false
  if (!release) navigator.locks?.request(LEFT, () => new Promise((done) => { release = done }))
  if (!session) { idle(); note() }
  else if (isLost) isStillThere()
  isLost = false
}

function lost() {
  if (!account) return
  isLost = true
  show(words.lost, "red")
  if (session?.isEstablished()) said.textContent = words.lostTalking
}

// The line is back. Asked whether it still has the call, Asterisk also learns where the page is now. A ring is over.
function isStillThere() {
  const one = session
  if (!one.isEstablished()) { one.terminate(); return }
  const isThere = () => { said.textContent = words.restored; show(head.textContent, "blue") }
  one.sendRequest(JsSIP.C.UPDATE, {
    extraHeaders: [`Contact: ${one.contact}`],
    eventHandlers: { onSuccessResponse: isThere, onErrorResponse: isThere, onDialogError: () => one.onDialogError() },
  })
}

// On duty again by itself; the caller of a page that died is not kept waiting for it (see /desk/on).
function comesBack() {
  const left = sessionStorage.getItem(LEFT)
  if (left === null || !on) return
  navigator.locks?.request(LEFT, { ifAvailable: true }, async (isDead) => {
    if (!isDead) return
    await signOn({ left: "yes" })
    if (left) said.textContent = words.cameBack
    const voice = new AudioContext()
    if (voice.state === "suspended") alarm.textContent = said.textContent = `${said.textContent} ${words.silent}`
    voice.close()
  })
}

// Asterisk learns of a new page within a second or two; a password of another page it never takes.
function again() {
  tries += 1
  if (!account || tries > TRIES) leave(words.taken)
  else setTimeout(() => agent?.register(), TRIES_EVERY)
}

async function stay() {
  try {
    const told = await post("/desk/stay", { secret: account.password })
    desk.dataset.paused = told.paused
    if (!session) idle()
  } catch (error) {
    if (error.status !== 409) return
    isTaken = true
    if (!session) leave(words.taken)
  }
}

function idle() {
  if (desk.dataset.paused === "after-call work") show(words.afterCall, "yellow")
  else if (desk.dataset.paused) show(words.resting, "yellow")
  else show(words.waiting, "green")
}

function leave(text) {
  clearInterval(stays)
  agent?.stop()
  microphone?.getTracks().forEach((track) => track.stop())
  account = agent = microphone = null
  isTaken = isLost = false
  sessionStorage.removeItem(LEFT)
  release?.()
  release = null
  on.hidden = on.disabled = false
  off.hidden = true
  show(text, text === words.off ? "grey" : "red")
}

async function signOff() {
  const { password } = account
  leave(words.off)
  await post("/desk/off", { secret: password }).catch(() => {})
}

// --- A call ----------------------------------------------------------------------------------------------

function rings(one, id) {
  if (session) { one.terminate({ status_code: 486 }); return }
  session = one
  callId = id
  said.textContent = ""
  call.hidden = false
  call.classList.add("rings")
  phase("ringing", words.ringing)
  buttons.answer.hidden = false
  buttons.hold.hidden = buttons.mute.hidden = find("pause").hidden = work.hidden = true
  for (const name of ["number", "language", "waited", "pressed", "timer", "recording", "promises", "earlier"]) fact(name).textContent = ""
  card()
  if (restore(work, id)) { book.search(); preview() }
  startRing()
  head.focus()
  one.on("accepted", talks)
  one.on("ended", ({ cause }) => {
    const id = callId
    over(words.over)
    if (BROKEN.has(cause)) tellFate(id, cause)
  })
  one.on("failed", () => over(words.missed))
  one.on("hold", ({ originator }) => { if (originator === "local") phase("held", words.held) })
  one.on("unhold", () => phase("talking", words.talking))
  one.on("peerconnection", ({ peerconnection }) => {
    peerconnection.addEventListener("track", (event) => { sound.srcObject = event.streams[0] })
  })
  one.on("icecandidate", (event) => setTimeout(event.ready, 500))
}

// What became of a call that was not there any more.
const { DIALOG_ERROR, CONNECTION_ERROR, REQUEST_TIMEOUT, RTP_TIMEOUT } = JsSIP.C.causes
const BROKEN = new Set([DIALOG_ERROR, CONNECTION_ERROR, REQUEST_TIMEOUT, RTP_TIMEOUT])
const ORPHANS = new Set([CONNECTION_ERROR, REQUEST_TIMEOUT, RTP_TIMEOUT])
async function tellFate(id, cause) {
  // Given up here alone: Asterisk would keep the caller in silence until it misses our sound.
  if (ORPHANS.has(cause) && account) await post("/desk/gone", { secret: account.password }).catch(() => {})
  const answer = await fetch(`/desk/call/${encodeURIComponent(id)}`).catch(() => null)
  const told = answer?.ok ? await answer.json() : {}
  said.textContent = alarm.textContent = told.ended ? words.broken : words.inFront
}

function phase(name, text) {
  call.dataset.phase = name
  head.textContent = text
  document.title = document.title.replace(/^(\([^)]*\) )?/, `(${text}) `)
  show(text, name === "ringing" ? "red" : "blue")
}

async function card() {
  const asked = callId
  for (let n = 0; n < 5 && asked === callId; n += 1) {
    const answer = await fetch(`/desk/call/${encodeURIComponent(asked)}`).catch(() => null)
    if (answer?.ok) { fill(await answer.json()); return }
    fact("number").textContent = words.notUp
    await new Promise((ready) => setTimeout(ready, 400))
  }
}

function fill(told) {
  if (told.id !== callId) return
  fact("number").textContent = told.number
  fact("language").textContent = told.wanted === told.language ? told.language : `${told.wanted} (${told.language})`
  fact("waited").textContent = `${told.waited} ${words.second}`
  fact("pressed").textContent = told.pressed.join(" → ")
  find("listed").hidden = !told.listed
  find("taken").hidden = !told.at_it.length
  find("at-it").textContent = told.at_it.join(" ")
  list("promises", told.promises.map((one) => [`${one.due} ${one.matter}`, `/callbacks/${one.id}`]))
  list("earlier", told.earlier.map((one) => [`${one.at} ${one.service} ${one.agent}`]))
  kept.show(told.recording)
  if (call.dataset.phase === "ringing") alarm.textContent = `${words.ringing} ${told.number}`
}

function list(name, lines) {
  if (!lines.length) { fact(name).textContent = words.none; return }
  fact(name).replaceChildren(...lines.map(([text, href]) => {
    const line = document.createElement("div")
    if (!href) { line.textContent = text; return line }
    const link = document.createElement("a")
    Object.assign(link, { textContent: text, href, target: "_blank", className: "govuk-link" })
    line.append(link)
    return line
  }))
}

function answer() {
  if (!session || session.isEstablished()) return
  stopRing()
  session.answer({ mediaStream: microphone, pcConfig: { iceServers: [] } })
}

function talks() {
  answeredAt = Date.now()
  call.classList.remove("rings")
  buttons.answer.hidden = true
  buttons.hold.hidden = buttons.mute.hidden = find("pause").hidden = work.hidden = false
  phase("talking", words.talking)
  note()
  alarm.textContent = words.talking
  clock = setInterval(() => {
    const seconds = Math.floor((Date.now() - answeredAt) / 1000)
    fact("timer").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
    long.tick(seconds)
  }, 1000)
  // Who answered is on record a moment later; then the number may be seen.
  for (const later of [1500, 3500]) setTimeout(() => { if (session) card() }, later)
  setTimeout(openCalls, 4000)
}

function over(text) {
  clearInterval(clock)
  stopRing()
  session = null
  asked = pressedAgain = false
  answeredAt = 0
  kept.over()
  long.over()
  call.hidden = true
  find("transfer").reset()
  find("callback").reset()
  book.clear()
  find("hits").replaceChildren()
  find("route").replaceChildren()
  document.title = document.title.replace(/^\([^)]*\) /, "")
  alarm.textContent = text
  note()
  if (isTaken) leave(words.taken)
  else idle()
  if (text === words.over) afterwards.look()
  setTimeout(openCalls, 2000)
}

// --- Deeds -----------------------------------------------------------------------------------------------

async function does(path, fields, id = callId) {
  try {
    said.textContent = (await post(`/desk/call/${encodeURIComponent(id)}/${path}`, fields)).said
    return true
  } catch (error) {
    said.textContent = error.message
    return false
  }
}

const kept = recording({ find, fact, words, does, card })
const afterwards = after({ find, words, post, state(paused) {
  desk.dataset.paused = paused
  if (!session && account) idle()
} })
const book = knowledge({ find, words, does, callId: () => callId })
work.addEventListener("input", () => keep(work, callId))
const long = alerts({ find, fact, words, minutes: desk.dataset.alerts })
const transfer = progress({ find, words, does, sought(rungs) {
  people(find("for"), rungs, words)
}, back(met) {
  if (met || !session) return
  said.textContent = ""  // that the officer is called is true no more
  find("matter").focus()
} })

let asking = 0
find("whom").addEventListener("input", ({ target }) => {
  clearTimeout(asking)
  asking = setTimeout(async () => {
    const answer = await fetch(`/desk/who?q=${encodeURIComponent(target.value)}`)
    const hits = answer.ok ? await answer.json() : []
    find("hits").replaceChildren(...hits.slice(0, 8).map((hit) => {
      const [line, button] = [document.createElement("li"), document.createElement("button")]
      button.type = "button"
      button.textContent = `${hit.extension} ${hit.name}（${hit.agency} ${hit.section}）`
      button.addEventListener("click", () => { find("extension").value = hit.extension; find("hits").replaceChildren(); preview() })
      line.append(button)
      return line
    }))
    if (!hits.length && target.value.trim()) find("hits").textContent = words.nobody
  }, 200)
})

async function preview() {
  const extension = find("extension").value
  if (!/^\d{2,6}$/.test(extension)) { find("route").replaceChildren(); return }
  const urgent = find("urgent").checked ? "yes" : ""
  const answer = await fetch(`/desk/route?extension=${extension}&urgent=${urgent}`)
  const lines = answer.ok ? await answer.json() : []
  find("route").replaceChildren(...lines.map((text) => Object.assign(document.createElement("li"), { textContent: text })))
}
find("extension").addEventListener("change", preview)
find("urgent").addEventListener("change", preview)

find("transfer").addEventListener("submit", async (event) => {
  event.preventDefault()
  const id = callId, path = event.submitter?.value || "put-through"
  if (await does(path, Object.fromEntries(new FormData(event.target)))) transfer.watch(id)
})
find("callback").addEventListener("submit", (event) => {
  event.preventDefault()
  const told = Object.fromEntries(new FormData(event.target))
  does("callback", { ...told, extension: told.extension || find("extension").value })
})
for (const button of desk.querySelectorAll("[data-deed]")) {
  button.addEventListener("click", () => does("do", { kind: button.dataset.deed, reason: button.textContent }))
}

// Calls that nobody has said what for: sent one by one; the list itself is the server's.
function closable() {
  for (const form of desk.querySelectorAll("[data-close]")) {
    const draft = `close:${form.dataset.close}`
    restore(form, draft)
    form.oninput = () => keep(form, draft)
    form.onsubmit = async (event) => {
      event.preventDefault()
      const types = new FormData(form).getAll("service").map((one) => ["service", one])
      try {
        await post(`/desk/call/${encodeURIComponent(form.dataset.close)}/service`, types)
        for (const id of [draft, form.dataset.close]) forget(id)
        openCalls()
      } catch (error) {
        form.querySelector("[data-fault]").textContent = error.message
      }
    }
  }
}

async function openCalls() {
  const answer = await fetch("/desk").catch(() => null)
  if (!answer?.ok) return
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-open]")
  if (fresh) { bring(find("open"), [...fresh.children]); closable() }
}

// What somebody fills in stays as it is, with the cursor in it.
function bring(here, fresh) {
  const same = (one, list) => [...list].some((other) => other.dataset.close === one.dataset.close)
  for (const one of [...here.children]) if (!same(one, fresh)) one.remove()
  fresh.forEach((one, n) => { if (!same(one, here.children)) here.insertBefore(one, here.children[n] ?? null) })
}

// --- Keys, devices, sounds -------------------------------------------------------------------------------

const press = {
  a: answer,
  h: hold,
  m: () => buttons.mute.click(),
  e: () => session?.terminate(),
  t: () => { if (!work.hidden) find("whom").select() },
  k: () => { if (!work.hidden) find("question").select() },
  r: () => { if (!work.hidden) find("pause").click() },
  j: () => way("join"),
  l: () => way("leave"),
  b: () => way("back"),
}
const way = (name) => desk.querySelector(`[data-way="${name}"]:not([hidden])`)?.click()
addEventListener("keydown", (event) => {
  const key = event.altKey && !event.ctrlKey && event.key.toLowerCase()
  const does = key === "d" ? afterwards.ready : session && press[key]
  if (does) { event.preventDefault(); does() }
})
buttons.answer.addEventListener("click", answer)
buttons.end.addEventListener("click", () => session?.terminate())
// Asterisk is asked once at a time; a press meanwhile is done afterwards.
let asked = false, pressedAgain = false
function hold() {
  if (!session?.isEstablished()) return
  if (asked) { pressedAgain = !pressedAgain; return }
  asked = true
  const done = () => {
    asked = false
    if (pressedAgain) { pressedAgain = false; hold() }
  }
  const held = session.isOnHold().local
  if (!(held ? session.unhold({}, done) : session.hold({}, done))) asked = false
  buttons.hold.setAttribute("aria-pressed", String(!held))
}
buttons.hold.addEventListener("click", hold)
buttons.mute.addEventListener("click", () => {
  const muted = session?.isMuted().audio
  if (muted) session.unmute({ audio: true })
  else session?.mute({ audio: true })
  buttons.mute.setAttribute("aria-pressed", String(!muted))
})

function chosenMicrophone() {
  const id = find("microphone")?.value
  return id ? { deviceId: { exact: id } } : true
}

async function devices() {
  const found = await navigator.mediaDevices?.enumerateDevices() ?? []
  find("microphone")?.replaceChildren(...found.filter((one) => one.kind === "audioinput").map((one, n) =>
    Object.assign(document.createElement("option"), { value: one.deviceId, textContent: one.label || `${n + 1}` })))
}

async function tryOut() {
  startRing()
  setTimeout(stopRing, 1500)
  const stream = await navigator.mediaDevices.getUserMedia({ audio: chosenMicrophone() })
  await devices()
  const context = new AudioContext(), meter = context.createAnalyser()
  context.createMediaStreamSource(stream).connect(meter)
  const samples = new Float32Array(meter.fftSize), ends = Date.now() + 5000
  const look = () => {
    meter.getFloatTimeDomainData(samples)
    find("level").value = Math.min(1, Math.max(...samples.map(Math.abs)) * 2)
    if (Date.now() < ends) requestAnimationFrame(look)
    else { stream.getTracks().forEach((track) => track.stop()); context.close() }
  }
  look()
}

function startRing() {
  if (ring) return
  const context = new AudioContext(), tone = context.createOscillator(), loud = context.createGain()
  tone.frequency.value = 440
  for (let n = 0; n < 40; n += 1) {  // a second of sound, two of silence, as phones in Taiwan ring
    loud.gain.setValueAtTime(0.2, context.currentTime + 3 * n)
    loud.gain.setValueAtTime(0, context.currentTime + 3 * n + 1)
  }
  tone.connect(loud).connect(context.destination)
  tone.start()
  ring = context
}

function stopRing() {
  ring?.close()
  ring = null
}

on?.addEventListener("click", () => signOn())
off?.addEventListener("click", signOff)
find("test")?.addEventListener("click", tryOut)
// Who loads the page anew has not hung up: the server brings the caller to the front of the queue.
addEventListener("pagehide", () => {
  if (session?.isEstablished()) {
    const fields = { csrf: desk.dataset.csrf, secret: account.password }
    navigator.sendBeacon("/desk/gone", new URLSearchParams(fields))
  } else { session?.terminate(); agent?.stop() }
})
closable()
devices()
afterwards.look(1)
comesBack()
