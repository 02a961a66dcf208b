// Microphones to choose from, and a trial of what was chosen before going on duty.
import { startRing, stopRing } from "./ring.js"

export function devices({ find }) {
  const choice = find("microphone")

  async function look() {
    const found = await navigator.mediaDevices?.enumerateDevices() ?? []
    choice?.replaceChildren(...found.filter((one) => one.kind === "audioinput").map((one, n) =>
      Object.assign(document.createElement("option"), { value: one.deviceId, textContent: one.label || `${n + 1}` })))
  }

  const open = () => navigator.mediaDevices.getUserMedia({ audio: choice?.value ? { deviceId: { exact: choice.value } } : true })

  async function tryOut() {
    startRing()
    setTimeout(stopRing, 1500)
    const stream = await open()
    await look()
    const context = new AudioContext(), meter = context.createAnalyser()
    context.createMediaStreamSource(stream).connect(meter)
    const samples = new Float32Array(meter.fftSize), ends = Date.now() + 5000
    const measure = () => {
      meter.getFloatTimeDomainData(samples)
      find("level").value = Math.min(1, Math.max(...samples.map(Math.abs)) * 2)
      if (Date.now() < ends) requestAnimationFrame(measure)
      else { stream.getTracks().forEach((track) => track.stop()); context.close() }
    }
    measure()
  }

  find("test")?.addEventListener("click", tryOut)
  look()
  return { open }
}
