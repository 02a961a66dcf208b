// The desk's page: its parts by name, what it says by itself, and its deeds, which are given to the server.
export const desk = document.querySelector("[data-desk]")
export const words = JSON.parse(desk.dataset.words)
export const find = (name) => desk.querySelector(`[data-${name}]`)
export const fact = (name) => desk.querySelector(`[data-fact="${name}"]`)
const state = find("state")

export const show = (text, kind) => {
  state.textContent = text
  state.className = `govuk-tag govuk-tag--${kind}`
}

export async function post(path, fields = {}) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "X-csrf": desk.dataset.csrf },
    body: new URLSearchParams(fields),
  }).catch(() => { throw new Error(words.failed) })
  const told = await answer.json().catch(() => ({ fault: words.failed }))
  if (!answer.ok) throw Object.assign(new Error(told.fault || words.failed), { status: answer.status })
  return told
}
