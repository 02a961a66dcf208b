// Emergency bulletins on every open page (P4.8). The newest page of a browser holds the stream and tells the others;
// when it closes, another takes over. A stream begins with all that is on, so a break of the line loses nothing.
const PATIENCE = 15_000
const AGAIN = 5_000
const region = document.querySelector("[data-events]")

if (region) {
  const others = new BroadcastChannel("alerts")
  const lost = document.querySelector("[data-alerts-lost]")
  const over = document.querySelector("[data-alerts-over]")
  let fetching = Promise.resolve()
  let silent

  const show = async (on) => {
    if (on === region.dataset.alerts) return
    const answer = await fetch(region.dataset.banner)
    if (!answer.ok || answer.redirected) return
    const told = await answer.json()
    region.dataset.alerts = told.on
    region.innerHTML = told.html
  }

  const hear = ({ kind, on }) => {
    clearTimeout(silent)
    lost.hidden = kind !== "lost"
    if (kind === "over") over.hidden = false
    if (kind === "alerts") fetching = fetching.then(() => show(on)).catch(() => {})
  }

  const tell = (told) => {
    hear(told)
    others.postMessage(told)
  }

  let source
  const listen = () => {
    source = new EventSource(region.dataset.events)
    source.addEventListener("alerts", (event) => tell({ kind: "alerts", on: JSON.parse(event.data) }))
    source.addEventListener("over", () => { source.close(); tell({ kind: "over" }) })
    source.addEventListener("error", () => {
      clearTimeout(silent)
      silent = setTimeout(() => tell({ kind: "lost" }), PATIENCE)
      if (source.readyState === EventSource.CLOSED) again = setTimeout(listen, AGAIN)
    })
    return new Promise(() => {})
  }

  let again
  const hold = (steal) => navigator.locks.request("alerts", { steal }, listen).catch(() => {
    clearTimeout(again)
    clearTimeout(silent)
    source?.close()
    hold(false)
  })

  others.addEventListener("message", (event) => hear(event.data))
  if (navigator.locks) hold(true)
  else listen()
}
