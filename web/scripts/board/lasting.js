// Times that run, by the server's clock: how long a state lasts, how long somebody waits, and whether that is too long.

const COLOURS = { "": "", warning: "govuk-tag govuk-tag--orange", alarm: "govuk-tag govuk-tag--red" }

// How far this browser's clock is from the server's, whose instant came with the page.
const apart = (now) => Date.parse(now) - Date.now()

export function running(root, now, thresholds, strains) {
  const skew = apart(now)
  const seconds = (since) => Math.max(0, (Date.now() + skew - Date.parse(since)) / 1000)
  const strain = (since) => {
    const waited = since ? seconds(since) : 0
    const { warning, alarm } = thresholds()
    return waited >= alarm ? "alarm" : waited >= warning ? "warning" : ""
  }
  const tick = () => {
    for (const one of root.querySelectorAll("[data-since]")) put(one, one.dataset.since ? clock(seconds(one.dataset.since)) : "")
    for (const one of root.querySelectorAll("[data-wait]")) {
      const how = strain(one.querySelector("[data-since]").dataset.since)
      const word = one.querySelector("[data-strain]")
      word.className = COLOURS[how]
      put(word, strains[how] ?? "")
    }
  }
  return { strain, tick }
}

// Spoken when it is other than before, and not drawn anew when it is the same.
export function put(line, text) {
  if (line.textContent !== String(text)) line.textContent = text
}

function clock(seconds) {
  const two = (number) => String(number).padStart(2, "0")
  const minutes = Math.floor(seconds / 60), hours = Math.floor(minutes / 60), rest = two(Math.floor(seconds % 60))
  return hours ? `${hours}:${two(minutes % 60)}:${rest}` : `${minutes}:${rest}`
}
