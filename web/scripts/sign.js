// The sign-language service's front page: whether it is open, who interprets and who waits, looked up again by itself.
const place = document.querySelector("[data-video-now]")
const EVERY = 10_000

async function look() {
  const answer = document.hidden ? null : await fetch(place.dataset.videoNow).catch(() => null)
  if (answer?.ok) {
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body
    if (fresh.textContent !== place.textContent) place.replaceChildren(...fresh.childNodes)
  }
  setTimeout(look, EVERY)
}

if (place) setTimeout(look, EVERY)
