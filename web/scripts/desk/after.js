// After-call work: the server keeps it; here it is said once, and the seconds that are left are seen.
// So many looks without it, and there is none.
const TRIES = 8, SURE = 2

export function after({ find, words, post, state, tell, away }) {
  const [section, says, left, button] = ["after", "after-says", "after-left", "ready"].map(find)
  let clock = 0, ends = 0

  // The record of a talk is there a second or two after its end.
  async function look(tries = TRIES) {
    const answer = await fetch("/desk/after").catch(() => null)
    const told = answer?.ok ? await answer.json() : { left: 0 }
    if (answer?.ok && (told.paused || TRIES - tries >= SURE)) state(told.paused)
    if (told.left > 0) { show(told.left); return }
    hide()
    if (tries > 1) clock = setTimeout(() => look(tries - 1), 1000)
  }

  function show(seconds) {
    clearTimeout(clock)
    ends = Date.now() + seconds * 1000
    if (section.hidden) { section.hidden = false; says.textContent = words.chooseFirst }
    tick()
  }

  function tick() {
    const seconds = Math.ceil((ends - Date.now()) / 1000)
    left.textContent = Math.max(0, seconds)
    clock = setTimeout(seconds > 0 ? tick : () => look(3), 1000)
  }

  function hide() {
    clearTimeout(clock)
    away(section, find("duty-head"))
    says.textContent = ""
  }

  async function ready() {
    if (section.hidden) return
    try {
      tell((await post("/desk/ready")).said)
      look(1)
    } catch (error) {
      tell(error.message, says)
    }
  }

  button.addEventListener("click", ready)
  return { look, ready, hide }
}
