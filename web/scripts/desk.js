// The agents' desk: this page is the agent's telephone, shows who calls, and gives its deeds to the server.
import { after } from "./desk/after.js"
import { alerts } from "./desk/alerts.js"
import { card } from "./desk/card.js"
import { closing } from "./desk/closing.js"
import { devices } from "./desk/devices.js"
import { keep, restore } from "./desk/drafts.js"
import { duty } from "./desk/duty.js"
import { guidance } from "./desk/guidance.js"
import { holding } from "./desk/holding.js"
import { knowledge } from "./desk/knowledge.js"
import { BROKEN, hears, lift, ORPHANS } from "./desk/line.js"
import { away, desk, fact, find, post, show, tell, words } from "./desk/page.js"
import { putting } from "./desk/putting.js"
import { recording } from "./desk/recording.js"
import { ring } from "./desk/ring.js"

const [call, head, alarm, said, work, sound] = ["call", "head", "alert", "said", "work", "sound"].map(find)
const buttons = Object.fromEntries(["answer", "hold", "mute", "end", "pause"].map((name) => [name, find(name)]))
const LOOKS = 5

let session = null, callId = "", supervised = "", answeredAt = 0, before = 0, clock = 0, left = null

const talk = { session: () => session, callId: () => callId, supervised: () => supervised, isGivenUp }
const bell = find("bell"), rung = ring(bell)
const chosen = devices({ find, words, sound, bell, changed: (id) => own.speaks(id) })
const own = duty({ microphones: chosen, talk, rings })
const known = card({ find, fact, words, callId: talk.callId, told(one) {
  kept.show(one.recording)
  before = one.talked
  if (call.dataset.phase === "ringing") alarm.textContent = [one.number, one.wanted, ...known.warnings()].join(words.and)
} })
const kept = recording({ find, fact, words, does, card: known.look })
const afterwards = after({ find, words, post, state: own.rests, tell, away })
const book = knowledge({ find, words, does, callId: talk.callId })
const guide = guidance({ find, deed: (kind) => desk.querySelector(`[data-deed="${kind}"]`) })
const long = alerts({ find, fact, words, minutes: desk.dataset.alerts })
const transfer = putting({ find, words, does, away, callId: talk.callId, isTalking: () => session })
const held = holding({ find, session: talk.session, words, tell })
const open = closing({ desk, find, post, tell })
work.addEventListener("input", () => keep(work, callId))

// --- A call ----------------------------------------------------------------------------------------------

function rings(one, header) {
  if (session) { one.terminate({ status_code: 486 }); return }
  session = one
  callId = header("X-Hotline-Call")
  supervised = header("X-Hotline-Supervises")
  said.textContent = alarm.textContent = ""
  left = document.activeElement
  call.hidden = false
  call.classList.add("rings")
  find("facts").hidden = Boolean(supervised)
  phase("ringing", supervised ? words.brought : words.ringing)
  buttons.answer.hidden = false
  buttons.hold.hidden = buttons.mute.hidden = buttons.pause.hidden = work.hidden = true
  before = 0
  known.clear()
  if (supervised) isBrought(one)
  else {
    known.look()
    if (restore(work, callId)) { book.search(); transfer.preview() }
  }
  rung.start()
  head.focus()
  one.on("accepted", talks)
  one.on("ended", ({ cause }) => {
    const id = callId
    const isCallers = !supervised
    over(words.over)
    if (isCallers && BROKEN.has(cause)) tellFate(id, cause)
  })
  one.on("failed", () => over(words.missed))
  one.on("hold", ({ originator }) => { if (originator === "local") phase("held", words.held, true) })
  one.on("unhold", () => phase("talking", words.talking, true))
  hears(one, sound)
}

// No caller: the telephone is a supervisor's own, who asked to be at a talk. To whose, the server says.
async function isBrought(one) {
  const answer = await fetch(`/desk/supervises/${encodeURIComponent(supervised)}`).catch(() => null)
  if (!answer?.ok || one !== session) return
  const told = await answer.json()
  phase(call.dataset.phase, told[call.dataset.phase])
  alarm.textContent = head.textContent
}

// The telephone still has a call that Asterisk took from it meanwhile.
function isGivenUp(one) {
  if (one !== session) return
  const id = callId
  one.terminate()
  tellFate(id)
}

// What became of a call that was not there any more. Of an Asterisk that began anew the record tells it a moment later.
async function tellFate(id, cause) {
  const isOrphan = ORPHANS.has(cause)
  if (isOrphan) await own.isOrphaned()
  for (let left = cause && !isOrphan ? LOOKS : 1; left > 0; left -= 1) {
    const answer = await fetch(`/desk/call/${encodeURIComponent(id)}`).catch(() => null)
    const told = answer?.ok ? await answer.json() : {}
    if (told.ended || left === 1) { tell(told.ended ? words.broken : words.inFront); return }
    await new Promise((later) => setTimeout(later, 1000))
  }
}

// The head of the card is read when the cursor comes to it; who is there already is told.
function phase(name, text, isSpoken = false) {
  call.dataset.phase = name
  head.textContent = text
  if (isSpoken) alarm.textContent = ""
  document.title = document.title.replace(/^(\([^)]*\) )?/, `(${text}) `)
  show(text, name === "ringing" ? "red" : "blue", isSpoken)
}

function answer() {
  if (!session || session.isEstablished()) return
  rung.stop()
  lift(session, own.microphone())
}

function talks() {
  answeredAt = Date.now()
  call.classList.remove("rings")
  if (document.activeElement === buttons.answer) alarm.textContent = ""
  else alarm.textContent = supervised ? words.atTalk : words.talking
  if (supervised) {
    buttons.mute.hidden = false
    phase("talking", words.atTalk)
    away(buttons.answer, head)
    isBrought(session)
    return
  }
  buttons.hold.hidden = buttons.mute.hidden = buttons.pause.hidden = work.hidden = false
  phase("talking", words.talking)
  away(buttons.answer, head)
  own.note()
  guide.begin(callId)
  clock = setInterval(() => {
    const seconds = Math.floor(before + (Date.now() - answeredAt) / 1000)
    fact("timer").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
    long.tick(seconds)
    guide.tick()
  }, 1000)
  // Who answered is on record a moment later; then the number may be seen.
  for (const later of [1500, 3500]) setTimeout(() => { if (session) known.look() }, later)
  setTimeout(open.look, 4000)
}

function over(text) {
  clearInterval(clock)
  rung.stop()
  session = null
  held.over()
  answeredAt = 0
  kept.over()
  long.over()
  guide.over()
  const isTalk = text === words.over && !supervised
  const isAtIt = [call, find("progress")].some((part) => part.contains(document.activeElement))
  call.hidden = true
  if (isAtIt) (isTalk ? find("open-head") : wasAt()).focus()
  transfer.clear()
  book.clear()
  document.title = document.title.replace(/^\([^)]*\) /, "")
  alarm.textContent = ""
  if (!isTalk) tell(text)
  own.isFree(isTalk ? text : "")
  if (supervised) { supervised = ""; return }
  if (isTalk) afterwards.look()
  setTimeout(open.look, 2000)
}

// Where somebody was whom a ring took away that nobody answered.
const wasAt = () => left?.isConnected && left !== document.body ? left : find("duty-head")

// --- Deeds -----------------------------------------------------------------------------------------------

async function does(path, fields, id = callId) {
  try {
    tell((await post(`/desk/call/${encodeURIComponent(id)}/${path}`, fields)).said)
    return true
  } catch (error) {
    tell(error.message)
    return false
  }
}

for (const button of desk.querySelectorAll("[data-deed]")) {
  button.addEventListener("click", async () => {
    await does("do", { kind: button.dataset.deed, reason: button.textContent })
    guide.look()
  })
}

// --- Keys ------------------------------------------------------------------------------------------------

const way = (name) => desk.querySelector(`[data-way="${name}"]:not([hidden])`)?.click()
const press = {
  a: answer,
  h: held.press,
  m: () => buttons.mute.click(),
  e: hangUp,
  t: () => { if (!work.hidden) find("whom").select() },
  k: () => { if (!work.hidden) find("question").select() },
  r: () => { if (!work.hidden) buttons.pause.click() },
  j: () => way("join"),
  l: () => way("leave"),
  b: () => way("back"),
}
// On a Mac, and while a layout or an input method makes another sign of it, the key's place counts.
const letter = ({ key, code }) => (/^[a-z]$/i.test(key) ? key : code.replace(/^Key/, "")).toLowerCase()
addEventListener("keydown", (event) => {
  const key = event.altKey && !event.ctrlKey && letter(event)
  const deed = key === "d" ? afterwards.ready : session && press[key]
  if (deed) { event.preventDefault(); deed() }
})
buttons.answer.addEventListener("click", answer)
buttons.end.addEventListener("click", hangUp)
function hangUp() {
  if (guide.mayHangUp()) session?.terminate()
  else tell(words.mustNot)
}

afterwards.look(1)
own.comesBack()
