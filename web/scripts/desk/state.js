// How the desk stands: the one place that decides it. What happens is an event; bar, panes, title and what is spoken are
// read from the state, so that no two of them say different things. Pure: it knows neither page nor clock.
const CALL = {
  id: "", supervised: "", brought: null, phase: "ringing", isHeld: false, isMuted: false,
  place: "caller", says: "", officer: "", mayHangUp: true, isPaused: false, isStopped: false,
}
export const START = {
  duty: "off", trouble: "", isLost: false, paused: "", isOver: false, wrapsUp: false, call: null, pane: "book",
}

const inCall = (state, told) => state.call ? { ...state, call: { ...state.call, ...told } } : state

// The state after an event.
export function next(state, { type, ...told }) {
  switch (type) {
    case "signing": return { ...state, duty: "signing", trouble: "" }
    case "refused": case "left": return { ...state, duty: "off", trouble: told.trouble, isLost: false, isOver: false }
    case "registered": return { ...state, duty: "on", trouble: "", isLost: false }
    case "lost": return { ...state, isLost: true }
    case "restored": return { ...state, isLost: false }
    case "paused": return { ...state, paused: told.paused, isOver: false }
    case "wraps-up": return { ...state, wrapsUp: told.wrapsUp }
    case "rings": return { ...state, isOver: false, pane: "book", call: { ...CALL, id: told.id, supervised: told.supervised } }
    case "brought": return inCall(state, { brought: told.brought })
    case "answered": return inCall(state, { phase: "talking" })
    case "held": return inCall(state, { isHeld: told.isHeld })
    case "muted": return inCall(state, { isMuted: told.isMuted })
    case "recording": return inCall(state, { isPaused: told.isPaused, isStopped: told.isStopped })
    case "stands": return inCall(state, { place: told.place, says: told.says, officer: told.officer })
    case "limits": return inCall(state, { mayHangUp: told.mayHangUp })
    case "over": return { ...state, isOver: told.isTalk, call: null }
    case "pane": return { ...state, pane: told.pane }
  }
  throw new Error(type)
}

const AWAY = new Set(["ringing", "officer", "three"])
export const isAway = (call) => Boolean(call) && AWAY.has(call.place)
// The caller's line is gone, and ours is not: an officer who answered is at the other end.
const isLeft = ({ place }) => place === "over"

// What is read from it: its name, its sentence and colour, the buttons there are, and why some are off. What the middle
// pane shows (`pane`: the book, or the case) goes with no call, for a case is written on after its call.
export function stands(state, words) {
  const { call } = state
  if (!call) return { noTransfer: words.noCall, noHangUp: "", ...idle(state, words) }
  const told = { noTransfer: noTransfer(call, words), noHangUp: call.mayHangUp ? "" : words.mustNot }
  if (call.supervised) return { ...told, ...supervising(call, words) }
  if (call.phase === "ringing") return { ...told, name: "ringing", text: words.ringing, kind: "red", buttons: ["answer", "refuse"] }
  const so = talking(call, words)
  return { ...told, ...so, ...state.isLost && { text: so.text + words.lostToo, kind: "red" } }
}

function talking(call, words) {
  const always = call.isStopped ? ["mute", "end"] : ["mute", "pause", "end"]
  if (isLeft(call)) {
    const text = call.officer ? words.callerLeft.replace("{extension}", call.officer) : words.callerGone
    return { name: "left", text, kind: "red", buttons: ["mute", "end"] }
  }
  switch (call.place) {
    case "ringing": return { name: "asking", text: call.says, kind: "blue", buttons: ["back", ...always] }
    case "officer": return { name: "officer", text: call.says, kind: "blue", buttons: ["back", "join", "leave", ...always] }
    case "three": return { name: "three", text: call.says, kind: "blue", buttons: always }
  }
  const [name, text, kind] = call.isHeld ? ["held", words.held, "yellow"] : ["talking", words.talking, "blue"]
  return { name, text, kind, buttons: ["hold", ...always] }
}

function supervising(call, words) {
  const isRinging = call.phase === "ringing"
  const text = call.brought?.[call.phase] ?? (isRinging ? words.brought : words.atTalk)
  return { name: isRinging ? "ringing" : "supervising", text, kind: "blue", buttons: isRinging ? ["answer", "end"] : ["mute", "end"] }
}

function noTransfer(call, words) {
  if (call.phase === "ringing" || call.supervised) return words.noCall
  if (isLeft(call)) return words.callerLeftNoTransfer
  return isAway(call) ? words.backFirst : ""
}

function idle(state, words) {
  const { duty, trouble, paused } = state, ready = state.wrapsUp ? ["ready"] : []
  const rest = words.restings[paused] ?? (paused ? words.resting : "")
  if (duty === "signing") return { name: "off", text: words.signing, kind: "blue", buttons: ready }
  if (duty === "off") {
    const text = trouble || rest || words.off
    return { name: "off", text, kind: trouble ? "red" : rest ? "yellow" : "grey", buttons: [...ready, "on", "break"] }
  }
  const buttons = [...ready, "off", "break"]
  if (state.isLost) return { name: "lost", text: words.lost, kind: "red", buttons }
  if (state.isOver) return { name: "over", text: words.over, kind: "blue", buttons }
  if (rest) return { name: "resting", text: rest, kind: "yellow", buttons }
  return { name: "waiting", text: words.waiting, kind: "green", buttons }
}
