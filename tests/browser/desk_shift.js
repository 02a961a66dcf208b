// An agent's work at the desk, call after call (see test_desk_shift.py).
async ([from, to]) => {
  const desk = document.querySelector("[data-desk]")
  const find = (place) => desk.querySelector(place)
  // Looks again whenever the page changes or the cursor moves: no time is waited for.
  const until = (is, what) => is() ? Promise.resolve() : new Promise((done, fail) => {
    const rests = () => { watch.disconnect(); removeEventListener("focusin", looks); clearTimeout(late) }
    const looks = () => { if (is()) { rests(); done() } }
    const watch = new MutationObserver(looks)
    const late = setTimeout(() => { rests(); fail(new Error(`never: ${what}; ${desk.dataset.standing}`)) }, 15000)
    watch.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true })
    addEventListener("focusin", looks)
  })
  const stands = (name) => until(() => desk.dataset.standing === name, name)
  const key = (key, more = {}) => (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent("keydown", {
    key, code: /^[a-z]$/.test(key) ? `Key${key.toUpperCase()}` : key, bubbles: true, cancelable: true, ...more }))
  const chord = (name) => key(name, { altKey: true })
  const types = (field, text) => { field.value = text; field.dispatchEvent(new Event("input", { bubbles: true })) }

  for (let n = from; n < to; n += 1) {
    const call = `shift-${n}`
    await house("begins", call, `+8869${String(10000000 + n)}`)
    played.rings(call)
    await stands("ringing")
    if (n % 10 === 4) {
      chord("x")
      await until(() => desk.dataset.standing !== "ringing", "refused")
      await house("forgets", call)
      continue
    }
    chord("a")
    await stands("talking")
    chord("k")
    types(find("[data-question]"), "搬家戶籍")
    find("[data-book]").requestSubmit()
    await until(() => find(".answer")?.checkVisibility() && document.activeElement === find(".answer"), "the answer is read")
    key("1")
    await until(() => find("[data-said]").textContent.includes("解答"), "the book answered")
    if (n % 2) { chord("o"); await stands("held"); chord("o"); await stands("talking"); chord("m"); chord("m") }
    if (n % 5 === 0) {
      const rungs = [["5112", "busy"], ["5111", "answered"]].map(([extension, outcome]) =>
        ({ extension, who: extension, asked: "5112", sought: "5112", outcome, says: `${extension} ${outcome} ${n}` }))
      chord("p")
      types(find("[data-whom]"), "5112")
      key("Enter")
      await until(() => document.activeElement?.name === "why", "a reason is asked for")
      key("1")
      played.places[call] = { place: "officer", says: `officer ${n}`, rungs }
      find("[data-consult]").click()
      await stands("officer")
      chord("g")
      played.places[call] = { place: "caller", says: "", rungs }
      await stands("talking")
    }
    if (n % 3 === 0) {
      chord("c")
      types(find("[data-matter]"), `路燈 ${n}`)
      find("[data-callback]").requestSubmit()
      await until(() => find('[data-fact="promises"]').textContent.includes(`路燈 ${n}`), "the promise stands there")
    }
    await house("ends", call)
    if (n % 4) chord("q")
    else played.hangsUp()
    await until(() => document.activeElement?.closest(`[data-wrap] [data-close="${call}"]`), "the call is to be closed")
    key("1")
    key("Enter")
    await until(() => !find(`[data-close="${call}"]`), "the call is closed")
    delete played.places[call]
  }
}
