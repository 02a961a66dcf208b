// A page as a telephone: registered with Asterisk under an account of its own for as long as the page wants.
import JsSIP from "jssip"

export function line(account, { ready, again, lost, rings }) {
  const agent = new JsSIP.UA({
    sockets: [new JsSIP.WebSocketInterface(account.socket)],
    uri: `sip:${account.user}@${account.host}`,
    authorization_user: account.user,
    password: account.password,
    register_expires: 60,
    session_timers: false,
    connection_recovery_min_interval: 1,
    connection_recovery_max_interval: 4,
  })
  agent.on("registered", ready)
  agent.on("registrationFailed", again)
  agent.on("disconnected", lost)
  agent.on("newRTCSession", ({ originator, session, request }) => {
    if (originator === "remote") rings(session, (name) => request.getHeader(name) || "")
  })
  agent.start()
  return agent
}

export function hears(session, sound) {
  session.on("peerconnection", ({ peerconnection }) => {
    peerconnection.addEventListener("track", (event) => { sound.srcObject = event.streams[0] })
  })
  session.on("icecandidate", (event) => setTimeout(event.ready, 500))
}

export const lift = (session, microphone) => session.answer({ mediaStream: microphone, pcConfig: { iceServers: [] } })

// Asterisk takes it as a phone that declined (a cause 21), and its queue rings on.
export const DECLINED = { status_code: 603, reason_phrase: "Decline" }

// The line is back. Asked whether it still has the call, Asterisk also learns where the page is now.
export function isStillThere(session, told) {
  session.sendRequest(JsSIP.C.UPDATE, {
    extraHeaders: [`Contact: ${session.contact}`],
    eventHandlers: { onSuccessResponse: told, onErrorResponse: told, onDialogError: () => session.onDialogError() },
  })
}

// Ends that nobody wished; of the orphans Asterisk does not know yet.
const { DIALOG_ERROR, CONNECTION_ERROR, REQUEST_TIMEOUT, RTP_TIMEOUT } = JsSIP.C.causes
export const ORPHANS = new Set([CONNECTION_ERROR, REQUEST_TIMEOUT, RTP_TIMEOUT])
export const BROKEN = new Set([DIALOG_ERROR, ...ORPHANS])
