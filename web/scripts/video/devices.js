// This device's camera and microphone as the room uses them: opened, changed and closed by its buttons, with a sentence where
// there is none. The choice of a camera is kept in this browser.
import { camera, photograph } from "./media.js"

const KEPT = "video:camera"

// `changed` hears of every change: the stream there is now, or none.
export function devices({ find, words, isHeard, tells, changed }) {
  const [cameras, choice] = ["cameras", "choice"].map(find)
  const presses = { picture: find("press-camera"), sound: find("press-sound") }
  let stream = null, wants = { picture: true, sound: isHeard }

  const has = (kind) => Boolean(stream?.getTracks().some((one) => one.kind === kind && one.readyState === "live"))

  async function open() {
    close()
    try {
      if (wants.picture) stream = await camera({ sound: wants.sound, id: localStorage.getItem(KEPT) ?? "" })
      else if (wants.sound) stream = await navigator.mediaDevices.getUserMedia({ audio: true })
      tells(wants.sound && !has("audio") ? words.noMicrophone : "")
    } catch ({ what }) {
      tells(wants.picture ? words.cameras[what] ?? words.cameras.busy : words.noMicrophone)
    }
    await shows()
  }

  function close() {
    for (const one of stream?.getTracks() ?? []) one.stop()
    stream = null
  }

  async function shows() {
    presses.picture.setAttribute("aria-pressed", String(has("video")))
    presses.sound.setAttribute("aria-pressed", String(wants.sound))
    changed(stream, has("video"), wants.sound)
    const all = await navigator.mediaDevices?.enumerateDevices().catch(() => []) ?? []
    const found = all.filter(({ kind, deviceId }) => kind === "videoinput" && deviceId)
    const used = stream?.getVideoTracks()[0]?.getSettings().deviceId
    cameras.replaceChildren(...found.map(({ deviceId, label }, place) => new Option(label || `${words.camera} ${place + 1}`, deviceId, false, deviceId === used)))
    choice.hidden = found.length < 2
  }

  function turns(kind, is) {
    wants = { ...wants, [kind]: is }
    return open()
  }

  presses.picture.addEventListener("click", () => turns("picture", !has("video")))
  presses.sound.addEventListener("click", () => turns("sound", !wants.sound))
  cameras.addEventListener("change", () => { localStorage.setItem(KEPT, cameras.value); turns("picture", true) })
  return { open, close, shows, without: () => turns("picture", false), take: () => photograph(stream), stream: () => stream }
}
