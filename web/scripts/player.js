// Recorded sound: places to jump to, steps, speed, and places to be silenced. Playing itself is the browser's.
const players = [...document.querySelectorAll("[data-player]")]

for (const player of players) {
  const sound = player.querySelector("audio")
  const lost = player.querySelector("[data-player-lost]")
  const goes = (second) => {
    sound.currentTime = Math.max(0, second)
    sound.play().catch(() => {}) // what keeps it from playing is told by its own event
  }

  player.querySelector("[data-player-scripted]").hidden = false
  player.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-seek], [data-step]")
    if (!button) return
    const { seek, step } = button.dataset
    goes(seek === undefined ? sound.currentTime + Number(step) : Number(seek))
  })
  player.querySelector("[data-speed]").addEventListener("change", ({ target }) => {
    sound.defaultPlaybackRate = sound.playbackRate = Number(target.value)
  })
  // A menu of the browser would offer to save it.
  sound.addEventListener("contextmenu", (event) => event.preventDefault())
  sound.addEventListener("play", () => {
    lost.hidden = true
    for (const other of players) if (other !== player) other.querySelector("audio").pause()
  })
  sound.addEventListener("error", () => { lost.hidden = false })
}

// A place is typed as a person reads it: minutes, seconds and tenths.
const shown = (second) => {
  const tenths = Math.round(second * 10)
  return `${String(Math.floor(tenths / 600)).padStart(2, "0")}:${((tenths % 600) / 10).toFixed(1).padStart(4, "0")}`
}

for (const button of document.querySelectorAll("[data-take]")) {
  const sound = button.closest("[data-cutting]").querySelector("audio")
  button.hidden = false
  button.addEventListener("click", () => {
    const field = document.getElementById(button.dataset.take)
    field.value = shown(sound.currentTime)
    field.focus()
  })
}
