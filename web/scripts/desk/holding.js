// Hold and mute: asked of the telephone, which tells when it is so.
export function holding({ hold, mute, session, words, tell, happens }) {
  let asked = false, pressedAgain = false

  // Asterisk is asked once at a time; a press meanwhile is done afterwards.
  function press() {
    const one = session()
    if (!one?.isEstablished()) return
    if (asked) { pressedAgain = !pressedAgain; return }
    asked = true
    const done = () => {
      asked = false
      if (pressedAgain) { pressedAgain = false; press() }
    }
    const held = one.isOnHold().local
    if (!(held ? one.unhold({}, done) : one.hold({}, done))) asked = false
  }

  hold.addEventListener("click", press)
  mute.addEventListener("click", () => {
    const one = session()
    if (!one) return
    if (one.isMuted().audio) one.unmute({ audio: true })
    else one.mute({ audio: true })
  })

  function of(one) {
    one.on("hold", ({ originator }) => { if (originator === "local") happens("held", { isHeld: true }) })
    one.on("unhold", ({ originator }) => { if (originator === "local") happens("held", { isHeld: false }) })
    for (const [name, isMuted] of [["muted", true], ["unmuted", false]]) {
      one.on(name, () => { happens("muted", { isMuted }); tell(isMuted ? words.muted : words.heard) })
    }
    asked = pressedAgain = false
  }

  return { of }
}
