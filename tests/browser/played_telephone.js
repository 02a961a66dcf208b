// The other end of a page's telephone, played (see played_telephone.py): put before the page's own scripts.
const SDP = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "m=audio 9 UDP/TLS/RTP/SAVPF 0", "c=IN IP4 127.0.0.1",
  "a=rtpmap:0 PCMU/8000", "a=sendrecv", "a=mid:0", ""].join("\r\n")
const field = (text, name) => text.match(new RegExp(`^${name}: ?(.*)$`, "mi"))?.[1]?.trim() ?? ""

// Whoever is at the other end of the page's telephone.
window.played = {
  socket: null, calls: 0, now: null, places: {}, tally: {},
  text(lines, body = "") { return [...lines, ...body ? ["Content-Type: application/sdp"] : [], `Content-Length: ${body.length}`, "", body].join("\r\n") },
  gives(text) { setTimeout(() => this.socket?.onmessage?.({ data: text })) },
  hears(text) {
    const [first] = text.split("\r\n")
    this.tally[first.split(" ")[0]] = (this.tally[first.split(" ")[0]] ?? 0) + 1
    if (first.startsWith("SIP/2.0")) this.answered(first, text)
    else if (!first.startsWith("ACK")) this.grants(first, text)
  },
  // Its requests are granted: to register, to hold, to end.
  grants(first, text) {
    const to = field(text, "To"), contact = field(text, "Contact")
    const body = first.startsWith("INVITE") ? SDP : ""
    if (first.startsWith("BYE")) this.now = null
    if (first.startsWith("REGISTER")) this.user = to.match(/sip:([^@]+)@/)[1]
    this.gives(this.text(["SIP/2.0 200 OK", `Via: ${field(text, "Via")}`, `From: ${field(text, "From")}`,
      `To: ${to}${to.includes("tag=") ? "" : ";tag=played"}`, `Call-ID: ${field(text, "Call-ID")}`, `CSeq: ${field(text, "CSeq")}`,
      `Contact: ${first.startsWith("REGISTER") ? contact : "<sip:played@played.invalid;transport=ws>"}`], body))
  },
  answered(first, text) {
    if (!this.now || !/INVITE/.test(field(text, "CSeq"))) return
    this.now.to = field(text, "To")
    this.last = this.now.status = Number(first.split(" ")[1])
    if (this.now.status >= 200) this.request("ACK")
    if (this.now.status >= 300) this.now = null
  },
  request(method, headers = [], body = "") {
    const { id, to, seq } = this.now
    this.gives(this.text([`${method} sip:${this.user}@played.invalid;transport=ws SIP/2.0`,
      `Via: SIP/2.0/WS played.invalid;branch=z9hG4bK${id}${method === "BYE" ? "b" : ""}`, "From: <sip:1999@played.invalid>;tag=from",
      `To: ${to}`, `Call-ID: call-${id}`, `CSeq: ${method === "BYE" ? seq + 1 : seq} ${method}`, "Max-Forwards: 70",
      "Contact: <sip:1999@played.invalid;transport=ws>", ...headers], body))
  },
  rings(call, more = {}) {
    this.calls += 1
    this.now = { id: this.calls, to: `<sip:${this.user}@played.invalid>`, seq: 1, status: 0 }
    this.request("INVITE", [`X-Hotline-Call: ${call}`, ...Object.entries(more).map((one) => one.join(": "))], SDP)
  },
  hangsUp() { this.request("BYE"); this.now = null },
  givesUp() { this.request("CANCEL") },
}

window.WebSocket = class {
  constructor(url, protocol) {
    Object.assign(this, { url, protocol, readyState: 0, bufferedAmount: 0, CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 })
    played.socket = this
    setTimeout(() => { this.readyState = 1; this.onopen?.() })
  }
  send(text) { played.hears(String(text)) }
  close() { this.readyState = 3; setTimeout(() => this.onclose?.({ wasClean: true, code: 1000, reason: "" })) }
}

window.RTCPeerConnection = class extends EventTarget {
  signalingState = "stable"; iceGatheringState = "complete"; iceConnectionState = "new"; connectionState = "new"
  localDescription = null; remoteDescription = null
  senders = []
  addTrack(track) { const one = { track, replaceTrack: async (other) => { one.track = other } }; this.senders.push(one); return one }
  getSenders() { return this.senders }
  getReceivers() { return [] }
  getTransceivers() { return [] }
  async createOffer() { return { type: "offer", sdp: SDP } }
  async createAnswer() { return { type: "answer", sdp: SDP } }
  async setLocalDescription(one) { this.localDescription = one }
  async setRemoteDescription(one) { this.remoteDescription = one }
  close() { this.signalingState = "closed"; this.senders = [] }
}

// Where a transfer stands: as the scene says; its requests are taken.
const real = window.fetch.bind(window)
window.fetch = async (path, options) => {
  const [, call, deed] = String(path).match(/^\/desk\/call\/([^/]+)\/(now|consult|put-through|go-on)$/) ?? []
  if (!deed) return real(path, options)
  const told = deed === "now" ? { place: "caller", says: "", rungs: [], ...played.places[decodeURIComponent(call)] } : { said: played.said }
  return new Response(JSON.stringify(told), { headers: { "Content-Type": "application/json" } })
}
played.said = "正在找承辦人；來電者聽著音樂等候。"
