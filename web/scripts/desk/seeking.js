// A person, section or extension that is found while one types; arrows lead through the list, Enter takes the only one.
import { load } from "./loading.js"
import { folded } from "./similar.js"

const AFTER = 200, SHOWN = 8

// `chosen` hears whom; `looked`, of every search, for whom, how many surely fit, and all that were found.
export function seeking({ whom, hits, similar, count, words, chosen, looked = () => {} }) {
  const place = whom.closest("form, fieldset")
  let asking = 0, shown = ""

  function entry(hit) {
    const [line, button] = [document.createElement("li"), document.createElement("button")]
    button.type = "button"
    button.textContent = `${hit.extension} ${hit.name}（${hit.agency} ${hit.section}；${hit.match}）`
    button.addEventListener("click", () => choose(hit))
    line.append(button)
    return line
  }

  function choose(hit) {
    shows([])
    chosen(hit)
  }

  async function search() {
    clearTimeout(asking)
    const asked = whom.value
    const answer = await load(`/desk/who?q=${encodeURIComponent(asked)}`)
    if (asked !== whom.value) return []
    const found = answer?.ok ? await answer.json() : []
    shown = asked
    shows(found)
    const many = hits.children.length
    if (many) count.textContent = words.people.replace("{count}", many)
    else if (whom.value.trim()) count.textContent = found.length ? words.onlySimilar : words.nobody
    looked(whom.value.trim(), many)
    return found.filter((hit) => hit.sure)
  }

  function shows(found) {
    const [sure, near] = [found.filter((hit) => hit.sure), found.filter((hit) => !hit.sure)]
    hits.replaceChildren(...sure.slice(0, SHOWN).map(entry))
    similar.replaceChildren(...folded(near.length ? [list(near)] : [], words, !sure.length, near.length))
    count.textContent = ""
    looked("", 0)
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
    else place.querySelector(".hits button")?.focus()
  }

  // Up and down in the list; what is typed goes on in the field.
  function arrows(event) {
    const all = [...place.querySelectorAll(".hits button")].filter((one) => one.checkVisibility())
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key], at = all.indexOf(document.activeElement)
    if (!step || !all.length || event.altKey || at < 0 && event.target !== whom) return
    event.preventDefault();
    (all[at + step] ?? (step < 0 ? whom : all.at(-1))).focus()
  }

  whom.addEventListener("input", () => { clearTimeout(asking); if (whom.value !== shown) asking = setTimeout(search, AFTER) })
  whom.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return
    event.preventDefault()
    event.stopPropagation()
    enters()
  })
  place.addEventListener("keydown", arrows)
  return { clear() { clearTimeout(asking); shown = ""; shows([]) } }
}

// Where only who is found counts: what stands in the field is who was chosen, or words for which nobody is yet.
export function seekOne(part, words, next = null) {
  const [whom, chosen, sought] = ["whom", "chosen", "sought"].map((name) => part.querySelector(`[data-seek-${name}]`))
  const line = (tag, more) => Object.assign(document.createElement(tag), more)
  const count = line("p", { className: "govuk-hint", role: "status" })
  const hits = line("ul", { className: "govuk-list hits" }), similar = line("div")
  whom.after(count, hits, similar)
  seeking({
    whom, hits, similar, count, words,
    chosen(hit) {
      whom.value = sought.value = `${hit.extension} ${hit.name}（${hit.agency} ${hit.section}）`
      chosen.value = hit.extension
      ;(next ?? whom).focus()
    },
  })
}
