// One kind of device to choose: remembered by this browser; while it is not there, the default is used, and that is said.
const STANDARD = new Set(["", "default", "communications"])

export function choice({ name, kind, select, words, use }) {
  const key = `device:${name}`
  const kept = () => JSON.parse(localStorage.getItem(key) ?? '{"id":"","label":""}')
  const says = (what) => words[`${name}${what}`].replace("{name}", () => kept().label)
  let wasGone = false

  // Before the microphone may be used, browsers tell neither names nor which devices there are. Where they forget
  // (cookies cleared, a private window), a device is another one each time, of the same name.
  async function look(found) {
    const there = found.filter((one) => one.kind === kind && !STANDARD.has(one.deviceId))
    const { id, label } = kept()
    const mine = id ? there.find((one) => one.deviceId === id) ?? there.find((one) => one.label === label) : null
    if (mine?.label) keep(mine)
    const isKnown = found.some((one) => one.label)
    offer(there, mine, isKnown)
    if (!isKnown) return ""
    const isUsed = mine && await use(mine.deviceId).then(() => true, () => false)
    if (!isUsed && !await use("").then(() => true, () => false)) return says("None")
    const isBack = wasGone && isUsed
    wasGone = Boolean(id) && !isUsed
    return wasGone ? says("Gone") : isBack ? says("Back") : ""
  }

  function offer(there, mine, isKnown) {
    const { id, label } = kept()
    const offered = [["", words.standard], ...there.map((one, n) => [one.deviceId, one.label || `${n + 1}`])]
    if (id && !mine) offered.push([id, isKnown ? words.notThere.replace("{name}", () => label) : label])
    const shown = [...select.options].map((one) => [one.value, one.text])
    if (JSON.stringify(shown) !== JSON.stringify(offered)) {
      select.replaceChildren(...offered.map(([value, text]) => new Option(text, value)))
    }
    select.value = id
  }

  function keep({ deviceId, label }) {
    localStorage.setItem(key, JSON.stringify({ id: deviceId, label }))
  }

  function choose() {
    const [one] = select.selectedOptions
    keep({ deviceId: one.value, label: one.value && one.text })
    wasGone = false
  }

  return { choose, look, chosen: () => kept().id }
}
