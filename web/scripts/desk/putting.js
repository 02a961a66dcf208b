// Whom a caller is put through to: sought while typing, with the phones that would ring, for a reason.
import { people, progress } from "./progress.js"
const AFTER = 200, SHOWN = 8

export function putting({ find, words, does, callId, isTalking }) {
  const [whom, hits, extension, urgent, route, form] = ["whom", "hits", "extension", "urgent", "route", "transfer"].map(find)
  let asking = 0

  const way = progress({ find, words, does, sought(rungs) {
    people(find("for"), rungs, words)
  }, back(met) {
    if (met || !isTalking()) return
    find("said").textContent = ""  // that the officer is called is true no more
    find("matter").focus()
  } })

  function entry(hit) {
    const [line, button] = [document.createElement("li"), document.createElement("button")]
    button.type = "button"
    button.textContent = `${hit.extension} ${hit.name}（${hit.agency} ${hit.section}）`
    button.addEventListener("click", () => { extension.value = hit.extension; hits.replaceChildren(); preview() })
    line.append(button)
    return line
  }

  async function search() {
    const answer = await fetch(`/desk/who?q=${encodeURIComponent(whom.value)}`)
    const found = answer.ok ? await answer.json() : []
    hits.replaceChildren(...found.slice(0, SHOWN).map(entry))
    if (!found.length && whom.value.trim()) hits.textContent = words.nobody
  }

  async function preview() {
    if (!/^\d{2,6}$/.test(extension.value)) { route.replaceChildren(); return }
    const answer = await fetch(`/desk/route?extension=${extension.value}&urgent=${urgent.checked ? "yes" : ""}`)
    const lines = answer.ok ? await answer.json() : []
    route.replaceChildren(...lines.map((text) => Object.assign(document.createElement("li"), { textContent: text })))
  }

  whom.addEventListener("input", () => { clearTimeout(asking); asking = setTimeout(search, AFTER) })
  extension.addEventListener("change", preview)
  urgent.addEventListener("change", preview)
  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    const id = callId(), path = event.submitter?.value || "put-through"
    if (await does(path, Object.fromEntries(new FormData(event.target)))) way.watch(id)
  })
  find("callback").addEventListener("submit", (event) => {
    event.preventDefault()
    const told = Object.fromEntries(new FormData(event.target))
    does("callback", { ...told, extension: told.extension || extension.value })
  })

  function clear() {
    form.reset()
    find("callback").reset()
    hits.replaceChildren()
    route.replaceChildren()
  }

  return { preview, clear }
}
