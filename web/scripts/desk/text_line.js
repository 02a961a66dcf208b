// Texts between this agent and a citizen whose telephone is a page. Other callers have none, and nothing is asked for them.
import { load } from "./loading.js"

const EVERY = 700

export function textLine({ find, callId, post }) {
  const [section, log, form, fault, put] = ["text-line", "texts", "text-form", "text-fault", "text-put"].map(find)
  let of = "", read = 0, clock = 0

  const path = (id) => `/desk/call/${encodeURIComponent(id)}/text`

  // A talk begins: is there a page at its other end?
  function begin() {
    over()
    of = callId()
    look(of)
  }

  async function look(id) {
    clearTimeout(clock)
    const answer = await load(`${path(id)}?after=${read}`)
    if (id !== of) return
    const told = answer?.ok ? await answer.json() : null
    if (id !== of || told && !told.open) return
    for (const one of told?.texts ?? []) if (one.number > read) { read = one.number; add(one) }
    if (told) section.hidden = false
    clock = setTimeout(() => look(id), EVERY)
  }

  function add({ by, text }) {
    const entry = document.createElement("li")
    entry.append(Object.assign(document.createElement("strong"), { textContent: section.dataset[by] }), " ", text)
    entry.dataset.by = by
    log.append(entry)
    entry.scrollIntoView({ block: "nearest" })
    put.hidden = false
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    const field = form.elements.text
    if (!field.value.trim()) return
    fault.textContent = ""
    try {
      await post(path(of), { text: field.value })
      field.value = ""
      look(of)
    } catch (error) {
      fault.textContent = error.message
    }
  })

  // Only what the agent puts into the matter of a promise stays.
  put.addEventListener("click", () => {
    const field = find("matter")
    const written = [...log.children].map((entry) => entry.textContent)
    field.value = [field.value, ...written].filter(Boolean).join(section.dataset.join)
    field.dispatchEvent(new Event("input", { bubbles: true }))
    field.focus()
  })

  // The talk is over, and with it all that was not put into a promise.
  function over() {
    clearTimeout(clock)
    of = ""
    read = 0
    log.replaceChildren()
    form.reset()
    fault.textContent = ""
    section.hidden = put.hidden = true
  }

  return { begin, over }
}
