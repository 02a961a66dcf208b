// Two-way video between two pages, directly or by a TURN server. What both must tell each other first goes by `send`,
// which the page gives, and comes back by `receive`; text goes on beside it, whatever becomes of the video.
//
// Events: `state` (detail: waiting, connecting, connected, lost, closed), `remote` (the far side's MediaStream), `fault`
// (detail.what: noPath, cameraEnded, unsent), after which it goes on trying.
//
// A page says hello with an id of its own. Whoever is new begins anew, so a reload on either side leads back into the
// session; what was meant for the page before is dropped. Of two offers at once the polite side takes back its own.
export { camera, photograph } from "./camera.js"

const GATHERS = 50
const GRACE = { polite: 4_000, impolite: 2_000 }
// Each try later than the one before: what is signalled is counted, and a path that is not there stays away for long.
const AGAIN = 5_000, SLOWER = 3, NO_PATH_AFTER = 10_000, RESEND = 1_000
const MOST_BITS = 1_500_000
const VP8 = new Set(["video/VP8", "video/rtx", "video/red", "video/ulpfec"])

export class VideoLink extends EventTarget {
  #id = crypto.randomUUID()
  #peer = ""
  #stream = null
  #line = null
  #isMaking = false
  #ignores = false
  #servers
  #send
  #polite
  #policy
  #inbox = Promise.resolve()
  #outbox = []
  #isSending = false
  #batch = null
  #timers = new Map()
  #state = "closed"
  #tries = 0
  #back = () => { this.#tries = 0; this.restart() }

  // `send(kind, payload)` may fail: it is asked again. One of the two sides is polite. `turnOnly`: by TURN, never directly.
  constructor({ iceServers = [], send, polite, turnOnly = false }) {
    super()
    this.#servers = iceServers
    this.#send = send
    this.#polite = polite
    this.#policy = turnOnly ? "relay" : "all"
  }

  get state() {
    return this.#state
  }

  // Begins, with a camera's stream or without one.
  open(stream = null) {
    this.#stream = stream
    this.#watch()
    this.#stands("waiting")
    globalThis.addEventListener("online", this.#back)
    this.#post({ hello: true })
  }

  close() {
    globalThis.removeEventListener("online", this.#back)
    for (const name of [...this.#timers.keys()]) this.#cancel(name)
    this.#line?.close()
    this.#line = null
    this.#outbox = []
    this.#batch = null
    this.#stands("closed")
  }

  // Another camera, or none, while the session goes on.
  async use(stream) {
    this.#stream = stream
    this.#watch()
    await this.#fill(this.#line)
  }

  // One of the far side's messages; they are taken in the order in which they come.
  receive(message) {
    this.#inbox = this.#inbox.then(() => this.#take(message)).catch((error) => console.warn("video signal", error))
    return this.#inbox
  }

  restart() {
    if (!this.#line || this.#state === "closed") return
    this.#line.restartIce()
    this.#tries += 1
    this.#after("again", AGAIN * Math.min(this.#tries, SLOWER), () => { if (this.#state !== "connected") this.restart() })
  }

  // Frames decoded and sent so far, the size of the latest, packets lost, bytes received, and the way that the video takes.
  async statistics() {
    const found = { state: this.#state, decoded: 0, sent: 0, width: 0, height: 0, lost: 0, bytes: 0, way: "", protocol: "" }
    const report = (await this.#line?.getStats()) ?? new Map()
    report.forEach((one) => {
      if (one.type === "inbound-rtp" && one.kind === "video") {
        Object.assign(found, { decoded: one.framesDecoded ?? 0, width: one.frameWidth ?? 0, height: one.frameHeight ?? 0, lost: one.packetsLost ?? 0, bytes: one.bytesReceived ?? 0 })
      } else if (one.type === "outbound-rtp" && one.kind === "video") found.sent = one.framesSent ?? 0
    })
    const near = report.get(chosen(report)?.localCandidateId)
    if (near) Object.assign(found, { way: near.candidateType, protocol: near.relayProtocol ?? near.protocol })
    return found
  }

  async #take(message) {
    if (typeof message?.from !== "string") return
    if (this.#state === "closed" || message.from === this.#id || (message.to && message.to !== this.#id)) return
    if (message.from !== this.#peer) {
      // An older tab of the same side, which is no longer spoken with, must not win the session back by its tries.
      if (!message.hello && this.#peer) return
      this.#meet(message.from)
      if (this.#polite && message.hello && !message.to) this.#post({ hello: true, to: this.#peer })
    }
    for (const { description, candidate } of message.signals ?? []) {
      await (description ? this.#describe(description) : this.#reach(candidate))
    }
  }

  #meet(peer) {
    this.#line?.close()
    this.#peer = peer
    this.#isMaking = this.#ignores = false
    this.#batch = null
    const line = this.#line = new RTCPeerConnection(this.#configuration())
    const remote = new MediaStream()
    line.onnegotiationneeded = () => this.#offer(line).catch((error) => console.warn("video offer", error))
    line.onicecandidate = ({ candidate }) => { if (candidate && line === this.#line) this.#put({ candidate }) }
    line.ontrack = ({ track }) => remote.addTrack(track)
    line.onconnectionstatechange = () => { if (line === this.#line) this.#judge(line.connectionState) }
    if (!this.#polite) for (const kind of ["video", "audio"]) this.#lay(line, kind)
    this.#stands("connecting")
    this.#tell("remote", remote)
    this.#after("path", NO_PATH_AFTER, () => { if (this.#state !== "connected") this.#fault("noPath") })
    this.#after("again", NO_PATH_AFTER, () => { if (this.#state !== "connected") this.restart() })
  }

  // Who offers first asks for both kinds, so that a camera can come later; the other fills what was asked for.
  #lay(line, kind) {
    const track = this.#track(kind)
    const made = line.addTransceiver(track ?? kind, { direction: track ? "sendrecv" : "recvonly" })
    if (kind === "video") prefer(made)
  }

  // What this side shows and says now goes into the places that both have, whenever the one or the other came.
  async #fill(line) {
    for (const one of line?.getTransceivers() ?? []) {
      const track = this.#track(one.receiver.track.kind)
      if (one.sender.track !== track) await one.sender.replaceTrack(track)
      if (line !== this.#line) return
      one.direction = track ? "sendrecv" : "recvonly"
    }
    await this.#tune()
  }

  async #offer(line) {
    if (line !== this.#line || (this.#polite && !line.remoteDescription)) return
    try {
      this.#isMaking = true
      await line.setLocalDescription()
      if (line === this.#line) this.#put({ description: line.localDescription })
    } finally {
      this.#isMaking = false
    }
  }

  async #describe(description) {
    const line = this.#line
    const isOffer = description.type === "offer"
    if (!isOffer && line.signalingState !== "have-local-offer") return
    this.#ignores = !this.#polite && isOffer && (this.#isMaking || line.signalingState !== "stable")
    if (this.#ignores) return
    await line.setRemoteDescription(description)
    if (!isOffer) return this.#tune()
    line.getTransceivers().filter((one) => one.receiver.track.kind === "video").forEach(prefer)
    await this.#fill(line)
    await line.setLocalDescription()
    this.#put({ description: line.localDescription })
    await this.#tune()
  }

  async #reach(candidate) {
    try {
      await this.#line.addIceCandidate(candidate)
    } catch (error) {
      if (!this.#ignores) throw error
    }
  }

  // Signing is read by its motion: where little can be sent, the picture becomes smaller and not slower.
  async #tune() {
    for (const sender of this.#line?.getSenders() ?? []) {
      if (sender.track?.kind !== "video") continue
      const wanted = sender.getParameters()
      if (!wanted.encodings?.length) continue
      wanted.encodings[0].maxBitrate = MOST_BITS
      wanted.degradationPreference = "maintain-framerate"
      await sender.setParameters(wanted).catch(() => undefined)
    }
  }

  #judge(state) {
    if (state === "connected") {
      this.#tries = 0
      this.#cancel("loss", "again", "path")
      this.#stands("connected")
    } else if (state === "disconnected" || state === "failed") {
      this.#stands("lost")
      this.#after("loss", state === "failed" ? 0 : GRACE[this.#polite ? "polite" : "impolite"], this.#back)
    }
  }

  #configuration() {
    return { iceServers: this.#servers, iceTransportPolicy: this.#policy, bundlePolicy: "max-bundle" }
  }

  #track(kind) {
    return this.#stream?.getTracks().find((one) => one.kind === kind && one.readyState === "live") ?? null
  }

  #watch() {
    const track = this.#track("video")
    if (!track) return
    track.contentHint = "motion"
    track.addEventListener("ended", () => { if (track === this.#stream?.getVideoTracks()[0]) this.#fault("cameraEnded") })
  }

  // What comes within a moment goes together: each message is a request to the server.
  #put(signal) {
    if (!this.#batch) {
      const batch = this.#batch = []
      setTimeout(() => {
        if (batch !== this.#batch) return
        this.#batch = null
        this.#post({ to: this.#peer, signals: batch })
      }, GATHERS)
    }
    this.#batch.push(signal)
  }

  #post(message) {
    this.#outbox.push({ from: this.#id, ...message })
    if (!this.#isSending) this.#deliver()
  }

  async #deliver() {
    this.#isSending = true
    for (let failed = 0; this.#outbox.length;) {
      const [message] = this.#outbox
      try {
        await this.#send("signal", message)
        failed = 0
        if (this.#outbox[0] === message) this.#outbox.shift()
      } catch {
        if (++failed === 3) this.#fault("unsent")
        await new Promise((later) => setTimeout(later, RESEND))
      }
    }
    this.#isSending = false
  }

  #after(name, wait, act) {
    this.#cancel(name)
    this.#timers.set(name, setTimeout(act, wait))
  }

  #cancel(...names) {
    for (const name of names) {
      clearTimeout(this.#timers.get(name))
      this.#timers.delete(name)
    }
  }

  #stands(state) {
    if (state === this.#state) return
    this.#state = state
    this.#tell("state", state)
  }

  #fault(what) {
    this.#tell("fault", { what })
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }))
  }
}

// The pair of candidates that carries the video; not every browser names it in its report of the transport.
function chosen(report) {
  const all = [...report.values()]
  const named = all.map((one) => report.get(one.selectedCandidatePairId)).find(Boolean)
  return named ?? all.find(({ type, selected }) => type === "candidate-pair" && selected)
}

function prefer(transceiver) {
  const known = RTCRtpReceiver.getCapabilities("video")?.codecs.filter(({ mimeType }) => VP8.has(mimeType)) ?? []
  if (known.length) transceiver.setCodecPreferences?.(known)
}
