// The agent's devices: a microphone, the headset in which a caller is heard, the loudspeaker that rings. Chosen and
// tried before going on duty, and looked for again when one comes or goes.
import { choice } from "./choice.js"
import { trials } from "./trials.js"

const MAY_CHOOSE = "setSinkId" in HTMLMediaElement.prototype
const LOUDNESS = "device:loudness"

export function devices({ find, words, sound, bell, changed }) {
  const [line, loudness, selects] = ["devices", "loudness", "choices"].map(find)
  if (!line) return {}  // no telephone in a browser here
  const speaks = (element) => async (id) => { if (element.sinkId !== id) await element.setSinkId(id) }
  const kinds = {
    microphone: ["audioinput", changed],
    ...MAY_CHOOSE && { headset: ["audiooutput", speaks(sound)], ringer: ["audiooutput", speaks(bell)] },
  }
  const choices = Object.fromEntries(Object.entries(kinds).map(([name, [kind, use]]) =>
    [name, choice({ name, kind, select: find(name), words, use })]))
  let looking = Promise.resolve()

  async function see() {
    const found = await navigator.mediaDevices.enumerateDevices(), told = []
    find("unknown").hidden = found.some((one) => one.label)
    for (const one of Object.values(choices)) told.push(await one.look(found))
    const text = told.filter(Boolean).join(" ")
    if (line.textContent !== text) line.textContent = text
  }

  const look = () => { looking = looking.then(see, see) }

  const take = (id) => navigator.mediaDevices.getUserMedia({ audio: id ? { deviceId: { exact: id } } : true })

  async function open() {
    const stream = await take(choices.microphone.chosen()).catch((error) => {
      if (error.name === "NotAllowedError") throw error
      return take("")
    })
    look()
    return stream
  }

  function rings() {
    bell.volume = loudness.value / 100
    localStorage.setItem(LOUDNESS, loudness.value)
  }

  for (const [name, one] of Object.entries(choices)) find(name).addEventListener("change", () => { one.choose(); look() })
  for (const one of selects.querySelectorAll("[data-loudspeaker]")) one.hidden = !MAY_CHOOSE
  find("only-default").hidden = MAY_CHOOSE
  loudness.value = localStorage.getItem(LOUDNESS) ?? loudness.value
  rings()
  loudness.addEventListener("input", rings)
  navigator.mediaDevices?.addEventListener("devicechange", look)
  trials({ find, words, open, sound, bell })
  look()
  return { open, take }
}
