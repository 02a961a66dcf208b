// A talk that has become long is said once a limit, politely, and marked beside the time.
export function alerts({ find, fact, words, minutes, forward }) {
  const limits = (minutes || "").split(",").map(Number).filter(Boolean).sort((a, b) => a - b)
  const line = find("long")
  let said = 0

  function tick(seconds) {
    const reached = limits.filter((limit) => seconds >= limit * 60).length
    if (reached <= said) return
    said = reached
    line.textContent = words.longTalk.replace("{minutes}", limits[reached - 1])
    fact("timer").classList.add("long")
    forward()
  }

  function over() {
    said = 0
    line.textContent = ""
    fact("timer").classList.remove("long")
  }

  return { tick, over }
}
