// Whether the sound of a call comes: who finds no way for it is told so within ten seconds, and not left in silence.
export const WITHIN = 10_000
const LOOKS_EVERY = 400
const THERE = new Set(["connected", "completed"])

async function packets(connection) {
  let came = 0
  const stats = await connection.getStats()
  stats.forEach((one) => { if (one.type === "inbound-rtp" && one.kind === "audio") came += one.packetsReceived ?? 0 })
  return came
}

// Looks until sound has come, or nobody wants to know any more; tells which it was.
export async function comes(connection, isWanted) {
  while (isWanted()) {
    if (await packets(connection).catch(() => 0) > 0) return isWanted()
    await new Promise((later) => setTimeout(later, LOOKS_EVERY))
  }
  return false
}

// What is lacking: a way through the network, or sound on it.
export const hasPath = (connection) => THERE.has(connection?.iceConnectionState)

// The microphone, or an error whose name says what a person can do about it.
export async function microphone() {
  if (!navigator.mediaDevices?.getUserMedia || !globalThis.RTCPeerConnection) throw lacking("noCalls")
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: true })
  } catch ({ name }) {
    throw lacking({ NotAllowedError: "microphone", NotFoundError: "noMicrophone", OverconstrainedError: "noMicrophone" }[name] ?? "microphoneBusy")
  }
}

export const lacking = (what) => Object.assign(new Error(what), { what })
