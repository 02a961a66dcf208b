// On duty: this page is the agent's telephone, until it signs off or another page takes over; back by itself after
// a break of the line or a reload.
import { goes, inherit, offDuty, onDuty } from "./left.js"
import { isStillThere, line } from "./line.js"
import { load } from "./loading.js"
import { desk, find, post, tell, words } from "./page.js"

const STAYS_EVERY = 30_000, TRIES_EVERY = 1_000, TRIES = 20
const isOf = (track, id) => (track.getSettings().deviceId ?? "").replace("default", "") === id

// Held while this page is the telephone: what stands left behind (left.js) is of a page that is no more, unless that
// page still lives, and this is a copy of its tab.
const LIVES = "desk"
// The agent is not at the caller any more. Asterisk still knows a call for some seconds that it gave up in a silence.
const GONE = new Set(["hunting", "through", "over"])

export function duty({ microphones, talk, rings, happens }) {
  const [on, off] = ["on", "off"].map(find)
  let account = null, agent = null, microphone = null, tries = 0, stays = 0, isLost = false, gone = "", release = null
  let isSigning = false

  const note = () => onDuty(desk.dataset.agent, talk.session()?.isEstablished() ? talk.callId() : "")

  async function signOn(left = {}) {
    if (isSigning) return
    isSigning = true
    happens("signing")
    try {
      microphone = await microphones.open()
      account = await post("/desk/on", left)
    } catch (error) {
      isSigning = false
      happens("refused", { trouble: error.name === "NotAllowedError" ? words.microphone : error.message })
      return
    }
    tries = 0
    agent = line(account, { ready, again, lost, rings })
    stays = setInterval(stay, STAYS_EVERY)
  }

  function ready() {
    tries = 0
    isSigning = false
    happens("registered")
    if (!release) navigator.locks?.request(LIVES, () => new Promise((done) => { release = done }))
    if (!talk.session()) note()
    else if (isLost) isBack(talk.session())
    isLost = false
  }

  function lost() {
    if (!account) return
    isLost = true
    const isTalking = talk.session()?.isEstablished()
    happens("lost", {}, !isTalking)
    if (isTalking) tell(words.lostTalking)
  }

  // A ring is over.
  function isBack(session) {
    if (!session.isEstablished()) { session.terminate(); return }
    isStillThere(session, async () => {
      if (await isGivenUp(talk.callId())) { talk.isGivenUp(session); return }
      if (talk.session() !== session) return
      tell(words.restored)
    })
  }

  async function isGivenUp(call) {
    const answer = call && await load(`/desk/call/${encodeURIComponent(call)}/now`)
    return answer?.ok ? GONE.has((await answer.json()).place) : false
  }

  // On duty again by itself; the caller of a page that died is not kept waiting for it (see /desk/on).
  function comesBack() {
    if (!on) return
    navigator.locks?.request(LIVES, { ifAvailable: true }, async (isDead) => {
      const left = isDead ? inherit(desk.dataset.agent) : null
      if (left === null) return
      await signOn({ left: "yes" })
      const voice = new AudioContext()
      const told = [left && words.cameBack, voice.state === "suspended" && words.silent].filter(Boolean)
      if (told.length) tell(told.join(" "))
      voice.close()
    })
  }

  // Asterisk learns of a new page within a second or two; a password of another page it never takes.
  async function again() {
    tries += 1
    if (account && tries <= TRIES) { setTimeout(() => agent?.register(), TRIES_EVERY); return }
    if (account) await stay()
    // A talk goes on until its end, whoever took the telephone over.
    if (account && !(gone && talk.session())) leave(gone || words.taken)
  }

  // Another page took over, a supervisor signed the agent off, or the session is over: the server says which.
  async function stay() {
    try {
      const told = await post("/desk/stay", { secret: account.password })
      happens("paused", { paused: told.paused })
    } catch (error) {
      if (error.status !== 409 && error.status !== 401) return
      gone = error.message
      if (!talk.session()) leave(gone)
    }
  }

  function leave(text) {
    clearInterval(stays)
    agent?.stop()
    microphone?.getTracks().forEach((track) => track.stop())
    account = agent = microphone = null
    gone = ""
    isLost = false
    offDuty()
    release?.()
    release = null
    isSigning = false
    happens("left", { trouble: text })
  }

  async function signOff() {
    const { password } = account
    leave("")
    await post("/desk/off", { secret: password }).catch(() => {})
  }

  function isFree() {
    note()
    if (gone) leave(gone)
  }

  // With another microphone, also in the middle of a talk; what was muted stays so.
  async function speaks(id) {
    const [before] = microphone?.getAudioTracks() ?? []
    if (!before || before.readyState === "live" && isOf(before, id)) return
    microphone = await microphones.take(id)
    const [track] = microphone.getAudioTracks()
    const sender = talk.session()?.connection?.getSenders().find((one) => one.track?.kind === "audio")
    if (sender) {
      track.enabled = sender.track.enabled
      await sender.replaceTrack(track)
    }
    before.stop()
  }

  // Asterisk would keep the caller in silence until it misses our sound.
  async function isOrphaned() {
    if (account) await post("/desk/gone", { secret: account.password }).catch(() => {})
  }

  // Who loads the page anew has not hung up: the server brings the caller to the front of the queue.
  addEventListener("pagehide", () => {
    if (account) goes()
    const session = talk.session()
    if (session?.isEstablished() && !talk.supervised()) {
      const fields = { csrf: desk.dataset.csrf, secret: account.password }
      navigator.sendBeacon("/desk/gone", new URLSearchParams(fields))
    } else { session?.terminate(); agent?.stop() }
  })
  // Who comes back to the tab sees at once whether it is the telephone still.
  document.addEventListener("visibilitychange", () => { if (account && !document.hidden) stay() })
  on?.addEventListener("click", () => signOn())
  off?.addEventListener("click", signOff)
  return { comesBack, isFree, isOrphaned, microphone: () => microphone, note, speaks }
}
