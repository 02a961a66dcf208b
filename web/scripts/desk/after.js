// After-call work: the server keeps it; here it is said once, and the seconds that are left are seen.
const TRIES = 8

export function after({ find, words, post, state }) {
  const [section, says, left, button] = ["after", "after-says", "after-left", "ready"].map(find)
  let clock = 0, ends = 0

  // The record of a talk is there a second or two after its end.
  async function look(tries = TRIES) {
    const answer = await fetch("/desk/after").catch(() => null)
    const told = answer?.ok ? await answer.json() : { left: 0 }
    if (answer?.ok) state(told.paused)
    if (told.left > 0) { show(told.left, told.paused); return }
    hide()
    if (tries > 1) clock = setTimeout(() => look(tries - 1), 1000)
  }

  function show(seconds, why) {
    clearTimeout(clock)
    ends = Date.now() + seconds * 1000
    if (section.hidden) says.textContent = `${words.restings[why] ?? ""} ${words.chooseFirst}`.trim()
    section.hidden = false
    tick()
  }

  function tick() {
    const seconds = Math.ceil((ends - Date.now()) / 1000)
    left.textContent = Math.max(0, seconds)
    clock = setTimeout(seconds > 0 ? tick : () => look(3), 1000)
  }

  function hide() {
    clearTimeout(clock)
    section.hidden = true
    says.textContent = ""
  }

  async function ready() {
    if (section.hidden) return
    try {
      find("said").textContent = (await post("/desk/ready")).said
      look(1)
    } catch (error) {
      says.textContent = error.message
    }
  }

  button.addEventListener("click", ready)
  return { look, ready, hide }
}
