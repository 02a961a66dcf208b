// A difficult call as the server's rules see it: what to say, how often it was said, how long is left, and whether the
// call may be ended. Who hears nothing from the server may hang up, as with any telephone. Folded away until it counts.
import { load } from "./loading.js"

const SOON = 1_000, CALM = 4_000

export function guidance({ find, deed, happens }) {
  const [stands, given, remaining, folded] = ["stands", "given", "remaining", "difficult"].map(find)
  const words = [...folded.querySelectorAll("[data-wording]")]
  const none = remaining.textContent
  let call = "", turn = 0, timer = 0, told = null, due = 0, isForward = false

  async function look() {
    clearTimeout(timer)
    if (!call) return
    const mine = turn += 1
    const answer = await load(`/desk/call/${encodeURIComponent(call)}/guidance`)
    const fresh = answer?.ok ? await answer.json().catch(() => null) : null
    if (mine !== turn || !call) return
    told = fresh
    show()
    timer = setTimeout(look, told?.watched ? SOON : CALM)
  }

  function show() {
    happens("limits", { mayHangUp: told ? told.mayHangUp : true }, false)
    deed("failed").disabled = !told?.mayEnd
    if (!told) return
    if (stands.textContent !== told.says) stands.textContent = told.says
    given.textContent = told.given
    deed("no_topic").hidden = !told.listed
    due = told.left === null ? 0 : Date.now() + told.left * 1000
    for (const place of words) Object.assign(place, { textContent: told[place.dataset.wording], lang: told.language })
    if (told.listed || told.watched || told.given || due) forward()
    tick()
  }

  // In sight, and first of its pane; once a call, for who folds it again wants it so.
  function forward() {
    if (isForward) return
    isForward = folded.open = true
    folded.classList.add("forward")
  }

  function tick() {
    const seconds = Math.max(0, Math.ceil((due - Date.now()) / 1000))
    remaining.textContent = due ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` : none
  }

  function begin(id) {
    call = id
    look()
  }

  function over() {
    clearTimeout(timer)
    call = stands.textContent = ""
    told = null
    due = given.textContent = 0
    isForward = folded.open = false
    folded.classList.remove("forward")
    deed("failed").disabled = true
    tick()
  }

  return { begin, look, tick, over, forward }
}
