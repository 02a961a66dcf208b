// The desk's page: its parts by name, what it says by itself, and its deeds, which are given to the server.
import { load, soon } from "./loading.js"

export const desk = document.querySelector("[data-desk]")
export const words = JSON.parse(desk.dataset.words)
export const find = (name) => desk.querySelector(`[data-${name}]`)
export const fact = (name) => desk.querySelector(`[data-fact="${name}"]`)
const spoken = find("alert")

// What came of a deed, in sight. The same words twice are spoken twice.
const sayings = new WeakMap()
export function tell(text, line = find("said")) {
  clearTimeout(sayings.get(line))
  if (line.textContent !== text) { line.textContent = text; return }
  line.textContent = ""
  sayings.set(line, setTimeout(() => { line.textContent = text }, 50))
}

// What happened, for ears alone: it is in sight elsewhere. What comes at one moment is said as one.
let pending = []
export function say(text) {
  if (!text) return
  if (!pending.length) queueMicrotask(() => { if (pending.length) tell(pending.join(" "), spoken); pending = [] })
  pending.push(text)
}

export function hush() {
  pending = []
  tell("", spoken)
}

// A part that goes takes the cursor with it: who cannot see it reads on at another place.
export function away(part, place) {
  const isThere = part.contains(document.activeElement)
  part.hidden = true
  if (isThere) place.focus()
}

// Who is signed in no more is led to the door, which is no answer: nothing was done.
export async function post(path, fields = {}) {
  const answer = await sent(path, fields)
  if (answer.type === "opaqueredirect") throw Object.assign(new Error(words.signedOut), { status: 401 })
  const told = await answer.json().catch(() => null)
  if (!answer.ok || !told) throw Object.assign(new Error(told?.fault || words.failed), { status: answer.status, fields: told?.fields ?? {} })
  return told
}

async function sent(path, fields, again = true) {
  const answer = await fetch(path, {
    method: "POST",
    redirect: "manual",
    headers: { "X-csrf": desk.dataset.csrf },
    body: new URLSearchParams(fields),
    signal: soon(),
  }).catch(() => { throw new Error(words.failed) })
  return answer.status === 400 && again && await isKnownAgain() ? sent(path, fields, false) : answer
}

// The same agent has signed in anew in another tab: the forms of this page are those of the session that is over.
async function isKnownAgain() {
  const page = await (await load(location.pathname))?.text() ?? ""
  const fresh = new DOMParser().parseFromString(page, "text/html").querySelector("[data-desk]")
  if (fresh?.dataset.agent !== desk.dataset.agent) return false
  desk.dataset.csrf = fresh.dataset.csrf
  for (const field of document.querySelectorAll('input[name="csrf"]')) field.value = fresh.dataset.csrf
  return true
}
