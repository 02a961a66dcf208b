// The interpreter's page: who waits, the session that runs, and the notes of what has ended. Who may do what now is told by
// the server; the page shows the buttons it names.
import { blames } from "./desk/blaming.js"
import { casework } from "./desk/casework.js"
import { chords } from "./desk/chords.js"
import { desk, find, post, tell, words } from "./desk/page.js"
import { relaying } from "./video/relay.js"
import { room } from "./video/room.js"

const EVERY = 1000, LONGEST = 6000, KINDS = ["green", "yellow", "blue", "red", "grey"]
const [head, says, line, many, nobody, interpreters] = ["head", "says", "line", "many", "nobody", "interpreters"].map(find)
const buttons = [...desk.querySelectorAll("[data-deed]")]
const write = (place, text) => { if (place.textContent !== text) place.textContent = text }
const { session } = desk.dataset

chords({ desk, find, words, tell, shows() {} })
if (session) {
  const mine = `video-${session}`
  casework({ find, words, post, tell, happens() {}, callId: () => mine, asks() {}, filed() {} }).begins(mine)
  const shows = relaying(desk.querySelector("[data-relay]"), { words, post })
  room({ part: desk, words, told: ({ relay }) => shows(relay), over: ended })
}

// --- The line ------------------------------------------------------------------------------------------------

async function look() {
  const answer = await fetch(desk.dataset.board, { signal: AbortSignal.timeout(LONGEST) }).catch(() => null)
  const seen = answer?.ok && !answer.redirected ? await answer.json().catch(() => null) : null
  if (seen) shows(seen)
  else write(find("said"), words.away)
  setTimeout(look, EVERY)
}

function shows(seen) {
  if (find("said").textContent === words.away) write(find("said"), "")
  // A session that was accepted in another tab of mine is shown here too.
  if (seen.session && String(seen.session) !== session) { location.reload(); return }
  if (!session) { write(head, seen.head); write(says, seen.says) }
  for (const one of KINDS) head.classList.toggle(`state--${one}`, one === seen.kind)
  for (const one of buttons) one.hidden = !seen.deeds.includes(one.dataset.deed)
  const had = line.children.length
  fill(line, seen.line)
  fill(interpreters, seen.interpreters)
  write(many, seen.line.length ? String(seen.line.length) : "")
  nobody.hidden = seen.line.length > 0
  document.title = seen.line.length ? `(${seen.line.length}) ${TITLE}` : TITLE
  if (seen.line.length > had && !session) tell(words.comes)
}

const TITLE = document.title

function fill(list, texts) {
  texts.forEach((text, place) => {
    const entry = list.children[place] ?? list.appendChild(document.createElement("li"))
    write(entry, text)
  })
  while (list.children.length > texts.length) list.lastChild.remove()
}

for (const one of buttons) {
  one.addEventListener("click", async () => {
    try {
      const { said, session: begun } = await post(`/video/${one.dataset.deed}`)
      if (begun) location.reload()
      else tell(said)
    } catch (error) { tell(error.message) }
  })
}

// --- What it was about ---------------------------------------------------------------------------------------

// The form is there while the session runs, so that much of it is filled in before it ends.
function ended() {
  const form = desk.querySelector("[data-running]")
  if (!form) return
  const button = form.querySelector("button")
  button.textContent = words.note
  button.classList.remove("govuk-button--warning")
}

for (const form of desk.querySelectorAll("[data-close]")) {
  const misuse = form.querySelector("[data-misuse]"), what = form.querySelector("[data-what]")
  misuse.addEventListener("change", () => { what.hidden = !misuse.checked })
  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    const fault = form.querySelector("[data-fault]")
    try {
      await post(form.dataset.close, [...new FormData(form)])
      location.reload()
    } catch (error) {
      if (!blames(form, error.fields)) tell(error.message, fault)
    }
  })
}

look()
