// Whom a caller is put through to: sought while typing, with the phones that would ring, for a reason.
import { people, progress } from "./progress.js"
import { folded } from "./similar.js"
const AFTER = 200, SHOWN = 8

export function putting({ find, words, does, away, callId, isTalking }) {
  const [whom, hits, similar, count, ask, extension, urgent, route, form] =
    ["whom", "hits", "hits-similar", "hit-count", "ask-who", "extension", "urgent", "route", "transfer"].map(find)
  const extensionForm = new RegExp(`^${extension.dataset.extension}$`)
  let asking = 0

  const way = progress({ find, words, does, away, sought(rungs) {
    people(find("for"), rungs, words)
  }, back(met) {
    if (!isTalking()) return
    if (met) { find("head").focus(); return }
    find("said").textContent = ""  // that the officer is called is true no more
    find("matter").focus()
  } })

  function entry(hit) {
    const [line, button] = [document.createElement("li"), document.createElement("button")]
    button.type = "button"
    button.textContent = `${hit.extension} ${hit.name}（${hit.agency} ${hit.section}；${hit.match}）`
    button.addEventListener("click", () => { extension.value = hit.extension; extension.focus(); shows([]); preview() })
    line.append(button)
    return line
  }

  async function search() {
    const asked = whom.value
    const answer = await fetch(`/desk/who?q=${encodeURIComponent(asked)}`)
    if (asked !== whom.value) return
    const found = answer.ok ? await answer.json() : []
    shows(found)
    if (hits.children.length) count.textContent = words.people.replace("{count}", hits.children.length)
    else if (whom.value.trim()) count.textContent = found.length ? words.onlySimilar : words.nobody
    ask.hidden = !whom.value.trim() || hits.children.length > 0
    ask.href = `${ask.href.split("?")[0]}?${new URLSearchParams({ question: whom.value.trim(), call: callId() })}`
  }

  function shows(found) {
    const [sure, near] = [found.filter((hit) => hit.sure), found.filter((hit) => !hit.sure)]
    hits.replaceChildren(...sure.slice(0, SHOWN).map(entry))
    similar.replaceChildren(...folded(near.length ? [list(near)] : [], words, !sure.length, near.length))
    count.textContent = ""
    ask.hidden = true
  }

  function list(found) {
    const lines = Object.assign(document.createElement("ul"), { className: "govuk-list hits" })
    lines.append(...found.map(entry))
    return lines
  }

  async function preview() {
    if (!extensionForm.test(extension.value)) { route.replaceChildren(); return }
    const answer = await fetch(`/desk/route?extension=${extension.value}&urgent=${urgent.checked ? "yes" : ""}`)
    const { rings, lines } = answer.ok ? await answer.json() : { rings: "", lines: [] }
    find("in-turn").textContent = rings
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
    shows([])
    route.replaceChildren()
    find("in-turn").textContent = ""
  }

  return { preview, clear }
}
