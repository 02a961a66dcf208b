// Where a transfer stands: asked of the server every second while one is under way, said when it changes.
const EVERY = 1_000, BEGINS_WITHIN = 10_000, LATER = 6
const AWAY = new Set(["ringing", "officer"])

export function progress({ find, words, does, away, sought, back }) {
  const [section, place, rungs, ways] = ["progress", "place", "rungs", "ways"].map(find)
  let watched = "", timer = 0, began = 0, before = null, left = false, last = "", later = 0, isBack = false

  function watch(id) {
    clearInterval(timer)
    section.hidden = false
    find("progress-head").focus()
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

  async function look() {
    const id = watched
    const answer = await fetch(`/desk/call/${encodeURIComponent(id)}/now`).catch(() => null)
    if (!answer?.ok || id !== watched) return
    const told = await answer.json()
    before ??= told.rungs.length
    show(told.rungs)
    if (later) settle(told.rungs)
    else if (told.place) stands(told)
  }

  function show(told) {
    told.forEach((one, n) => {
      const line = rungs.children[n] || rungs.appendChild(document.createElement("li"))
      if (line.textContent !== one.says) line.textContent = one.says
      line.dataset.outcome = one.outcome
    })
  }

  // The keys of the telephone take a second or two; until then the caller is still with the agent. A phone rung
  // since then tells that the agent was away, however short.
  function stands(told) {
    left ||= told.place !== "caller" || told.rungs.length > before
    for (const button of ways.children) {
      if (told.place === "officer" || told.place === "ringing" && button.dataset.way === "back") button.hidden = false
      else away(button, find("head"))
    }
    if (!left && Date.now() - began < BEGINS_WITHIN) return
    if (told.place !== last) place.textContent = told.says
    if (told.place === "caller") returned(told)
    else if (told.place === "over" || told.place === "through") stop()
    last = told.place
  }

  function returned(told) {
    const met = AWAY.has(last) && told.rungs.at(-1)?.outcome === "answered"
    place.textContent = met ? words.withCaller : words.notReached
    stop()
    isBack = true
    sought(told.rungs)
    back(met)
  }

  // The record of the last phone comes a moment after its end.
  function settle(told) {
    later -= 1
    if (isBack) sought(told)
    if (!later) clearInterval(timer)
  }

  function stop() {
    later = LATER
    for (const button of ways.children) away(button, find("head"))
  }

  for (const button of ways.children) {
    button.addEventListener("click", () => does("go-on", { way: button.dataset.way }, watched))
  }
  return { watch }
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
