// The time that is left, as the server tells it: between two answers it goes on by this machine's counter, which nobody sets,
// so a device whose clock is wrong shows what everybody is shown.
export function timeLeft(place) {
  let ends = null
  const shows = () => {
    const seconds = ends === null ? null : Math.max(0, Math.ceil((ends - performance.now()) / 1000))
    const text = seconds === null ? "" : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
    if (place.textContent !== text) place.textContent = text
    place.closest(".left").hidden = seconds === null
  }
  setInterval(shows, 250)
  return { sets(seconds) { ends = seconds === null ? null : performance.now() + seconds * 1000; shows() } }
}
