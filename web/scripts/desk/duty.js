// On duty: this page is the agent's telephone, until it signs off or another page takes over; back by itself after
// a break of the line or a reload.
import { goes, inherit, offDuty, onDuty } from "./left.js"
import { isStillThere, line } from "./line.js"
import { away, desk, find, post, show, words } from "./page.js"
const STAYS_EVERY = 30_000, TRIES_EVERY = 1_000, TRIES = 20
const isOf = (track, id) => (track.getSettings().deviceId ?? "").replace("default", "") === id

// Held while this page is the telephone: what stands left behind (left.js) is of a page that is no more, unless that
// page still lives, and this is a copy of its tab.
const LIVES = "desk"
// The agent is not at the caller any more. Asterisk still knows a call for some seconds that it gave up in a silence.
const GONE = new Set(["hunting", "through", "over"])

export function duty({ microphones, talk, rings }) {
  const [on, off, said, head, duty] = ["on", "off", "said", "head", "duty-head"].map(find)
  let account = null, agent = null, microphone = null, tries = 0, stays = 0, isLost = false, gone = "", release = null
  let isSigning = false

  const note = () => onDuty(desk.dataset.agent, talk.session()?.isEstablished() ? talk.callId() : "")

  async function signOn(left = {}) {
    if (isSigning) return
    isSigning = true
    show(words.signing, "blue")
    try {
      microphone = await microphones.open()
      account = await post("/desk/on", left)
    } catch (error) {
      isSigning = false
      show(error.name === "NotAllowedError" ? words.microphone : error.message, "red")
      return
    }
    tries = 0
    agent = line(account, { ready, again, lost, rings })
    stays = setInterval(stay, STAYS_EVERY)
  }

  function ready() {
    tries = 0
    isSigning = false
    off.hidden = false
    away(on, duty)
    if (!release) navigator.locks?.request(LIVES, () => new Promise((done) => { release = done }))
    if (!talk.session()) { idle(); note() }
    else if (isLost) isBack(talk.session())
    isLost = false
  }

  function lost() {
    if (!account) return
    isLost = true
    show(words.lost, "red")
    if (talk.session()?.isEstablished()) said.textContent = words.lostTalking
  }

  // A ring is over.
  function isBack(session) {
    if (!session.isEstablished()) { session.terminate(); return }
    isStillThere(session, async () => {
      if (await isGivenUp(talk.callId())) { talk.isGivenUp(session); return }
      if (talk.session() !== session) return
      said.textContent = words.restored
      show(head.textContent, "blue")
    })
  }

  async function isGivenUp(call) {
    const answer = call && await fetch(`/desk/call/${encodeURIComponent(call)}/now`).catch(() => null)
    return answer?.ok ? GONE.has((await answer.json()).place) : false
  }

  // On duty again by itself; the caller of a page that died is not kept waiting for it (see /desk/on).
  function comesBack() {
    if (!on) return
    navigator.locks?.request(LIVES, { ifAvailable: true }, async (isDead) => {
      const left = isDead ? inherit(desk.dataset.agent) : null
      if (left === null) return
      await signOn({ left: "yes" })
      if (left) said.textContent = words.cameBack
      const voice = new AudioContext()
      if (voice.state === "suspended") said.textContent = `${said.textContent} ${words.silent}`.trim()
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
      desk.dataset.paused = told.paused
      if (!talk.session()) idle()
    } catch (error) {
      if (error.status !== 409 && error.status !== 401) return
      gone = error.message
      if (!talk.session()) leave(gone)
    }
  }

  function idle() {
    if (words.restings[desk.dataset.paused]) show(words.restings[desk.dataset.paused], "yellow")
    else if (desk.dataset.paused) show(words.resting, "yellow")
    else show(words.waiting, "green")
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
    on.hidden = false
    away(off, on)
    show(text, text === words.off ? "grey" : "red")
  }

  async function signOff() {
    const { password } = account
    leave(words.off)
    await post("/desk/off", { secret: password }).catch(() => {})
  }

  // A talk is over; whether work follows it, the record tells a moment later.
  function isFree(text) {
    note()
    if (gone) leave(gone)
    else if (text) show(text, "blue")
    else idle()
  }

  function rests(paused) {
    desk.dataset.paused = paused
    if (!talk.session() && account) idle()
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
  return { comesBack, isFree, isOrphaned, microphone: () => microphone, note, rests, speaks }
}
