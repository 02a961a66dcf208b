// The book of questions while a caller waits: answers are read on this page, and said whether they were enough.
import { load } from "./loading.js"
import { folded } from "./similar.js"

const AFTER = 300

export function knowledge({ find, words, does, callId }) {
  const [form, field, found, answers, none, ask] = [
    "book", "question", "found", "answers", "unanswered", "ask",
  ].map(find)
  let asking = 0, last = "", looking = Promise.resolve()

  function button(text, told, digit, chord) {
    const made = document.createElement("button")
    Object.assign(made, { type: "button", textContent: text, className: "govuk-button govuk-button--secondary" })
    Object.assign(made.dataset, { digit, shows: digit, chord })
    made.classList.add("in-talk")
    made.addEventListener("click", () => does("answered", told))
    return made
  }

  function entry({ number, question, answer, match }) {
    const whole = document.createElement("details"), head = document.createElement("summary")
    const body = document.createElement("div"), text = document.createElement("p"), deeds = document.createElement("div")
    whole.className = "govuk-details"
    whole.dataset.digits = ""
    head.className = "govuk-details__summary"
    head.append(Object.assign(document.createElement("span"), { className: "govuk-details__summary-text", textContent: `${question}（${match}）` }))
    body.className = "govuk-details__text"
    Object.assign(text, { className: "govuk-body answer", textContent: answer, tabIndex: -1 })
    deeds.className = "actions"
    deeds.append(button(words.wasAnswered, { entry: number, answered: "yes" }, 1, "answered"), button(words.wasNot, { entry: number }, 2, "not-answered"))
    body.append(text, deeds)
    whole.append(head, body)
    return whole
  }

  async function search() {
    clearTimeout(asking)
    const asked = field.value.trim()
    if (asked === last) return
    last = asked
    const answer = asked && await load(`/desk/knowledge?q=${encodeURIComponent(asked)}`)
    if (asked !== last) return
    const told = answer?.ok ? await answer.json() : []
    const [sure, similar] = [told.filter((one) => one.sure), told.filter((one) => !one.sure)]
    answers.replaceChildren(...sure.map(entry), ...folded(similar.map(entry), words, !sure.length))
    const first = answers.querySelector(".answer")
    if (first) first.closest("details").open = true
    found.textContent = !asked ? "" : sure.length ? words.found.replace("{count}", sure.length)
      : similar.length ? words.onlySimilar : words.noAnswer
    none.parentElement.hidden = !asked
    ask.href = `${ask.dataset.ask}?${new URLSearchParams({ question: asked, call: callId() })}`
  }

  const searched = () => { looking = looking.then(search, search); return looking }

  // Enter reads the best answer; a digit then says whether it was enough.
  async function reads() {
    await searched()
    const first = answers.querySelector(".answer") ?? (none.checkVisibility() ? none : null)
    if (field === document.activeElement) first?.focus()
  }

  load("/desk/knowledge?q=")  // the server makes its index before a caller waits for it
  field.addEventListener("input", () => { clearTimeout(asking); asking = setTimeout(searched, AFTER) })
  form.addEventListener("submit", (event) => { event.preventDefault(); reads() })
  none.addEventListener("click", () => does("answered", {}))
  return {
    search: searched,
    asks(question) { field.value = question; field.focus(); reads() },
    clear() { form.reset(); searched() },
  }
}
