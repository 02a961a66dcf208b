// The recording paused, resumed and stopped for good; the server keeps the state, and ends a pause by itself at its limit.
export function recording({ find, fact, does, card, happens, state }) {
  const refusal = find("refusal")
  let due = 0

  function show(told) {
    clearTimeout(due)
    fact("recording").textContent = told.says
    happens("recording", { isPaused: told.paused, isStopped: told.stopped })
    if (told.paused) due = setTimeout(card, Math.max(1000, told.until * 1000 - Date.now() + 1500))
  }

  find("pause").addEventListener("click", async () => {
    await does("recording", { pause: state().call?.isPaused ? "" : "yes" })
    card()
  })
  refusal.addEventListener("submit", async (event) => {
    event.preventDefault()
    if (await does("stop-recording", { reason: refusal.elements.reason.value })) {
      refusal.reset()
      find("refusing").open = false
    }
    card()
  })
  return { show, over: () => clearTimeout(due) }
}
