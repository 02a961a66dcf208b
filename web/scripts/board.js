// The supervisors' board: every picture of the stream is whole, so a break of the line leaves nothing wrong.
const board = document.querySelector("[data-board]")
const states = JSON.parse(board.dataset.states)
const figure = (name) => board.querySelector(`[data-figure="${name}"]`)
const [fresh, lost, asked] = ["fresh", "lost", "asked"].map((name) => board.querySelector(`[data-${name}]`))
const judged = [...board.querySelectorAll("[data-call]")].map((one) => one.dataset.call)
let seen = null

const seconds = (since) => Math.max(0, Math.round((Date.now() - Date.parse(since)) / 1000))

function show(floor) {
  seen = floor
  for (const name of ["waiting", "talking"]) figure(name).textContent = floor[name].length
  for (const name of ["answered", "abandoned", "due", "overdue"]) figure(name).textContent = floor[name]
  figure("level").textContent = floor.service_level === null ? "–" : Math.round(floor.service_level * 100)
  for (const line of board.querySelectorAll("[data-agent]")) {
    const state = floor.agents[line.dataset.agent] ?? ""
    const talk = floor.talking.find((one) => one.agent === line.dataset.agent)
    line.querySelector("[data-state]").textContent = state.startsWith("break: ")
      ? board.dataset.break + state.slice(7) : states[state] ?? state
    line.querySelector("[data-with]").textContent = talk ? `${talk.number} ${seconds(talk.since)} s` : ""
  }
  asked.hidden = floor.judged.every((one) => judged.includes(one.id))
  tick()
}

function tick() {
  const first = seen?.waiting[0]
  figure("longest").textContent = first ? seconds(first.since) : 0
}

const source = new EventSource(board.dataset.board)
source.addEventListener("message", (event) => {
  lost.hidden = true
  fresh.hidden = false
  fresh.textContent = new Date().toLocaleTimeString(document.documentElement.lang, { timeZone: "Asia/Taipei" })
  show(JSON.parse(event.data))
})
source.addEventListener("error", () => { lost.hidden = false; fresh.hidden = true })
setInterval(tick, 1000)
