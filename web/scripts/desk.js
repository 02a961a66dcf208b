// The agents' desk: this page is the agent's telephone, shows who calls, and gives its deeds to the server.
import { after } from "./desk/after.js"
import { alerts } from "./desk/alerts.js"
import { bar } from "./desk/bar.js"
import { card } from "./desk/card.js"
import { casework } from "./desk/casework.js"
import { chords } from "./desk/chords.js"
import { closing } from "./desk/closing.js"
import { devices } from "./desk/devices.js"
import { digits } from "./desk/digits.js"
import { keep, restore } from "./desk/drafts.js"
import { duty } from "./desk/duty.js"
import { guidance } from "./desk/guidance.js"
import { holding } from "./desk/holding.js"
import { knowledge } from "./desk/knowledge.js"
import { blames } from "./desk/blaming.js"
import { BROKEN, DECLINED, hears, lift, ORPHANS } from "./desk/line.js"
import { load } from "./desk/loading.js"
import { away, desk, fact, find, hush, post, say, tell, words } from "./desk/page.js"
import { promising } from "./desk/promising.js"
import { putting } from "./desk/putting.js"
import { recording } from "./desk/recording.js"
import { ring } from "./desk/ring.js"
import { textLine } from "./desk/text_line.js"

const [head, work, asked, sound, bell] = ["head", "work", "book", "sound", "bell"].map(find)
const button = (name) => desk.querySelector(`[data-deeds] [data-chord="${name}"]`)
const LOOKS = 5

let session = null, answeredAt = 0, before = 0, clock = 0, left = null, isRefused = false

const { happens, state, now } = bar({ desk, find, words, say, tell, away })
const callId = () => state().call?.id ?? ""
const supervised = () => state().call?.supervised ?? ""
const talk = { session: () => session, callId, supervised, isGivenUp }
const rung = ring(bell)
const chosen = devices({ find, words, sound, bell, changed: (id) => own.speaks(id) })
const own = duty({ microphones: chosen, talk, rings, happens, now })
const known = card({ find, fact, words, callId, told(one) {
  kept.show(one.recording)
  before = one.talked
  if (one.listed) guide.forward()
  if (now().name === "ringing") tell([one.number, one.wanted, ...known.warnings()].join(words.and), find("alert"))
} })
const kept = recording({ find, fact, does, card: known.look, happens, state })
const open = closing({ find, post, tell, words, current: callId, done: (wasTop) => (wasTop && afterwards.isOn() ? button("ready") : head).focus() })
const afterwards = after({ find, words, post, happens, tell, head, wraps: (id) => { if (!session) open.wraps(id) } })
const book = knowledge({ find, words, does, callId })
const guide = guidance({ find, happens, deed: (kind) => desk.querySelector(`[data-deed="${kind}"]`) })
const long = alerts({ find, fact, words, minutes: desk.dataset.alerts, forward: guide.forward })
const promise = promising({
  find, words, does, card: known.look, extension: () => transfer.extension(), kept: () => keep(work, callId()),
})
const transfer = putting({
  find, words, does, say, tell, happens, now, callId, sought: promise.sought,
  back(met) { if (session && !met) { tell(""); promise.asks() } },
})
const held = holding({ hold: button("hold"), mute: button("mute"), session: talk.session, words, tell, happens })
const texts = textLine({ find, callId, post })
const written = casework({
  find, words, post, tell, happens, callId,
  asks(question) { happens("pane", { pane: "book" }, false); book.asks(question) },
  filed() { known.look(); open.look() },
})
const list = chords({ desk, find, words, tell, shows: (pane) => happens("pane", { pane }, false) })
digits(desk)
work.addEventListener("input", () => keep(work, callId()))
asked.addEventListener("input", () => { if (callId()) keep(asked, `book:${callId()}`) })

// --- A call ----------------------------------------------------------------------------------------------

function rings(one, header) {
  if (session) { one.terminate({ status_code: 486 }); return }
  session = one
  const id = header("X-Hotline-Call")
  left = document.activeElement
  before = 0
  isRefused = false
  list.close()
  tell("")
  hush()
  open.over()
  afterwards.hide()
  known.clear()
  transfer.begins()
  happens("rings", { id, supervised: header("X-Hotline-Supervises") }, left === head)
  if (supervised()) isBrought(one)
  else {
    known.look()
    if (restore(work, id)) transfer.preview()
    if (restore(asked, `book:${id}`)) book.search()
    written.begins(id)
  }
  rung.start()
  head.focus()
  one.on("accepted", talks)
  one.on("ended", ({ cause }) => {
    const isCallers = !supervised()
    over(true)
    if (isCallers && BROKEN.has(cause)) tellFate(id, cause)
  })
  one.on("failed", () => over(false, isRefused ? words.refusedCall : words.missed))
  held.of(one)
  hears(one, sound)
}

// No caller: the telephone is a supervisor's own, who asked to be at a talk. To whose, the server says.
async function isBrought(one) {
  const answer = await fetch(`/desk/supervises/${encodeURIComponent(supervised())}`).catch(() => null)
  if (!answer?.ok || one !== session) return
  const brought = await answer.json()
  if (one === session) happens("brought", { brought })
}

// The telephone still has a call that Asterisk took from it meanwhile.
function isGivenUp(one) {
  if (one !== session) return
  const id = callId()
  one.terminate()
  tellFate(id)
}

// What became of a call that was not there any more. Of an Asterisk that began anew the record tells it a moment later.
async function tellFate(id, cause) {
  const isOrphan = ORPHANS.has(cause)
  if (isOrphan) await own.isOrphaned()
  for (let looks = cause && !isOrphan ? LOOKS : 1; looks > 0; looks -= 1) {
    const answer = await load(`/desk/call/${encodeURIComponent(id)}`)
    const told = answer?.ok ? await answer.json() : {}
    if (told.ended || looks === 1) { tell(told.ended ? words.broken : words.inFront); return }
    await new Promise((later) => setTimeout(later, 1000))
  }
}

function answer() {
  if (!session || session.isEstablished()) return
  rung.stop()
  lift(session, own.microphone())
}

// The queue rings the next one, as for a phone that nobody answers.
function refuse() {
  if (!session || session.isEstablished()) return
  isRefused = true
  session.terminate(DECLINED)
}

function talks() {
  answeredAt = Date.now()
  if (document.activeElement === button("answer")) hush()
  happens("answered")
  if (supervised()) { isBrought(session); return }
  work.hidden = false
  own.note()
  texts.begin()
  guide.begin(callId())
  clock = setInterval(() => {
    const seconds = Math.floor(before + (Date.now() - answeredAt) / 1000)
    fact("timer").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
    long.tick(seconds)
    guide.tick()
  }, 1000)
  // Who answered is on record a moment later; then the number may be seen, and stands in the case.
  const one = session
  for (const later of [1500, 3500]) setTimeout(() => { if (session === one) { known.look(); written.begins(callId()) } }, later)
  setTimeout(() => { if (session === one) open.look() }, 4000)
}

function over(hasTalked, text = "") {
  clearInterval(clock)
  rung.stop()
  const id = callId(), isTalk = hasTalked && !supervised()
  session = null
  answeredAt = 0
  kept.over()
  long.over()
  guide.over()
  texts.over()
  hush()
  happens("over", { isTalk })
  work.hidden = true
  transfer.clear()
  promise.clear()
  book.clear()
  if (!isTalk) tell(text || words.over)
  own.isFree()
  if (isTalk) open.wraps(id)
  const at = document.activeElement
  if (!isTalk && find("bar").contains(at) || at === document.body || !at.checkVisibility()) {
    if (isTalk) hush()  // the head is read where the cursor is
    ;(isTalk ? head : wasAt()).focus()
  }
  if (isTalk) afterwards.look()
}

// Where somebody was whom a ring took away that nobody answered.
const wasAt = () => left?.isConnected && left !== document.body && left.checkVisibility() ? left : head

// --- Deeds -----------------------------------------------------------------------------------------------

// `isQuiet`: that it is done is told by how the desk stands then; `form`: what is wrong is said at its fields.
async function does(path, fields, id = callId(), { isQuiet = false, form = null } = {}) {
  try {
    const told = await post(`/desk/call/${encodeURIComponent(id)}/${path}`, fields)
    if (form) blames(form)
    if (!isQuiet) tell(told.said)
    return true
  } catch (error) {
    if (!(form && blames(form, error.fields))) tell(error.message)
    return false
  }
}

for (const one of desk.querySelectorAll("[data-deed]")) {
  one.addEventListener("click", async () => {
    await does("do", { kind: one.dataset.deed, reason: one.textContent })
    guide.look()
  })
}

function hangUp() {
  const { noHangUp } = now()
  if (noHangUp) tell(noHangUp)
  else session?.terminate()
}

// What lies over the panes goes by Escape, and the cursor is where it opened.
addEventListener("keydown", ({ key }) => {
  const open = key === "Escape" && document.activeElement?.closest(".instrument .menu[open], .pops[open]")
  if (!open) return
  open.open = false
  open.querySelector("summary").focus()
})

button("answer").addEventListener("click", answer)
button("refuse").addEventListener("click", refuse)
button("end").addEventListener("click", hangUp)

afterwards.look(1)
written.comesBack()
own.comesBack()
