// Where a transfer stands: asked of the server every second while one is under way, said when it changes.
import { load } from "./loading.js"

const EVERY = 1_000, BEGINS_WITHIN = 10_000, LATER = 6
const AWAY = new Set(["ringing", "officer"])

export function progress({ find, words, say, happens, isCurrent, sought, back }) {
  const [section, place, rungs] = ["progress", "place", "rungs"].map(find)
  let watched = "", timer = 0, began = 0, before = null, left = false, last = "", later = 0, isBack = false
  let sent = 0, heard = 0

  function watch(id) {
    over()
    section.hidden = false
    rungs.replaceChildren()
    place.textContent = ""
    watched = id
    began = Date.now()
    before = null
    left = false
    last = ""
    later = 0
    isBack = false
    timer = setInterval(look, EVERY)
    look()
  }

  // A slow answer that a later one has overtaken, or that comes after the end, tells of the past.
  async function look() {
    const number = ++sent
    const answer = await load(`/desk/call/${encodeURIComponent(watched)}/now`)
    const told = answer?.ok ? await answer.json() : null
    if (!told || number <= heard) return
    heard = number
    show(told.rungs, before === null)
    before ??= told.rungs.length
    if (later) settle(told.rungs)
    else if (told.place) stands(told)
  }

  // A phone that answered is told by where the talk stands then; what an earlier transfer rang was said before.
  function show(told, isFirst = false) {
    told.forEach((one, n) => {
      const line = rungs.children[n] || rungs.appendChild(document.createElement("li"))
      if (line.textContent === one.says) return
      line.textContent = one.says
      line.dataset.outcome = one.outcome
      if (one.outcome !== "answered" && !(isFirst && one.outcome)) say(one.says)
    })
  }

  // The keys of the telephone take a second or two; until then the caller is still with the agent. A phone rung
  // since then tells that the agent was away, however short.
  function stands(told) {
    left ||= told.place !== "caller" || told.rungs.length > before
    if (!left && Date.now() - began < BEGINS_WITHIN) return
    const officer = told.rungs.findLast((one) => one.outcome === "answered")?.extension ?? ""
    const isNew = told.place !== last
    if (isCurrent(watched)) happens("stands", { place: told.place, says: told.says, officer }, isNew && told.place !== "ringing")
    if (told.place === "caller") { returned(told); last = told.place; return }
    const isOver = !isCurrent(watched) && (told.place === "over" || told.place === "through")
    if (isNew) place.textContent = isCurrent(watched) ? "" : told.says
    if (isNew && !isCurrent(watched)) say(told.says)
    if (isOver) stop()
    last = told.place
  }

  function returned(told) {
    const met = AWAY.has(last) && told.rungs.at(-1)?.outcome === "answered"
    place.textContent = met ? words.withCaller : words.notReached
    say(place.textContent)
    stop()
    isBack = true
    sought(told.rungs)
    back(met)
  }

  // The record of the last phone comes a moment after its end.
  function settle(told) {
    later -= 1
    if (isBack) sought(told)
    if (!later) over()
  }

  function stop() {
    later = LATER
  }

  function over() {
    clearInterval(timer)
    heard = sent
  }

  // Another caller: what came of the one before is of no use any more.
  function clear() {
    over()
    watched = ""
    section.hidden = true
    rungs.replaceChildren()
    place.textContent = ""
  }

  return { watch, clear, watched: () => watched }
}

// The people a callback may be registered for: whoever was sought, and whoever was rung.
export function people(select, rungs, words) {
  const seen = new Map()
  for (const one of rungs) {
    seen.set(one.asked, `${words.asked}：${one.sought}`)
    if (one.outcome === "answered") seen.set(one.extension, `${words.answered}：${one.who}`)
  }
  if ([...select.options].slice(1).map((one) => one.value).join() === [...seen.keys()].join()) return
  for (const option of [...select.options].slice(1)) option.remove()
  for (const [value, text] of seen) select.add(new Option(text, value))
  if (seen.size) select.selectedIndex = select.options.length - 1
}
