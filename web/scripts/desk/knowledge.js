// The book of questions while a caller waits: answers are read on this page, and said whether they were enough.
import { folded } from "./similar.js"
const AFTER = 300

export function knowledge({ find, words, does, callId }) {
  const [form, field, found, answers, none, ask] = [
    "book", "question", "found", "answers", "unanswered", "ask",
  ].map(find)
  let asking = 0, last = ""

  function button(text, told) {
    const made = document.createElement("button")
    Object.assign(made, { type: "button", textContent: text, className: "govuk-button govuk-button--secondary" })
    made.addEventListener("click", () => does("answered", told))
    return made
  }

  function entry({ number, question, answer, match }) {
    const whole = document.createElement("details"), head = document.createElement("summary")
    const body = document.createElement("div"), text = document.createElement("p"), deeds = document.createElement("div")
    whole.className = "govuk-details"
    head.className = "govuk-details__summary"
    head.append(Object.assign(document.createElement("span"), { className: "govuk-details__summary-text", textContent: `${question}（${match}）` }))
    body.className = "govuk-details__text"
    Object.assign(text, { className: "govuk-body answer", textContent: answer })
    deeds.className = "actions"
    deeds.append(button(words.wasAnswered, { entry: number, answered: "yes" }), button(words.wasNot, { entry: number }))
    body.append(text, deeds)
    whole.append(head, body)
    return whole
  }

  async function search() {
    const asked = field.value.trim()
    if (asked === last) return
    last = asked
    const answer = asked && await fetch(`/desk/knowledge?q=${encodeURIComponent(asked)}`).catch(() => null)
    if (asked !== last) return
    const told = answer?.ok ? await answer.json() : []
    const [sure, similar] = [told.filter((one) => one.sure), told.filter((one) => !one.sure)]
    answers.replaceChildren(...sure.map(entry), ...folded(similar.map(entry), words, !sure.length))
    const first = answers.querySelector(".answer")
    if (first) first.closest("details").open = true
    found.textContent = !asked ? "" : sure.length ? words.found.replace("{count}", sure.length)
      : similar.length ? words.onlySimilar : words.noAnswer
    none.hidden = ask.hidden = !asked
    ask.href = `${ask.dataset.ask}?${new URLSearchParams({ question: asked, call: callId() })}`
  }

  field.addEventListener("input", () => { clearTimeout(asking); asking = setTimeout(search, AFTER) })
  form.addEventListener("submit", (event) => { event.preventDefault(); search() })
  none.addEventListener("click", () => does("answered", {}))
  return { search, clear() { form.reset(); search() } }
}
