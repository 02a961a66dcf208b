// The recording paused and resumed; the server keeps the state, and ends a pause by itself at its limit.
export function recording({ find, fact, words, does, card }) {
  const button = find("pause")
  let paused = false, due = 0

  function show(told) {
    clearTimeout(due)
    paused = told.paused
    fact("recording").textContent = told.says
    button.textContent = paused ? words.resume : words.pause
    if (paused) due = setTimeout(card, Math.max(1000, told.until * 1000 - Date.now() + 1500))
  }

  async function press() {
    await does("recording", { pause: paused ? "" : "yes" })
    card()
  }

  button.addEventListener("click", press)
  return { show, over: () => clearTimeout(due) }
}
