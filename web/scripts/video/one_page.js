// Of the pages of one browser that show the same session one has it; the next says so, and takes it over by a press, which
// loads it anew: what it knew until then is old.
const TAKES = "video:takes", WAITS = 700

export function onePage(name, button, { begins, waits, gone }) {
  const takes = sessionStorage.getItem(TAKES)
  sessionStorage.removeItem(TAKES)
  let has = false
  // A page that is loaded anew waits a moment for itself, as it was, to go.
  navigator.locks.request(name, takes ? { steal: true } : { signal: AbortSignal.timeout(WAITS) }, () => {
    has = true
    begins()
    return new Promise(() => {})  // until this page is closed, or another takes the session over
  }).catch(() => has ? gone() : waits())
  button.addEventListener("click", () => { sessionStorage.setItem(TAKES, "yes"); location.reload() })
}
