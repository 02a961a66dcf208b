// A long list of names is shortened by what is typed above it: a name, an extension or a heading, in part.
for (const list of document.querySelectorAll("select[data-narrow]")) {
  const every = [...list.options].map((option) => ({
    option,
    heading: option.parentElement.label ?? "",
    words: `${option.text} ${option.parentElement.label ?? ""}`.toLowerCase(),
  }))
  const label = Object.assign(document.createElement("label"), {
    className: "govuk-hint narrow", htmlFor: `${list.id}-narrow`, textContent: list.dataset.narrow,
  })
  const typed = Object.assign(document.createElement("input"), {
    className: "govuk-input govuk-input--width-20 narrow", id: `${list.id}-narrow`, type: "search", autocomplete: "off",
  })
  const left = Object.assign(document.createElement("p"), { className: "govuk-hint narrow", role: "status" })

  // Options that were hidden would stay in some browsers' lists: they are taken out, under their headings again.
  const shorten = () => {
    const asked = typed.value.trim().toLowerCase().split(/\s+/)
    const kept = every.filter(({ option, words }) => option.selected || !option.value || asked.every((word) => words.includes(word)))
    const groups = new Map()
    for (const one of kept) groups.set(one.heading, [...(groups.get(one.heading) ?? []), one])
    list.replaceChildren(...[...groups].flatMap(([heading, some]) => {
      const options = some.map(({ option }) => option)
      if (!heading) return options
      const group = Object.assign(document.createElement("optgroup"), { label: heading })
      group.append(...options)
      return [group]
    }))
    const many = kept.filter(({ option }) => option.value).length
    left.textContent = typed.value.trim() ? list.dataset.left.replace("{count}", many) : ""
    return kept.filter(({ option }) => option.value && !option.selected)
  }
  typed.addEventListener("input", shorten)
  // Enter takes the only one that is left, and sends no form.
  typed.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return
    event.preventDefault()
    const [only, another] = shorten()
    if (only && !another) {
      only.option.selected = true
      list.dispatchEvent(new Event("change", { bubbles: true }))
    }
    list.focus()
  })
  list.before(label, typed, left)
}
