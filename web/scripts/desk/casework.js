// A case while the caller talks. What is typed is a draft on the server, saved as it stands; the server proposes and
// examines, and what a person must decide stands below the fields. Enter leads on: matter, place, name, decision, file.
import { blames } from "./blaming.js"
import { forget, keep, restore } from "./drafts.js"
import { load } from "./loading.js"
import { seekOne } from "./seeking.js"

const AFTER = 600, AGAIN = 3000, EVERY = 2000, CHANGED = 409
const CHAIN = ["matter", "place", "name"]
// What the server proposes until a person chooses.
const PROPOSED = ["category", "agency", "is_safety", "reply_way"]

export function casework({ find, words, post, tell, happens, callId, asks, filed }) {
  const [form, about, questions, place, entries, saved, decisions, ready, done, number, says, others, mark] = [
    "case-form", "case-about", "case-questions", "case-place", "case-entries", "case-saved", "decisions", "case-ready", "filed",
    "filed-number", "filed-says", "case-drafts", "case-mark",
  ].map(find)
  const notify = notifying({ find, words, post, tell, look: () => saves(), draft: () => fields.case.value, talks: callId })
  const fields = form.elements, all = fields.category.innerHTML, kept = () => `case:${fields.call.value}`
  let waits = 0, wrong = null, isNew = true, saving = Promise.resolve(true), changed = 0, sent = 0, turn = 0, byHand = new Set()

  // --- What is typed ---------------------------------------------------------------------------------------

  function typed({ target }) {
    if (target.closest("[data-notifying]")) return
    changed += 1
    if (target.matches("[aria-invalid]")) blames(form)
    if (target.name === "place") fields.district.value = ""  // the new place may say its own
    if (target.name === "phone" || PROPOSED.includes(target.name)) byHand.add(target.name)
    keep(form, kept())
    shows()
    clearTimeout(waits)
    waits = setTimeout(saves, AFTER)
  }

  const saves = () => { clearTimeout(waits); saving = saving.then(save, save); return saving }

  // What cannot be saved stays here, and is sent again until it can.
  async function save() {
    const mine = changed, call = fields.call.value
    if (!fields.matter.value.trim() && !fields.case.value) return false
    try {
      const told = await post("/desk/case", [...new FormData(form), ...[...byHand].map((name) => ["by_hand", name])])
      if (call !== fields.call.value) return false
      sent = mine
      takes(told)
      wrong = null
      return true
    } catch (error) {
      wrong = error
      if (call !== fields.call.value) return false
      tell(error.message, saved)
      if (error.status === CHANGED) await renews()
      if (!error.status) { clearTimeout(waits); waits = setTimeout(saves, AGAIN) }
      return false
    }
  }

  // Somebody changed the draft in another tab, and this one was told: what is typed here is what is saved next.
  async function renews() {
    const told = await looks(null, fields.case.value)
    if (told?.draft) fields.version.value = told.draft.version
  }

  // What the server makes of it. A field that was changed meanwhile, or has the cursor, stays as it is.
  function takes(told, isKept = true) {
    fields.case.value = told.id
    fields.version.value = told.version
    find("give-up").hidden = false
    form.dataset.kind = told.kind
    offers(fields.category, told.categories)
    for (const [name, value] of Object.entries(told.fields)) {
      const field = fields[name]
      if (!field || sent !== changed || field === document.activeElement) continue
      if (field.type === "checkbox") field.checked = value
      else field.value = value
    }
    for (const [line, text] of [[about, told.about], [place, told.place], [ready, told.ready], [saved, told.saved]]) {
      if (line.textContent !== text) tell(text, line)
    }
    questions.textContent = told.questions
    questions.hidden = !told.questions
    entries.replaceChildren(...told.entries.map(entry))
    entries.hidden = !told.entries.length
    find("asks-district").hidden = !told.asks_district
    decides(told.decisions)
    notify.shows(told.notify)
    shows()
    if (isKept && sent === changed) keep(form, kept())
  }

  function offers(select, groups) {
    const text = JSON.stringify(groups)
    if (select.dataset.offered === text) return
    const chosen = select.value
    select.replaceChildren(...groups.map(({ label, options }) => {
      const made = options.map(([value, words]) => new Option(words, value))
      if (!label) return made
      const group = Object.assign(document.createElement("optgroup"), { label })
      group.append(...made)
      return [group]
    }).flat())
    select.value = chosen
    select.dataset.offered = text
  }

  function entry({ number, question }) {
    const button = document.createElement("button")
    Object.assign(button, { type: "button", className: "plain", textContent: question })
    button.addEventListener("click", () => asks(question, number))
    return button
  }

  // What must be decided: sent as a part of the page; what was chosen of it already stays chosen.
  function decides(html) {
    const sentNow = Object.assign(document.createElement("template"), { innerHTML: html })
    if (decisions.dataset.shown === html) return
    const chosen = new Map([...decisions.querySelectorAll("input:checked")].map((one) => [one.name, one.value]))
    const at = decisions.contains(document.activeElement) ? document.activeElement.id : ""
    decisions.replaceChildren(sentNow.content)
    decisions.dataset.shown = html
    for (const one of decisions.querySelectorAll("input")) one.checked = chosen.get(one.name) === one.value
    if (at) document.getElementById(at)?.focus()
  }

  // Fields that only some cases have.
  function shows() {
    find("asks-letter").hidden = fields.reply_way.value !== "letter"
    find("asks-agency").hidden = Boolean(fields.category.value)
    find("asks-subtype").hidden = form.dataset.kind !== "petition"
    find("notifying").hidden = !fields.kind.checked
  }

  // --- Enter leads on --------------------------------------------------------------------------------------

  form.addEventListener("keydown", (event) => {
    const { key, target } = event
    if (key !== "Enter" || event.shiftKey || event.isComposing || target.matches("button, a, summary")) return
    event.preventDefault()
    if (!target.closest("[data-notifying]")) leads(target)
  })

  // To the next empty field at once, for who types on does not wait; else to what the server says is to be decided.
  async function leads(from) {
    const at = CHAIN.indexOf(from.name)
    const next = at >= 0 && CHAIN.slice(at + 1).map((name) => fields[name]).find((one) => !one.value)
    if (next) next.focus()
    if (!await saves() || next || document.activeElement !== from) return
    comes()
  }

  const undecided = () => [...decisions.querySelectorAll("[data-decision]")].find((one) => !one.querySelector("input:checked"))
    ?.querySelector("input, button, a")

  // To what is to be decided, all of it in sight, else to the button that files.
  function comes() {
    const at = undecided() ?? find("file")
    at.focus()
    at.closest("[data-decision]")?.scrollIntoView({ block: "nearest" })
  }

  // --- Filing ----------------------------------------------------------------------------------------------

  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    blames(form)
    find("case-fault").textContent = ""
    if (!await saves()) { if (wrong) refuses(wrong); return }
    find("file").disabled = true
    try {
      const told = await post(`/desk/case/${fields.case.value}/file`, [...new FormData(form)])
      forget(kept())
      blank(fields.call.value)
      find("filed-what").textContent = told.head
      number.textContent = told.number
      says.textContent = told.says
      tell(told.said)
      opens(told.address)
      form.hidden = true
      done.hidden = false
      find("filed-head").focus()
      filed()
      looks("")
    } catch (error) {
      await saves()
      if (!refuses(error)) comes()
    }
    find("file").disabled = false
  })

  // What keeps it from being filed stands at the fields that it is about, which are in sight; else below the button.
  function refuses({ message, fields: faults = {} }) {
    const [shown, hidden] = [[], []]
    for (const [name, text] of Object.entries(faults)) (fields[name] && !fields[name].closest("[hidden]") ? shown : hidden).push([name, text])
    for (const [name] of shown) fields[name].closest("details")?.setAttribute("open", "")
    const isShown = blames(form, Object.fromEntries(shown)) && !hidden.length
    if (!isShown) tell(message, find("case-fault"))
    return isShown
  }

  const opens = (address) => {
    find("filed-link").hidden = !address
    find("filed-link").href = address
  }

  function blank(call) {
    clearTimeout(waits)
    changed = sent = 0
    isNew = true
    byHand = new Set()
    fields.category.innerHTML = all
    delete fields.category.dataset.offered
    form.reset()
    form.dataset.kind = ""
    find("give-up").hidden = true
    for (const name of ["case", "version"]) fields[name].value = ""
    fields.call.value = call
    blames(form)
    for (const line of [about, place, ready, saved, find("case-fault")]) line.textContent = ""
    for (const part of [questions, entries, decisions]) part.textContent = ""
    questions.hidden = entries.hidden = find("asks-district").hidden = true
    delete decisions.dataset.shown
    notify.shows(null)
    form.hidden = false
    done.hidden = true
    shows()
  }

  // --- Drafts ----------------------------------------------------------------------------------------------

  // The draft of a call, or else the latest of one's own; what this page still had of it and the server not goes before.
  async function looks(call = null, id = "") {
    const asked = new URLSearchParams({ ...call !== null && { call }, ...id && { id } })
    const answer = await load(`/desk/case?${asked}`)
    const told = answer?.ok ? await answer.json() : null
    if (!told) return null
    list(told.drafts)
    return told
  }

  function list(drafts) {
    mark.textContent = drafts.length ? words.drafts.replace("{count}", drafts.length) : ""
    others.hidden = !drafts.length
    others.querySelector("ul").replaceChildren(...drafts.map(({ id, text }) => {
      const line = document.createElement("li"), button = document.createElement("button")
      Object.assign(button, { type: "button", className: "plain", textContent: text })
      button.addEventListener("click", async () => {
        await saves()
        await goesOn(null, id)
        fields.matter.focus()
      })
      line.append(button)
      return line
    }))
  }

  // A form for a call, or a draft by its number: what this page still has of it at once, then what the server has. What
  // is typed meanwhile stays.
  async function goesOn(call, id = "") {
    const mine = turn += 1
    blank(call ?? "")
    const isHere = !id && restore(form, kept()) && Boolean(fields.matter.value)
    if (isHere) { isNew = !fields.case.value; changed = 1; byHand = new Set(PROPOSED); shows(); saves() }
    if (isHere && call) inSight()
    const told = await looks(call, id)
    if (!told || mine !== turn) return
    if (!changed && told.draft) {
      continues(told.draft)
      if (call) inSight()
    }
    knows(told)
  }

  const inSight = () => happens("pane", { pane: "case" }, false)

  // A draft of the server; what was typed after it was last saved comes from this browser.
  function continues(draft) {
    fields.call.value = draft.call
    isNew = false
    takes(draft, false)
    if (draft.fields.category) byHand = new Set(PROPOSED)
    if (!restore(form, kept())) return
    fields.case.value = draft.id
    fields.version.value = draft.version
    changed += 1
    shows()
    saves()
  }

  // The caller's number, once it is known who answered; unless another was typed.
  function knows(told) {
    const known = ["phone", "email", "name"].filter((name) => told[name])
    if (!known.length || known.some((name) => fields[name].value || byHand.has(name)) || !isNew) return
    for (const name of known) fields[name].value = told[name]
    if (!byHand.has("reply_way")) fields.reply_way.value = told.reply_way
    shows()
    if (!fields.matter.value.trim()) return
    changed += 1  // who types fast has a draft before the number is known
    saves()
  }

  async function begins(call) {
    if (fields.call.value !== call) { await goesOn(call); return }
    const told = await looks(call)
    if (told && fields.call.value === call) knows(told)
  }

  find("give-up").addEventListener("click", async () => {
    clearTimeout(waits)
    await saving
    try {
      tell((await post(`/desk/case/${fields.case.value}/give-up`)).said)
      forget(kept())
      await goesOn(callId())
      fields.matter.focus()
    } catch (error) {
      tell(error.message, find("case-fault"))
    }
  })

  for (const event of ["input", "change"]) form.addEventListener(event, typed)
  find("case-new").addEventListener("click", () => { goesOn(callId()); fields.matter.focus() })
  for (const one of document.querySelectorAll("button[data-pane]")) {
    one.addEventListener("click", () => happens("pane", { pane: one.dataset.pane }, false))
  }
  shows()

  return {
    // A call rings, or its caller's number is known now.
    begins,
    comesBack: () => goesOn(null),
  }
}

// The agency is phoned first: who is rung, whether somebody answered, and who took the report.
function notifying({ find, words, post, tell, look, draft, talks }) {
  const [says, person, link, part, ring, taken] =
    ["notify-says", "notify-person", "notify-link", "notifying", "notify-ring", "notify-taken"].map(find)
  const [whom, sought, extension] = ["whom", "sought", "chosen"].map((name) => part.querySelector(`[data-seek-${name}]`))
  let clock = 0

  async function deed(path, given) {
    try {
      tell((await post(`/desk/case/${draft()}/${path}`, given)).said, says)
    } catch (error) {
      tell(error.message, says)
    }
    look()
  }

  seekOne(part, words, ring)
  ring.addEventListener("click", () => {
    tell(talks() ? words.afterTalk : words.placing, says)
    if (!talks()) deed("notify", { whom: whom.value, sought: sought.value, extension: extension.value })
  })
  taken.addEventListener("click", () => deed("taken", { person: person.value }))

  function shows(told) {
    clearTimeout(clock)
    find("asks-person").hidden = taken.hidden = !told?.asks_person
    link.hidden = !told?.address
    if (told?.address) link.href = told.address
    if (!told) return
    if (!whom.value && told.extension) {
      whom.value = sought.value = told.whom
      extension.value = told.extension
    }
    if (told.says && says.textContent !== told.says) tell(told.says, says)
    if (told.running) clock = setTimeout(look, EVERY)
  }

  return { shows }
}
