// Hold and mute.
export function holding({ find, session, words, tell }) {
  const [hold, mute] = ["hold", "mute"].map(find)
  const isPressed = (button, pressed) => button.setAttribute("aria-pressed", String(pressed))
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
    isPressed(hold, !held)
  }

  hold.addEventListener("click", press)
  mute.addEventListener("click", () => {
    const muted = session()?.isMuted().audio
    if (muted) session().unmute({ audio: true })
    else session()?.mute({ audio: true })
    isPressed(mute, !muted)
    tell(muted ? words.heard : words.muted)
  })

  function over() {
    asked = pressedAgain = false
    for (const button of [hold, mute]) isPressed(button, false)
  }

  return { press, over }
}
