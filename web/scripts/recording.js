// A file field that can be filled by speaking: records from the microphone and puts a WAV file into the field.
const RATE = 16_000
const LONGEST = 60_000

function wav(parts) {
  const samples = parts.reduce((count, part) => count + part.length, 0)
  const view = new DataView(new ArrayBuffer(44 + 2 * samples))
  const text = (at, word) => [...word].forEach((letter, place) => view.setUint8(at + place, letter.charCodeAt(0)))
  text(0, "RIFF")
  view.setUint32(4, 36 + 2 * samples, true)
  text(8, "WAVEfmt ")
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, RATE, true)
  view.setUint32(28, 2 * RATE, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  text(36, "data")
  view.setUint32(40, 2 * samples, true)
  let at = 44
  for (const part of parts) for (const value of part) {
    view.setInt16(at, Math.max(-1, Math.min(1, value)) * 32767, true)
    at += 2
  }
  return new File([view], "recording.wav", { type: "audio/wav" })
}

function record(field) {
  const words = JSON.parse(field.dataset.records)
  const button = document.createElement("button")
  const name = document.createElement("span")
  const said = document.createElement("span")
  button.type = "button"
  button.className = "govuk-button govuk-button--secondary govuk-!-margin-bottom-0"
  name.className = "govuk-visually-hidden"
  name.textContent = ` ${field.labels[0]?.textContent.trim() ?? ""}`
  const call = (word) => button.replaceChildren(word, name)
  call(words.record)
  said.className = "govuk-hint"
  said.setAttribute("role", "status")
  // Seen, not spoken: a status that changes each second is noise in the ear.
  const seconds = document.createElement("span")
  seconds.setAttribute("aria-hidden", "true")
  seconds.dataset.seconds = ""
  const row = document.createElement("div")
  row.className = "actions recorder"
  row.append(button, said, seconds)
  field.after(row)

  let stop = null

  async function begin() {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
    const context = new AudioContext({ sampleRate: RATE })
    const source = context.createMediaStreamSource(stream)
    // A worklet would need a script of its own; for some seconds of speech this does.
    const taps = context.createScriptProcessor(4096, 1, 1)
    const parts = []
    taps.onaudioprocess = (event) => {
      parts.push(new Float32Array(event.inputBuffer.getChannelData(0)))
      seconds.textContent = Math.floor(parts.length * parts[0].length / RATE)
    }
    source.connect(taps)
    taps.connect(context.destination)
    call(words.stop)
    said.textContent = words.recording
    const limit = setTimeout(() => stop?.(), LONGEST)
    stop = async () => {
      clearTimeout(limit)
      stop = null
      for (const track of stream.getTracks()) track.stop()
      await context.close()
      const made = new DataTransfer()
      made.items.add(wav(parts))
      field.files = made.files
      // Pages play sound of their own address only: it is listened to once more after it was sent.
      call(words.again)
      said.textContent = words.done
    }
  }

  button.addEventListener("click", () => {
    if (stop) stop()
    else begin().catch(() => { said.textContent = words.refused })
  })
}

if (navigator.mediaDevices?.getUserMedia) for (const field of document.querySelectorAll("[data-records]")) record(field)
