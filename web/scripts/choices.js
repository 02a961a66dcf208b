// A long list of names is shortened by what is typed above it: a name, an extension or a heading, in part.
const narrow = (list, words, shorten, take) => {
  const label = Object.assign(document.createElement("label"), {
    className: "govuk-hint narrow", htmlFor: `${list.id}-narrow`, textContent: words.narrow,
  })
  const typed = Object.assign(document.createElement("input"), {
    className: "govuk-input govuk-input--width-20 narrow", id: `${list.id}-narrow`, type: "search", autocomplete: "off",
  })
  const left = Object.assign(document.createElement("p"), { className: "govuk-hint narrow", role: "status" })
  const asked = () => typed.value.trim().toLowerCase().split(/\s+/)
  typed.addEventListener("input", () => {
    const many = shorten((text) => asked().every((word) => text.includes(word)))
    left.textContent = typed.value.trim() ? words.left.replace("{count}", many) : ""
  })
  // Enter takes what is left of the list, and sends no form.
  typed.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return
    event.preventDefault()
    take()
  })
  list.before(label, typed, left)
}

for (const list of document.querySelectorAll("select[data-narrow]")) {
  const every = [...list.options].map((option) => {
    const heading = option.parentElement.label ?? ""
    return { option, heading, words: `${option.text} ${heading}`.toLowerCase() }
  })
  // Options that were hidden would stay in some browsers' lists: they are taken out, and put under their headings again.
  const shorten = (fits) => {
    const kept = every.filter(({ option, words }) => option.selected || !option.value || fits(words))
    const groups = new Map()
    for (const { option, heading } of kept) groups.set(heading, [...(groups.get(heading) ?? []), option])
    list.replaceChildren(...[...groups].flatMap(([heading, options]) => {
      if (!heading) return options
      const group = Object.assign(document.createElement("optgroup"), { label: heading })
      group.append(...options)
      return [group]
    }))
    return kept.filter(({ option, words }) => option.value && fits(words)).length
  }
  narrow(list, list.dataset, shorten, () => {
    const [only, another] = [...list.options].filter((option) => option.value && !option.selected)
    if (only && !another) {
      only.selected = true
      list.dispatchEvent(new Event("change", { bubbles: true }))
    }
    list.focus()
  })
}

for (const boxes of document.querySelectorAll("[data-narrow]:not(select)")) {
  const every = [...boxes.children].map((item) => ({ item, box: item.querySelector("input"), words: item.textContent.toLowerCase() }))
  const shorten = (fits) => {
    for (const { item, box, words } of every) item.hidden = !box.checked && !fits(words)
    return every.filter(({ words }) => fits(words)).length
  }
  narrow(boxes, boxes.dataset, shorten, () => every.find(({ item, box }) => !item.hidden && !box.checked)?.box.focus())
}
