// What the two write, and the photographs they show each other, in the order in which it came. What was written is text
// and nothing else, whatever stands in it. Where the page has a form for it, a photograph can be put into a case.
export function chat({ find, words, post, trouble }) {
  const log = find("log"), form = find("write"), field = form.elements.text, button = form.querySelector("button")
  const shown = new Set()

  function shows(messages) {
    const fresh = messages.filter(({ number, kind }) => kind !== "signal" && !shown.has(number))
    for (const one of fresh) {
      shown.add(one.number)
      log.append(line(one))
    }
    if (fresh.length) log.parentElement.scrollTo({ top: log.scrollHeight })
  }

  function line({ number, kind, text, mine, at, address }) {
    const entry = document.createElement("li")
    entry.dataset.kind = kind
    entry.dataset.by = mine ? "me" : "them"
    if (mine !== undefined) entry.append(Object.assign(document.createElement("strong"), { textContent: mine ? words.me : words.them }), " ")
    if (at) entry.append(Object.assign(document.createElement("span"), { className: "at", textContent: at }))
    entry.append(kind === "photo" ? picture(number, address) : Object.assign(document.createElement("p"), { textContent: text }))
    return entry
  }

  function picture(number, address) {
    const part = document.createElement("div")
    const link = Object.assign(document.createElement("a"), { href: address, target: "_blank", rel: "noopener" })
    const image = Object.assign(document.createElement("img"), { src: address, alt: words.photoAlt })
    image.addEventListener("load", () => log.parentElement.scrollTo({ top: log.scrollHeight }))
    link.append(image)
    part.append(link)
    const keeps = find("keep")?.content.cloneNode(true).firstElementChild
    if (keeps) part.append(keeping(keeps, number))
    return part
  }

  function keeping(keeps, number) {
    keeps.addEventListener("submit", async (event) => {
      event.preventDefault()
      const why = await post(`photos/${number}/case`, { case: keeps.elements.case.value })
      keeps.querySelector("[data-kept]").textContent = why || words.kept
      if (!why) keeps.querySelector("button").disabled = true
    })
    return keeps
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    const text = field.value.trim()
    if (!text || button.ariaDisabled === "true") return
    button.ariaDisabled = "true"
    const why = await post("message", { kind: "chat", text })
    button.ariaDisabled = null
    trouble(why)
    if (!why) field.value = ""
    field.focus()
  })
  // Enter sends, as everywhere where people write to each other; an input method's own Enter does not.
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return
    event.preventDefault()
    form.requestSubmit()
  })

  function opens(is) {
    field.disabled = !is
    button.disabled = !is
  }

  // What this page says among what was written.
  function notes(text) {
    log.append(line({ kind: "system", text }))
    log.parentElement.scrollTo({ top: log.scrollHeight })
  }

  // It ends with the session, here as at the server.
  function clear() {
    log.replaceChildren()
    form.reset()
  }

  return { shows, opens, notes, clear }
}
