// Chords: Alt and one more key, or the leader's and one more, wherever the cursor is. The table comes with the page; what
// it says of each act is its handler (the element that bears the name is pressed, or takes the cursor), its
// `aria-keyshortcuts`, what stands on the button, and the line of the list. Each can be changed, for this browser.
const KEPT = "chords", HELP = "chords:help"
// Chromium's address bar and menus, Firefox's menus; digits are Chromium's tabs. Screen readers use Insert, Caps Lock
// and Orca also Alt+Shift, none of which is a chord here.
const BROWSERS = new Set("DEFSVBTH0123456789")
const FITS = /^'?[A-Z,.;/[\]\\=-]$/
const MODIFIERS = new Set(["Alt", "Shift", "Control", "Meta"])
const LONGEST = 4000
const FOCUSED = "input, button, a[href], select, textarea, summary, [tabindex]"
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
  const table = words.chords, leader = words.leader
  let keys = kept(), changing = "", first = "", waits = 0

  function kept() {
    const mine = JSON.parse(localStorage.getItem(KEPT) ?? "{}")
    return Object.fromEntries(table.map(({ name, key }) => [name, FITS.test(mine[name]) ? mine[name] : key]))
  }

  // Of several, as answers have each their own, the one that is in sight.
  function place(name) {
    const all = [...desk.querySelectorAll(`[data-chord="${name}"]`)]
    return all.find((one) => one.checkVisibility()) ?? all[0]
  }

  const spelt = (name) => `Alt+${[...keys[name]].join(" ")}`

  function press(name) {
    const at = place(name)
    if (!at) return
    const part = at.closest("[data-part]")
    if (part) shows(part.dataset.part)
    const fold = at.matches("summary") ? null : at.closest("details")
    if (fold?.checkVisibility()) fold.open = true
    if (at.matches("button")) { if (at.checkVisibility()) pressed(at); return }
    if (!at.checkVisibility()) return
    if (at.matches("summary")) at.parentElement.open = at.parentElement.contains(document.activeElement) ? !at.parentElement.open : true
    if (!at.matches(FOCUSED)) { at.querySelector(FOCUSED)?.focus(); return }
    at.focus()
    if (at.type === "checkbox") at.click()
    else if (!at.matches("textarea")) at.select?.()
  }

  // What cannot be pressed now says why, where the page says so.
  function pressed(button) {
    if (button.disabled) tell(document.getElementById(button.getAttribute("aria-describedby"))?.textContent ?? "")
    else button.click()
  }

  // The leader's key waits a moment for the second, which needs no Alt then.
  function begins() {
    rests()
    first = leader
    waits = setTimeout(() => { rests(); tell("") }, LONGEST)
  }

  function rests() {
    clearTimeout(waits)
    first = ""
  }

  function strokes(event) {
    const was = first
    rests()
    if (event.ctrlKey || event.shiftKey || event.metaKey || event.key === "Escape" || !was && !event.altKey) return ""
    return was + keyOf(event)
  }

  addEventListener("keydown", (event) => {
    if (changing) { change(event); return }
    if (MODIFIERS.has(event.key)) return
    if (!first && event.key === "?" && !event.altKey && !event.ctrlKey && !event.metaKey) { asks(event); return }
    const isSecond = Boolean(first), typed = strokes(event)
    const found = table.find(({ name }) => keys[name] === typed)
    if (typed === leader && !dialog.open) { begins(); tell(words.pressSecond) }
    else if (!isSecond && (!found || dialog.open && found.name !== "help")) return
    else if (isSecond) { tell(""); if (found) press(found.name) }
    else press(found.name)
    event.preventDefault()
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
      const shown = at.type === "checkbox" ? at.parentElement : at.labels?.[0] ?? at
      if (keys[name].length === 1) {
        at.setAttribute("aria-keyshortcuts", spelt(name))
        shown.dataset.keys = spelt(name)
      } else {  // two strokes are no `aria-keyshortcuts`, and would be too long for a button
        at.removeAttribute("aria-keyshortcuts")
        delete shown.dataset.keys
      }
    }
    body.replaceChildren(...table.filter(({ name, late }) => late || place(name)).map(line))
  }

  function line({ name, words: act }) {
    const row = document.createElement("tr"), head = document.createElement("th"), cell = document.createElement("td")
    const key = document.createElement("kbd"), last = document.createElement("td"), button = document.createElement("button")
    row.dataset.act = name
    Object.assign(head, { scope: "row", textContent: act })
    key.textContent = spelt(name)
    Object.assign(button, { type: "button", className: "plain", textContent: words.change })
    button.setAttribute("aria-label", `${words.change} ${act}`)
    button.addEventListener("click", () => { changing = name; tell(words.pressNew.replace("{act}", act).replace("{leader}", `Alt+${leader}`), told) })
    cell.append(key)
    last.append(button)
    row.append(head, cell, last)
    return row
  }

  function change(event) {
    if (MODIFIERS.has(event.key)) return
    const isSecond = Boolean(first)
    if (event.key === "Tab") { changing = ""; rests(); return }
    event.preventDefault()
    event.stopPropagation()
    const name = changing, key = first + keyOf(event), act = table.find((one) => one.name === name).words
    rests()
    if (event.key === "Escape") { changing = ""; tell(words.unchanged.replace("{act}", act), told); return }
    if (event.altKey && key === leader) { begins(); tell(words.pressSecond, told); return }
    const other = table.find((one) => one.name !== name && keys[one.name] === key), said = `Alt+${[...key].join(" ")}`
    if (!event.altKey && !isSecond || event.ctrlKey || event.shiftKey || !FITS.test(key)) tell(words.needsAlt, told)
    else if (BROWSERS.has(key.at(-1))) tell(words.browsers.replace("{keys}", said), told)
    else if (other) tell(words.conflict.replace("{keys}", said).replace("{act}", other.words), told)
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
