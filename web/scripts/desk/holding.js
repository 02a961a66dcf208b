// Hold and mute.
export function holding({ find, session }) {
  const [hold, mute] = ["hold", "mute"].map(find)
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
    hold.setAttribute("aria-pressed", String(!held))
  }

  hold.addEventListener("click", press)
  mute.addEventListener("click", () => {
    const muted = session()?.isMuted().audio
    if (muted) session().unmute({ audio: true })
    else session()?.mute({ audio: true })
    mute.setAttribute("aria-pressed", String(!muted))
  })
  return { press, over() { asked = pressedAgain = false } }
}
