// After-call work: the server keeps it; here it is said once, and the seconds that are left are seen.
import { load } from "./loading.js"

// So many looks without it, and there is none.
const TRIES = 8, SURE = 2

export function after({ find, words, post, happens, tell, head, wraps }) {
  const [section, says, left, button] = ["after", "after-says", "after-left", "ready"].map(find)
  let clock = 0, ends = 0

  // The record of a talk is there a second or two after its end.
  async function look(tries = TRIES) {
    clearTimeout(clock)
    const answer = await load("/desk/after")
    const told = answer?.ok ? await answer.json() : { left: 0 }
    if (answer?.ok && (told.paused || TRIES - tries >= SURE)) happens("paused", { paused: told.paused })
    if (told.left > 0) { show(told); return }
    hide()
    if (tries > 1) clock = setTimeout(() => look(tries - 1), 1000)
  }

  function show(told) {
    ends = Date.now() + told.left * 1000
    if (section.hidden) {
      section.hidden = false
      happens("wraps-up", { wrapsUp: true })
      says.textContent = words.chooseFirst
    }
    if (told.call) wraps(told.call)
    tick()
  }

  function tick() {
    clearTimeout(clock)
    const seconds = Math.ceil((ends - Date.now()) / 1000)
    left.textContent = Math.max(0, seconds)
    clock = setTimeout(seconds > 0 ? tick : () => look(3), 1000)
  }

  function hide() {
    clearTimeout(clock)
    section.hidden = true
    says.textContent = ""
    happens("wraps-up", { wrapsUp: false })
  }

  button.addEventListener("click", async () => {
    try {
      tell((await post("/desk/ready")).said)
      head.focus()
      look(1)
    } catch (error) {
      tell(error.message, says)
    }
  })
  return { look, hide, isOn: () => !section.hidden }
}
