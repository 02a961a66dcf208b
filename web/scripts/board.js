// The supervisors' board: every picture of the stream is whole, so a break of the line leaves nothing wrong.
import { showHours } from "./board/hours.js"
import { put, running } from "./board/lasting.js"
import { showStanding } from "./board/supervising.js"

const board = document.querySelector("[data-board]")
const read = (name) => JSON.parse(board.dataset[name])
const [states, colours, strains, languages, words, duties] = ["states", "colours", "strains", "languages", "standing", "duties"].map(read)
const figure = (name) => board.querySelector(`[data-figure="${name}"]`)
const [fresh, lost, asked, more, nobody, some, shifts] = ["fresh", "lost", "asked", "more", "nobody", "some", "shifts"].map((name) => board.querySelector(`[data-${name}]`))
const rows = some.querySelector("tbody")
const title = document.title
const AGAIN = 5_000
let thresholds = { warning: Infinity, alarm: Infinity }, fetching = false

const { strain, tick } = running(board, board.dataset.now, () => thresholds, strains)
const percent = (share) => `${Math.round(share * 100)}%`
const is = (name, how) => { figure(name).closest("li").dataset.is = how }

function show(floor) {
  thresholds = floor.thresholds
  for (const name of ["waiting", "talking"]) put(figure(name), floor[name].length)
  showShifts(floor)
  for (const name of ["calls", "answered", "called_back", "abandoned", "due", "overdue", "due_soon", "faults", "untagged"]) put(figure(name), floor[name])
  showLevel(floor.service_level)
  showWaiting(floor.waiting)
  is("due", floor.overdue ? "alarm" : floor.due_soon ? "warning" : "")
  for (const agent of floor.agents) showAgent(agent, floor)
  showStanding(board, floor.standing)
  const open = floor.judged.filter((one) => one.state === "REVIEW" && !one.emergency)
  put(asked, open.length ? asked.dataset.asked.replace("%(who)s", open.map((one) => one.agent || one.number).join("、")) : "")
  document.title = open.length ? `(${open.length}) ${title}` : title
  showHours(board, floor.hours)
  if (served(floor) !== servedHere()) renew()
  everySecond()
}

function showShifts(floor) {
  const missing = shifts.querySelector("[data-missing]")
  shifts.hidden = !floor.due_on_shift
  for (const name of ["sign_waiting", "sign_served"]) put(figure(name), floor[name])
  for (const name of ["due_on_shift", "there_on_shift"]) put(figure(name), floor[name])
  put(missing, floor.missing.length ? missing.dataset.missing.replace("%(names)s", floor.missing.join("、")) : "")
}

function showLevel(level) {
  put(figure("level"), level === null ? "–" : percent(level))
  put(figure("goal"), percent(thresholds.level))
  const goal = board.querySelector("[data-goal]"), [met, missed] = JSON.parse(goal.dataset.goal)
  put(goal, level === null ? "" : level >= thresholds.level ? met : missed)
  is("level", level !== null && level < thresholds.level ? "alarm" : "")
}

function showWaiting(waiting) {
  const shown = Number(more.dataset.shown)
  figure("waiting").closest("li").querySelector("[data-since]").dataset.since = waiting[0]?.since ?? ""
  some.hidden = !waiting.length
  nobody.hidden = waiting.length > 0
  put(more, waiting.length > shown ? more.dataset.more.replace("%(count)s", waiting.length - shown) : "")
  rows.replaceChildren(...waiting.slice(0, shown).map((one) => {
    const line = document.createElement("tr")
    line.className = "govuk-table__row"
    line.append(cell(one.place), cell(languages[one.language] ?? one.language), cell(one.number), cell(wait(one.since)))
    return line
  }))
}

function cell(inside) {
  const made = document.createElement("td")
  made.className = "govuk-table__cell"
  made.append(inside)
  return made
}

function wait(since) {
  const made = figure("waiting").closest("li").querySelector("[data-wait]").cloneNode(true)
  made.querySelector("[data-since]").dataset.since = since
  return made
}

function showAgent(agent, floor) {
  const line = board.querySelector(`[data-agent="${CSS.escape(agent.phone)}"]`)
  if (!line) return
  const talk = floor.talking.find((one) => one.agent === agent.phone)
  const state = line.querySelector("[data-state]")
  put(state, states[agent.state] ?? agent.state)
  state.className = `govuk-tag govuk-tag--${colours[agent.state] ?? "grey"}`
  put(line.querySelector("[data-reason]"), agent.reason)
  line.querySelector("[data-since]").dataset.since = agent.since
  put(line.querySelector("[data-with]"), talk?.number ?? "")
  showDuty(line.querySelector("[data-duty]"), agent)
  const form = line.querySelector("[data-supervise]")
  if (!form) return
  const told = floor.standing.filter((one) => one.agent === agent.phone)
  put(line.querySelector("[data-listener]"), told.map((one) => words[one.is].replace("{by}", one.by)).join("；"))
  form.hidden = !talk
}

function showDuty(line, agent) {
  const end = agent.shift_until && new Date(agent.shift_until).toLocaleTimeString("zh-TW", { timeZone: "Asia/Taipei", hourCycle: "h23", hour: "2-digit", minute: "2-digit" })
  const told = [duties[agent.attendance] ?? "", end ? board.dataset.shiftEnds.replace("%(until)s", end) : ""]
  if (line.dataset.shown === told.join("|")) return
  line.dataset.shown = told.join("|")
  const word = document.createElement("span")
  word.className = `govuk-tag govuk-tag--${agent.attendance === "missing" ? "red" : "grey"}`
  word.textContent = told[0]
  line.replaceChildren(...(told[0] ? [word, " "] : []), told[1])
}

// What only the server can say anew: the forms of calls to be judged, the most urgent promises.
const served = (floor) => [
  ...floor.judged.map((one) => `${one.id} ${one.emergency ? "emergency" : one.state}`),
  ...floor.first_due.map((one) => `${one.id} ${one.is_overdue ? "True" : "False"}`),
].sort().join()
const servedHere = () => [
  ...[...board.querySelectorAll("[data-call]")].map((one) => `${one.dataset.call} ${one.dataset.is}`),
  ...[...board.querySelectorAll("[data-promise]")].map((one) => one.dataset.promise),
].sort().join()

// Not while somebody writes a reason in one of them.
async function renew() {
  const shown = [...board.querySelectorAll("[data-served]")].filter((one) => !one.contains(document.activeElement))
  if (fetching || !shown.length) return
  fetching = true
  try {
    const answer = await fetch(location.pathname)
    const page = new DOMParser().parseFromString(await answer.text(), "text/html")
    for (const old of answer.ok ? shown : []) {
      const fresh = page.querySelector(`[data-served="${old.dataset.served}"]`)
      if (fresh) old.replaceWith(fresh)
    }
  } finally {
    fetching = false
  }
}

function everySecond() {
  tick()
  is("waiting", strain(figure("waiting").closest("li").querySelector("[data-since]").dataset.since))
}

// A browser asks again by itself when the line breaks, and never when it is refused: too many look, or the database is away.
function follow() {
  const source = new EventSource(board.dataset.board)
  source.addEventListener("message", (event) => {
    put(lost, "")
    fresh.hidden = false
    const at = new Date().toLocaleTimeString(document.documentElement.lang, { timeZone: "Asia/Taipei", hourCycle: "h23" })
    fresh.textContent = board.dataset.asOf.replace("%(at)s", at)
    show(JSON.parse(event.data))
  })
  source.addEventListener("error", () => {
    put(lost, lost.dataset.lost)
    fresh.hidden = true
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, AGAIN)
  })
}

follow()
setInterval(everySecond, 1000)
