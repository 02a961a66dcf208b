// The recording paused and resumed; the server keeps the state, and ends a pause by itself at its limit.
export function recording({ find, fact, does, card, happens, state }) {
  let due = 0

  function show(told) {
    clearTimeout(due)
    fact("recording").textContent = told.says
    happens("recording", { isPaused: told.paused })
    if (told.paused) due = setTimeout(card, Math.max(1000, told.until * 1000 - Date.now() + 1500))
  }

  find("pause").addEventListener("click", async () => {
    await does("recording", { pause: state().call?.isPaused ? "" : "yes" })
    card()
  })
  return { show, over: () => clearTimeout(due) }
}
