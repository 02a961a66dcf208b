// Follows work that takes a while: moves its bar, and shows the page anew when it is done. Without scripts the page reloads itself.
const bar = document.querySelector("progress[data-follows]")

async function look() {
  try {
    const answer = await fetch(bar.dataset.follows, { headers: { Accept: "application/json" } })
    if (!answer.ok || answer.redirected) return location.reload()
    const { running, done, of } = await answer.json()
    if (!running) return location.reload()
    if (of) {
      bar.max = of
      bar.value = done
    }
  } catch {
    // The line is gone for a moment; the next look tells.
  }
  setTimeout(look, 700)
}

if (bar) look()
