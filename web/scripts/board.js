// The supervisors' board: every picture of the stream is whole, so a break of the line leaves nothing wrong.
import { showHours } from "./board/hours.js"

const board = document.querySelector("[data-board]")
const states = JSON.parse(board.dataset.states)
const words = JSON.parse(board.dataset.standing)
const figure = (name) => board.querySelector(`[data-figure="${name}"]`)
const [fresh, lost, asked] = ["fresh", "lost", "asked"].map((name) => board.querySelector(`[data-${name}]`))
const judgedHere = () => [...board.querySelectorAll("[data-call]")].map((one) => `${one.dataset.call} ${one.dataset.is}`).sort().join()
const title = document.title
const AGAIN = 5_000
let seen = null, fetching = false

const seconds = (since) => Math.max(0, Math.round((Date.now() - Date.parse(since)) / 1000))

// Spoken when it is other than before; what is always changing, as the time of the figures, is not spoken at all.
const tell = (line, text) => { if (line.textContent !== text) line.textContent = text }

function show(floor) {
  seen = floor
  for (const name of ["waiting", "talking"]) figure(name).textContent = floor[name].length
  for (const name of ["answered", "called_back", "abandoned", "due", "overdue", "faults", "untagged"]) figure(name).textContent = floor[name]
  figure("level").textContent = floor.service_level === null ? "–" : `${Math.round(floor.service_level * 100)} %`
  for (const line of board.querySelectorAll("[data-agent]")) {
    const state = floor.agents[line.dataset.agent] ?? ""
    const talk = floor.talking.find((one) => one.agent === line.dataset.agent)
    line.querySelector("[data-state]").textContent = states[talk && state === "busy" ? "in a call" : state]
      ?? (state.startsWith("break: ") ? board.dataset.break + state.slice(7) : state)
    line.querySelector("[data-with]").textContent = talk ? `${talk.number} ${seconds(talk.since)} ${board.dataset.second}` : ""
    const told = floor.standing.filter((one) => one.agent === line.dataset.agent)
      .map((one) => words[one.is].replace("{by}", one.by)).join("；")
    const listener = line.querySelector("[data-listener]")
    if (listener.textContent !== told) listener.textContent = told
    const form = line.querySelector("[data-supervise]")
    if (form) form.hidden = !talk
  }
  const open = floor.judged.filter((one) => one.state === "REVIEW" && !one.emergency)
  tell(asked, open.length ? asked.dataset.asked.replace("%(who)s", open.map((one) => one.agent || one.number).join("、")) : "")
  document.title = open.length ? `(${open.length}) ${title}` : title
  showHours(board, floor.hours)
  const judged = floor.judged.map((one) => `${one.id} ${one.emergency ? "emergency" : one.state}`)
  if (judged.sort().join() !== judgedHere()) renew()
  tick()
}

// The forms of calls to be judged are the server's; not while somebody writes a reason in one.
async function renew() {
  const shown = [...board.querySelectorAll("[data-judged]")].filter((one) => !one.contains(document.activeElement))
  if (fetching || !shown.length) return
  fetching = true
  try {
    const answer = await fetch(location.pathname)
    const page = new DOMParser().parseFromString(await answer.text(), "text/html")
    for (const old of answer.ok ? shown : []) {
      const fresh = page.querySelector(`[data-judged="${old.dataset.judged}"]`)
      if (fresh) old.replaceWith(fresh)
    }
  } finally {
    fetching = false
  }
}

function tick() {
  const first = seen?.waiting[0]
  figure("longest").textContent = first ? seconds(first.since) : 0
}

// A browser asks again by itself when the line breaks, and never when it is refused: too many look, or the database is away.
function follow() {
  const source = new EventSource(board.dataset.board)
  source.addEventListener("message", (event) => {
    tell(lost, "")
    fresh.hidden = false
    const at = new Date().toLocaleTimeString(document.documentElement.lang, { timeZone: "Asia/Taipei" })
    fresh.textContent = board.dataset.asOf.replace("%(at)s", at)
    show(JSON.parse(event.data))
  })
  source.addEventListener("error", () => {
    tell(lost, lost.dataset.lost)
    fresh.hidden = true
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, AGAIN)
  })
}

follow()
setInterval(tick, 1000)
