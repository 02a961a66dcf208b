// A screen on the wall: opened by the token in its address, which no server reads; afterwards each picture is whole.
import { put, running } from "./board/lasting.js"

const wall = document.querySelector("[data-wall]")
const AGAIN = 5_000

// The token stands after the "#" of the address, so that it is in no log; here it is sent and taken out of sight.
const door = document.querySelector("[data-door]")
const token = location.hash.slice(1)
if (token) history.replaceState(null, "", location.pathname)
if (door && token) {
  door.token.value = decodeURIComponent(token)
  door.submit()
}

function follows() {
  const [strains, languages] = ["strains", "languages"].map((name) => JSON.parse(wall.dataset[name]))
  const figure = (name) => wall.querySelector(`[data-figure="${name}"]`)
  const tile = (name) => figure(name).closest("li")
  const [lost, clock, nobody, shifts] = ["lost", "clock", "nobody", "shifts"].map((name) => wall.querySelector(`[data-${name}]`))
  const rows = wall.querySelector(".queues tbody")
  const percent = (share) => share === null ? "–" : `${Math.round(share * 100)}%`
  const time = (seconds) => new Date().toLocaleTimeString("zh-TW", { timeZone: "Asia/Taipei", hourCycle: "h23", hour: "2-digit", minute: "2-digit", second: seconds })
  let thresholds = { warning: Infinity, alarm: Infinity }, at = ""
  const { strain, tick } = running(wall, wall.dataset.now, () => thresholds, strains)
  const first = tile("waiting").querySelector("[data-wait]")

  function show(seen) {
    thresholds = seen.thresholds
    for (const name of ["waiting", "calls", "answered", "called_back", "abandoned", "due", "due_soon", "overdue", "due_on_shift", "there_on_shift"]) put(figure(name), seen[name])
    shifts.hidden = !seen.due_on_shift
    const goal = wall.querySelector("[data-goal]"), [met, missed] = JSON.parse(goal.dataset.goal), on = seen.is_on_goal
    put(figure("level"), percent(seen.service_level))
    put(figure("goal"), percent(thresholds.level))
    put(goal, on === null ? "" : on ? met : missed)
    tile("level").dataset.is = on === null ? "" : on ? "well" : "alarm"
    tile("due").dataset.is = seen.overdue ? "alarm" : seen.due_soon ? "warning" : ""
    first.querySelector("[data-since]").dataset.since = seen.since
    nobody.hidden = seen.queues.length > 0
    rows.replaceChildren(...seen.queues.map((one) => {
      const line = document.createElement("tr")
      line.append(made("th", languages[one.language] ?? one.language, { scope: "row" }), made("td", one.waiting), made("td", wait(one.since)))
      return line
    }))
    for (const part of wall.querySelectorAll("[data-state]")) showState(part, seen.agents.filter((one) => one.state === part.dataset.state))
    everySecond()
  }

  function showState(part, there) {
    const most = Number(wall.dataset.chips)
    there.sort((one, other) => !one.since - !other.since || one.since.localeCompare(other.since) || one.seat - other.seat)
    put(part.querySelector("[data-count]"), there.length)
    put(part.querySelector("[data-more]"), there.length > most ? `＋${there.length - most}` : "")
    part.querySelector("ul").replaceChildren(...there.slice(0, most).map((one) => {
      const lasts = made("span", "", { className: "lasts" })
      lasts.dataset.since = one.since
      const chip = document.createElement("li")
      chip.append(made("span", one.alias || wall.dataset.seat.replace("{seat}", one.seat)), " ", lasts)
      return chip
    }))
  }

  function made(kind, inside, sides = {}) {
    const one = Object.assign(document.createElement(kind), sides)
    one.append(inside)
    return one
  }

  function wait(since) {
    const one = first.cloneNode(true)
    one.querySelector("[data-since]").dataset.since = since
    return one
  }

  function everySecond() {
    tick()
    tile("waiting").dataset.is = strain(first.querySelector("[data-since]").dataset.since)
    put(clock, time())
  }

  function listen() {
    const source = new EventSource(wall.dataset.wall)
    source.addEventListener("message", (event) => {
      at = time("2-digit")
      wall.classList.remove("lost")
      put(lost, "")
      show(JSON.parse(event.data))
    })
    // Nothing of before stays on a screen that may show it no longer.
    source.addEventListener("over", () => location.reload())
    source.addEventListener("error", () => {
      wall.classList.add("lost")
      put(lost, lost.dataset.lost.replace("{at}", at || time("2-digit")))
      if (source.readyState === EventSource.CLOSED) setTimeout(again, AGAIN)
    })
  }

  async function again() {
    const asked = new AbortController()
    const answer = await fetch(wall.dataset.wall, { signal: asked.signal }).catch(() => null)
    asked.abort()
    if (answer?.status === 401) location.reload()
    else listen()
  }

  listen()
  setInterval(everySecond, 1000)
}

if (wall) follows()
