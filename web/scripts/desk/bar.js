// The call bar: shows how the desk stands, and nothing beside the state decides it. What changes is said once: by the
// head where the cursor is, or else aloud.
import { next, stands, START } from "./state.js"

export function bar({ desk, find, words, say, tell, away }) {
  const head = find("head"), call = find("call"), facts = find("facts"), rest = find("break"), reason = find("no-transfer")
  const buttons = [...find("bar").querySelectorAll("button[data-chord]")].filter((one) => one.closest("[data-deeds]"))
  const transfers = ["consult", "through"].map(find), panes = [...desk.querySelectorAll("button[data-pane]")]
  const [hold, mute, pause, end] = ["hold", "mute", "pause", "end"].map((name) => buttons.find((one) => one.dataset.chord === name))
  const title = document.title
  let state = { ...START, paused: desk.dataset.paused }, before = stands(state, words)

  // `isSaid`: nobody else says it.
  function happens(type, told = {}, isSaid = true) {
    const { call } = state
    state = next(state, { type, ...told })
    if (call && state.call && call.place !== state.call.place) tell("")  // what was said of a deed is over with it
    show(isSaid)
  }

  function show(isSaid) {
    const now = stands(state, words)
    const isNew = now.text !== before.text, cursor = document.activeElement
    desk.dataset.standing = now.name
    desk.dataset.pane = state.pane
    for (const one of panes) one.setAttribute("aria-pressed", String(one.dataset.pane === state.pane))
    desk.dataset.talks = state.call?.phase === "talking" && !state.call.supervised ? "yes" : ""
    call.hidden = facts.hidden = !state.call || Boolean(state.call.supervised)
    find("me").hidden = Boolean(state.call)
    if (isNew) {
      head.textContent = now.text
      document.title = state.call ? `(${now.text}) ${title}` : title
    }
    head.className = `state state--${now.kind}`
    for (const one of buttons) {
      if (now.buttons.includes(one.dataset.chord)) one.hidden = false
      else away(one, head)
    }
    rest.hidden = !now.buttons.includes("break")
    pressed(hold, state.call?.isHeld)
    pressed(mute, state.call?.isMuted)
    write(pause, state.call?.isPaused ? words.resume : words.pause)
    off(end, now.noHangUp)
    for (const one of transfers) off(one, now.noTransfer)
    write(reason, state.call && now.noTransfer !== words.noCall ? now.noTransfer : "")
    before = now
    const isRead = document.activeElement === head && cursor !== head
    if (isNew && isSaid && !isRead) say(now.text)
  }

  show(false)
  return { happens, state: () => state, now: () => stands(state, words) }
}

const write = (place, text) => { if (place.textContent !== text) place.textContent = text }
const pressed = (button, is) => button.setAttribute("aria-pressed", String(Boolean(is)))
// Off, but there, so that pressing it tells why.
const off = (button, why) => why ? button.setAttribute("aria-disabled", "true") : button.removeAttribute("aria-disabled")
