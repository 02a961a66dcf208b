// Whom a caller is put through to: sought while typing, with the phones that would ring, for a reason.
import { load } from "./loading.js"
import { progress } from "./progress.js"
import { seeking } from "./seeking.js"

export function putting({ find, words, does, say, tell, happens, now, callId, sought, back }) {
  const [whom, hits, similar, count, ask, extension, urgent, route, form] =
    ["whom", "hits", "hits-similar", "hit-count", "ask-who", "extension", "urgent", "route", "transfer"].map(find)
  const extensionForm = new RegExp(`^${extension.dataset.extension}$`)

  const way = progress({ find, words, say, happens, isCurrent: (id) => id === callId(), sought, back })
  const list = seeking({
    whom, hits, similar, count, words,
    // Who is chosen is asked for a reason next.
    chosen(hit) {
      extension.value = hit.extension
      preview();
      (form.querySelector('[name="why"]:checked') ?? form.querySelector('[name="why"]')).focus()
    },
    looked(question, many) {
      ask.hidden = !question || many > 0
      ask.href = `${ask.href.split("?")[0]}?${new URLSearchParams({ question, call: callId() })}`
    },
  })

  async function preview() {
    if (!extensionForm.test(extension.value)) { route.replaceChildren(); find("in-turn").textContent = ""; return }
    const answer = await load(`/desk/route?extension=${extension.value}&urgent=${urgent.checked ? "yes" : ""}`)
    const { rings, lines } = answer?.ok ? await answer.json() : { rings: "", lines: [] }
    find("in-turn").textContent = rings
    route.replaceChildren(...lines.map((text) => Object.assign(document.createElement("li"), { textContent: text })))
    find("why-route").hidden = !lines.length
  }

  load("/desk/who?q=")  // the server makes its index before a caller waits for it
  extension.addEventListener("change", preview)
  urgent.addEventListener("change", preview)
  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    const { noTransfer } = now()
    if (noTransfer) { tell(noTransfer); return }
    const id = callId(), path = event.submitter?.value || "consult"
    if (await does(path, Object.fromEntries(new FormData(form)), id, { form })) way.watch(id)
  })
  for (const button of document.querySelectorAll("[data-way]")) {
    button.addEventListener("click", () => does("go-on", { way: button.dataset.way }, way.watched(), { isQuiet: true }))
  }

  function clear() {
    form.reset()
    list.clear()
    route.replaceChildren()
    find("why-route").hidden = true
    find("in-turn").textContent = ""
  }

  return { preview, clear, begins: way.clear, extension: () => extension.value }
}
