// Whom a caller is put through to: sought while typing, with the phones that would ring, for a reason.
import { progress } from "./progress.js"
import { folded } from "./similar.js"
const AFTER = 200, SHOWN = 8

export function putting({ find, words, does, say, tell, happens, now, callId, sought, back }) {
  const [whom, hits, similar, count, ask, extension, urgent, route, form] =
    ["whom", "hits", "hits-similar", "hit-count", "ask-who", "extension", "urgent", "route", "transfer"].map(find)
  const extensionForm = new RegExp(`^${extension.dataset.extension}$`)
  let asking = 0, shown = ""

  const way = progress({ find, words, say, happens, isCurrent: (id) => id === callId(), sought, back })

  function entry(hit) {
    const [line, button] = [document.createElement("li"), document.createElement("button")]
    button.type = "button"
    button.textContent = `${hit.extension} ${hit.name}（${hit.agency} ${hit.section}；${hit.match}）`
    button.addEventListener("click", () => choose(hit))
    line.append(button)
    return line
  }

  // Who is chosen is asked for a reason next.
  function choose(hit) {
    extension.value = hit.extension
    shows([])
    preview();
    (form.querySelector('[name="why"]:checked') ?? form.querySelector('[name="why"]')).focus()
  }

  async function search() {
    clearTimeout(asking)
    const asked = whom.value
    const answer = await fetch(`/desk/who?q=${encodeURIComponent(asked)}`).catch(() => null)
    if (asked !== whom.value) return []
    const found = answer?.ok ? await answer.json() : []
    shown = asked
    shows(found)
    if (hits.children.length) count.textContent = words.people.replace("{count}", hits.children.length)
    else if (whom.value.trim()) count.textContent = found.length ? words.onlySimilar : words.nobody
    ask.hidden = !whom.value.trim() || hits.children.length > 0
    ask.href = `${ask.href.split("?")[0]}?${new URLSearchParams({ question: whom.value.trim(), call: callId() })}`
    return found.filter((hit) => hit.sure)
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

  // The only one who fits is chosen by Enter; of several the cursor goes to the first.
  async function enters() {
    if (!whom.value.trim()) return
    const sure = await search()
    if (sure.length === 1) choose(sure[0])
    else form.querySelector(".hits button")?.focus()
  }

  async function preview() {
    if (!extensionForm.test(extension.value)) { route.replaceChildren(); find("in-turn").textContent = ""; return }
    const answer = await fetch(`/desk/route?extension=${extension.value}&urgent=${urgent.checked ? "yes" : ""}`).catch(() => null)
    const { rings, lines } = answer?.ok ? await answer.json() : { rings: "", lines: [] }
    find("in-turn").textContent = rings
    route.replaceChildren(...lines.map((text) => Object.assign(document.createElement("li"), { textContent: text })))
    find("why-route").hidden = !lines.length
  }

  // Up and down in the list; what is typed goes on in the field.
  function arrows(event) {
    const all = [...form.querySelectorAll(".hits button")].filter((one) => one.checkVisibility())
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key], at = all.indexOf(document.activeElement)
    if (!step || !all.length || event.altKey || at < 0 && event.target !== whom) return
    event.preventDefault();
    (all[at + step] ?? (step < 0 ? whom : all.at(-1))).focus()
  }

  fetch("/desk/who?q=").catch(() => null)  // the server makes its index before a caller waits for it
  whom.addEventListener("input", () => { clearTimeout(asking); if (whom.value !== shown) asking = setTimeout(search, AFTER) })
  whom.addEventListener("keydown", (event) => { if (event.key === "Enter" && !event.isComposing) { event.preventDefault(); enters() } })
  form.addEventListener("keydown", arrows)
  extension.addEventListener("change", preview)
  urgent.addEventListener("change", preview)
  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    const { noTransfer } = now()
    if (noTransfer) { tell(noTransfer); return }
    const id = callId(), path = event.submitter?.value || "consult"
    if (await does(path, Object.fromEntries(new FormData(form)))) way.watch(id)
  })
  for (const button of document.querySelectorAll("[data-way]")) {
    button.addEventListener("click", () => does("go-on", { way: button.dataset.way }, way.watched(), true))
  }

  function clear() {
    form.reset()
    shows([])
    route.replaceChildren()
    find("why-route").hidden = true
    find("in-turn").textContent = ""
    shown = ""
  }

  return { preview, clear, begins: way.clear, extension: () => extension.value }
}
