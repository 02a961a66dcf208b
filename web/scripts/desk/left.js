// What a page leaves behind that dies: that it was on duty, with which call, and what was typed. The tab has it for the
// page when it is loaded anew. The browser has it for another tab, only until the page goes in order, and for its agent.
const DUTY = "desk"
const OURS = (key) => key === DUTY || key.startsWith("draft:")
const keys = () => Object.keys(localStorage).filter(OURS)

export function leave(name, text) {
  sessionStorage.setItem(name, text)
  localStorage.setItem(name, text)
}

export const onDuty = (agent, call) => leave(DUTY, JSON.stringify({ agent, call }))

// The call of a page that is no more; "" without one, null if none was on duty. To be asked while no page lives.
export function inherit(agent) {
  const said = sessionStorage.getItem(DUTY) ?? localStorage.getItem(DUTY)
  const left = JSON.parse(said ?? "null")
  if (left?.agent === agent) for (const key of keys()) sessionStorage.setItem(key, localStorage.getItem(key))
  goes()
  return left?.agent === agent ? left.call : null
}

export const goes = () => keys().forEach((key) => localStorage.removeItem(key))

export function offDuty() {
  sessionStorage.removeItem(DUTY)
  goes()
}

export function forget(name) {
  sessionStorage.removeItem(name)
  localStorage.removeItem(name)
}
