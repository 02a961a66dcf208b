// Who calls and what is known of them, as the server tells it for a call.
import { load } from "./loading.js"

const TRIES = 5, AGAIN = 400
const FACTS = ["number", "language", "waited", "pressed", "timer", "recording", "promises", "earlier"]

export function card({ find, fact, words, callId, told }) {
  const [listed, askedNumber, taken, atIt] = ["listed", "asked-number", "taken", "at-it"].map(find)
  const feedback = find("feedback")

  function list(name, lines) {
    if (!lines.length) { fact(name).textContent = words.none; return }
    fact(name).replaceChildren(...lines.map(([text, href]) => {
      const line = document.createElement("div")
      if (!href) { line.textContent = text; return line }
      const link = document.createElement("a")
      Object.assign(link, { textContent: text, href, target: "_blank", className: "govuk-link" })
      line.append(link)
      return line
    }))
  }

  function fill(known) {
    if (known.id !== callId()) return
    fact("number").textContent = known.number
    fact("language").textContent = known.wanted === known.language ? known.language : `${known.wanted} (${known.language})`
    fact("waited").textContent = `${known.waited} ${words.second}`
    fact("pressed").textContent = known.pressed.join(" → ")
    if (feedback) feedback.href = `${feedback.dataset.feedback}?${new URLSearchParams({ call: known.id })}`
    listed.hidden = !known.listed
    askedNumber.hidden = !known.asks_number
    taken.hidden = !known.at_it.length
    atIt.textContent = known.at_it.join(" ")
    list("promises", known.promises.map((one) => [`${one.due} ${one.matter}`, `/callbacks/${one.id}`]))
    list("earlier", [
      ...known.cases.map((one) => [`${one.number} ${one.text}`, one.address]),
      ...known.earlier.map((one) => [`${one.at} ${one.service} ${one.agent}`]),
    ])
    told(known)
  }

  async function look() {
    const asked = callId()
    for (let n = 0; n < TRIES && asked === callId(); n += 1) {
      const answer = await load(`/desk/call/${encodeURIComponent(asked)}`)
      if (answer?.ok) { fill(await answer.json()); return }
      fact("number").textContent = words.notUp
      await new Promise((ready) => setTimeout(ready, AGAIN))
    }
  }

  function clear() {
    for (const name of FACTS) fact(name).textContent = ""
    listed.hidden = askedNumber.hidden = taken.hidden = true
  }

  // What must be known before the answer is heard with the ring.
  const warnings = () => [listed.hidden ? "" : words.listed, taken.hidden ? "" : atIt.textContent].filter(Boolean)

  return { look, clear, warnings }
}
