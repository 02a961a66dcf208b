// Chords: Alt and one more key, wherever the cursor is. The table comes with the page; what it says of each act is its
// handler (the element that bears the name is pressed, or takes the cursor), its `aria-keyshortcuts`, what stands on the
// button, and the line of the list. Each can be changed, for this browser.
const KEPT = "chords", HELP = "chords:help"
// Chromium's address bar and menus, Firefox's menus; digits are Chromium's tabs. Screen readers use Insert, Caps Lock
// and Orca also Alt+Shift, none of which is a chord here.
const BROWSERS = new Set("DEFSVBTH0123456789")
const FITS = /^[A-Z,.;'/[\]\\=-]$/
const SIGNS = {
  Comma: ",", Period: ".", Semicolon: ";", Quote: "'", Slash: "/", BracketLeft: "[", BracketRight: "]", Backslash: "\\",
  Equal: "=", Minus: "-",
}

// On a Mac, and while a layout or an input method makes another sign of it, the key's place counts.
export function keyOf({ key, code }) {
  if (/^[a-z]$/i.test(key)) return key.toUpperCase()
  return code.startsWith("Key") ? code.slice(3) : SIGNS[code] ?? (code.startsWith("Digit") ? code.slice(5) : "")
}

export function chords({ desk, find, words, tell, shows }) {
  const dialog = find("chords"), body = find("chords-list"), told = find("chords-told"), help = find("chords-help")
  const table = words.chords
  let keys = kept(), changing = ""

  function kept() {
    const mine = JSON.parse(localStorage.getItem(KEPT) ?? "{}")
    return Object.fromEntries(table.map(({ name, key }) => [name, FITS.test(mine[name]) ? mine[name] : key]))
  }

  const place = (name) => desk.querySelector(`[data-chord="${name}"]`)
  const spelt = (name) => `Alt+${keys[name]}`

  function press(name) {
    const at = place(name)
    if (!at) return
    const part = at.closest("[data-part]")
    if (part) shows(part.dataset.part)
    if (at.matches("button")) { if (at.checkVisibility()) at.click(); return }
    if (!at.checkVisibility()) return
    if (at.matches("summary")) at.parentElement.open = at.parentElement.contains(document.activeElement) ? !at.parentElement.open : true
    at.focus()
    if (at.type === "checkbox") at.click()
    else if (!at.matches("textarea")) at.select?.()
  }

  addEventListener("keydown", (event) => {
    if (changing) { change(event); return }
    if (event.key === "?" && !event.altKey && !event.ctrlKey && !event.metaKey) { asks(event); return }
    if (!event.altKey || event.ctrlKey || event.shiftKey || event.metaKey) return
    const found = table.find(({ name }) => keys[name] === keyOf(event))
    if (!found || dialog.open && found.name !== "help") return
    event.preventDefault()
    press(found.name)
  })

  function asks(event) {
    const isText = event.target.matches?.('input:not([type="checkbox"], [type="radio"]), textarea, select, [contenteditable]')
    if (isText || !help.checked || dialog.open) return
    event.preventDefault()
    open()
  }

  // --- The list --------------------------------------------------------------------------------------------

  function show() {
    for (const { name } of table) {
      const at = place(name)
      if (!at) continue
      at.setAttribute("aria-keyshortcuts", spelt(name))
      const shown = at.type === "checkbox" ? at.parentElement : at.labels?.[0] ?? at
      shown.dataset.keys = spelt(name)
    }
    body.replaceChildren(...table.filter(({ name }) => place(name)).map(line))
  }

  function line({ name, words: act }) {
    const row = document.createElement("tr"), head = document.createElement("th"), cell = document.createElement("td")
    const key = document.createElement("kbd"), last = document.createElement("td"), button = document.createElement("button")
    row.dataset.act = name
    Object.assign(head, { scope: "row", textContent: act })
    key.textContent = spelt(name)
    Object.assign(button, { type: "button", className: "plain", textContent: words.change })
    button.setAttribute("aria-label", `${words.change} ${act}`)
    button.addEventListener("click", () => { changing = name; tell(words.pressNew.replace("{act}", act), told) })
    cell.append(key)
    last.append(button)
    row.append(head, cell, last)
    return row
  }

  function change(event) {
    if (["Alt", "Shift", "Control", "Meta"].includes(event.key)) return
    if (event.key === "Tab") { changing = ""; return }
    event.preventDefault()
    event.stopPropagation()
    const name = changing, key = keyOf(event), act = table.find((one) => one.name === name).words
    if (event.key === "Escape") { changing = ""; tell(words.unchanged.replace("{act}", act), told); return }
    const other = table.find((one) => one.name !== name && keys[one.name] === key)
    if (!event.altKey || event.ctrlKey || event.shiftKey || !FITS.test(key)) tell(words.needsAlt, told)
    else if (BROWSERS.has(key)) tell(words.browsers.replace("{keys}", `Alt+${key}`), told)
    else if (other) tell(words.conflict.replace("{keys}", `Alt+${key}`).replace("{act}", other.words), told)
    else { changing = ""; keep({ ...keys, [name]: key }); tell(words.changed.replace("{act}", act).replace("{keys}", spelt(name)), told); focusOn(name) }
  }

  const focusOn = (name) => body.querySelector(`[data-act="${name}"] button`).focus()

  function keep(given) {
    const mine = table.filter(({ name, key }) => given[name] !== key).map(({ name }) => [name, given[name]])
    if (mine.length) localStorage.setItem(KEPT, JSON.stringify(Object.fromEntries(mine)))
    else localStorage.removeItem(KEPT)
    keys = kept()
    show()
  }

  function open() {
    tell("", told)
    dialog.showModal()
  }

  function close() {
    changing = ""
    dialog.close()
  }

  dialog.addEventListener("cancel", (event) => { if (changing) event.preventDefault() })
  find("chords-open").addEventListener("click", () => dialog.open ? close() : open())
  find("chords-close").addEventListener("click", close)
  find("chords-reset").addEventListener("click", () => { keep({}); tell(words.resetDone, told) })
  help.checked = localStorage.getItem(HELP) !== "off"
  help.addEventListener("change", () => localStorage.setItem(HELP, help.checked ? "on" : "off"))
  show()
  return { close: () => { if (dialog.open) close() } }
}
