// The telephone call of a session: the interpreter rings and hangs up, the citizen sees who rings and says whether it may be
// recorded. How it stands comes with each answer of the server.
import { blames } from "../desk/blaming.js"
import { seekOne } from "../desk/seeking.js"

const AGAIN = 2000
const write = (place, text) => { if (place && place.textContent !== text) place.textContent = text }

function fill(list, texts) {
  if (list.children.length === texts.length && texts.every((text, place) => list.children[place].textContent === text)) return
  list.replaceChildren(...texts.map((text) => Object.assign(document.createElement("li"), { textContent: text })))
}

function shown(find, told) {
  write(find("says"), told.says)
  fill(find("rungs"), told.rungs)
  write(find("recording"), told.recording)
}

// On the interpreter's page; `post` sends a form and throws why it was refused.
export function relaying(part, { words, post }) {
  const find = (name) => part.querySelector(`[data-relay-${name}]`)
  const [form, agents, ask, ends, fault, promise] = ["ring", "agents", "ask", "hang-up", "fault", "promise"].map(find)
  const { path } = part.dataset
  const isPhone = () => part.querySelector("[data-telephone-off]")?.hidden === false
  const under = new Set()
  let stood = ""

  seekOne(form, words, form.querySelector("button"))

  // Who presses twice rings once; another deed waits for none: who rings in vain hangs up.
  async function does(at, fields, { place = form, rings = false } = {}) {
    if (under.has(at)) return
    under.add(at)
    blames(place)
    write(fault, "")
    write(find("said"), rings ? words.ringsOwn : "")
    try {
      write(find("said"), (await post(at, fields)).said)
    } catch (error) {
      write(find("said"), "")
      if (!blames(place, error.fields)) write(fault, error.message)
    }
    under.delete(at)
  }

  const telephone = () => isPhone() ? "page" : ""
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    form.elements.telephone.value = telephone()
    does(`${path}/relay`, [...new FormData(form)], { rings: true })
  })
  agents.addEventListener("click", () => does(`${path}/relay/agents`, { telephone: telephone() }, { rings: true }))
  ask.addEventListener("click", () => does(`${path}/relay/ask`))
  ends.addEventListener("click", () => does(`${path}/relay/hang-up`))
  promise.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault()
    does(`${path}/promise`, [...new FormData(event.target)], { place: event.target })
  })

  return function shows(told) {
    if (!told) return
    // How the call stands now says more than what was done before.
    if (told.says !== stood && !under.size) write(find("said"), "")
    stood = told.says
    shown(find, told)
    ends.hidden = !told.isUp
    for (const button of form.querySelectorAll(".actions button")) button.hidden = told.isUp
    promise.querySelector("[name=extension]").value = told.extension
    if (told.nobody && !promise.dataset.offered) promise.open = true
    promise.dataset.offered = told.nobody ? "yes" : ""
  }
}

// On the citizen's page.
export function relayTold(part, { words, post }) {
  const find = (name) => part.querySelector(`[data-relay-${name}]`)
  for (const button of part.querySelectorAll("[data-relay-answer]")) {
    button.addEventListener("click", async () => {
      button.disabled = true
      await answers(button.dataset.relayAnswer)
      button.disabled = false
    })
  }

  // A refusal gets lost with no network and no page of ours: it is sent until it is answered, or the session is over.
  async function answers(said) {
    for (;;) {
      const why = await post("recording", { said })
      const isLost = said === "refused" && why === words.notSent && part.closest("[data-state]").dataset.state === "active"
      write(find("fault"), isLost ? part.dataset.again : why)
      if (!isLost) return
      await new Promise((later) => setTimeout(later, AGAIN))
    }
  }

  return function shows(told) {
    part.hidden = !told
    if (!told) return
    shown(find, told)
    const asks = find("asks")
    if (asks.contains(document.activeElement) && !told.asks) part.querySelector("h2").focus()
    asks.hidden = !told.asks
    find("refuses").hidden = !told.mayRefuse
  }
}
