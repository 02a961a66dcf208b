// An agent's desk tells when a supervisor is at the talk: asked while a call is shown, said once.
const line = document.querySelector("[data-supervised]")
const call = document.querySelector("[data-call]")
const EVERY = 2000

async function look() {
  if (call.hidden) { line.textContent = ""; return }
  const answer = await fetch(line.dataset.supervised).catch(() => null)
  const text = answer?.ok ? (await answer.json()).join(" ") : ""
  if (line.textContent !== text) line.textContent = text
}

setInterval(look, EVERY)
