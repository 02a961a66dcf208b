import { sounds, stops } from "./desk/sounds.js"

// Emergency bulletins on every open page (P4.8). The newest page of a browser holds the stream and tells the others;
// when it closes, another takes over. A stream begins with all that is on, so a break of the line loses nothing.
const PATIENCE = 15_000
const AGAIN = 5_000
const region = document.querySelector("[data-events]")
// Short tones for ten seconds: no telephone rings so.
const ALARM = { hertz: 880, on: 0.4, every: 0.8, times: 12 }

if (region) {
  const others = new BroadcastChannel("alerts")
  const lost = document.querySelector("[data-alerts-lost]")
  const over = document.querySelector("[data-alerts-over]")
  const bell = document.querySelector("[data-alerts-sound]")
  const emergencies = () => region.querySelector("[data-emergencies]")?.dataset.emergencies.split(" ") ?? []
  // Where the browser lets no sound out before anybody pressed something, it sounds then.
  const alarm = () => emergencies().length && sounds(bell, ALARM).catch(() => addEventListener("pointerdown", alarm, { once: true }))
  let fetching = Promise.resolve()
  let silent, again, source

  const hush = () => {
    clearTimeout(silent)
    silent = undefined
  }

  const show = async (on) => {
    if (on === region.dataset.alerts) return
    const answer = await fetch(region.dataset.banner, { redirect: "error" })
    if (!answer.ok) throw new Error(answer.statusText)
    const told = await answer.json()
    region.dataset.alerts = told.on
    const before = emergencies()
    region.innerHTML = told.html
    if (!bell) return
    if (!emergencies().length) stops(bell)
    else if (emergencies().some((call) => !before.includes(call))) alarm()
  }

  const hear = ({ kind, on }) => {
    hush()
    lost.hidden = kind !== "lost"
    over.hidden = kind !== "over"
    if (kind !== "alerts") return
    fetching = fetching.then(() => show(on)).catch(() => { setTimeout(() => hear({ kind, on }), AGAIN) })
  }

  const tell = (told) => {
    hear(told)
    others.postMessage(told)
  }

  const listen = () => {
    source = new EventSource(region.dataset.events)
    source.addEventListener("alerts", (event) => tell({ kind: "alerts", on: JSON.parse(event.data) }))
    source.addEventListener("over", () => { source.close(); tell({ kind: "over" }) })
    source.addEventListener("error", () => {
      silent ??= setTimeout(() => tell({ kind: "lost" }), PATIENCE)
      if (source.readyState === EventSource.CLOSED) refused()
    })
    return new Promise(() => {})
  }

  // Too many listen, or nobody is signed in any more: then the banner leads to the door.
  const refused = async () => {
    const answer = await fetch(region.dataset.banner, { redirect: "manual" }).catch(() => null)
    if (answer?.type === "opaqueredirect") tell({ kind: "over" })
    else again = setTimeout(listen, AGAIN)
  }

  const hold = (steal) => navigator.locks.request("alerts", { steal }, listen).catch(() => {
    clearTimeout(again)
    hush()
    source?.close()
    hold(false)
  })

  others.addEventListener("message", (event) => hear(event.data))
  if (navigator.locks) hold(true)
  else listen()
}
