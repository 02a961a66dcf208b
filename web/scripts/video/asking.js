// Asks how the session stands: often while the two browsers arrange their picture, else each second. What does not answer
// is asked again for ever, so that a page whose network or server was away goes on by itself.
const EVERY = 1000, SOON = 250, SOON_FOR = 6000, LONGEST = 6000, SILENT = 3000, REFUSED = new Set([401, 404, 409])

// `told` hears each answer; `silent`, for how many milliseconds nothing was heard, 0 when it is again; `refused`, why the
// session is not this page's any more.
export function asking(path, { told, silent, refused }) {
  let last = 0, hurried = 0, clock = 0, heard = performance.now(), isSilent = false, isOver = false, again = false, busy = false

  async function ask() {
    clearTimeout(clock)
    if (isOver) return
    if (busy) { again = true; return }
    busy = true
    const answer = await fetch(`${path}?after=${last}`, { redirect: "manual", signal: AbortSignal.timeout(LONGEST) }).catch(() => null)
    const one = answer?.ok ? await answer.json().catch(() => null) : null
    busy = false
    if (isOver) return
    if (one) hears(one)
    else if (answer?.type === "opaqueredirect" || REFUSED.has(answer?.status)) {
      const why = await answer.json().catch(() => ({}))
      end()
      refused(answer.status || 401, why.fault ?? "")
      return
    } else if (performance.now() - heard > SILENT) { isSilent = true; silent(performance.now() - heard) }
    const every = again || performance.now() < hurried ? SOON : EVERY
    again = false
    clock = setTimeout(ask, every)
  }

  function hears(one) {
    heard = performance.now()
    if (isSilent) { isSilent = false; silent(0) }
    for (const { number } of one.messages) last = Math.max(last, number)
    told(one)
  }

  function hurry() {
    hurried = performance.now() + SOON_FOR
    ask()
  }

  function end() {
    isOver = true
    clearTimeout(clock)
  }

  return { ask, hurry, end }
}
