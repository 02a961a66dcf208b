// Today by the hour, on a board that stays open: the same picture and the same table as the page came with.
const SVG = "http://www.w3.org/2000/svg"
const [WIDE, HIGH, FOOT, WORDS] = [40, 96, 100, 104]
let drawn = null

export function showHours(board, hours) {
  const told = JSON.stringify(hours)
  if (told === drawn) return
  drawn = told
  const today = board.querySelector("[data-today]")
  board.querySelector("[data-none]").hidden = hours.length > 0
  today.hidden = !hours.length
  const picture = today.querySelector("svg")
  // A picture of one bar says nothing that its number does not.
  picture.toggleAttribute("hidden", hours.length < 2)
  draw(picture, hours)
  const heads = [...today.querySelectorAll("thead th")].map((one) => one.textContent)
  today.querySelector("tbody").replaceChildren(...hours.map((one) => row(one, heads)))
}

function draw(picture, hours) {
  const most = Math.max(1, ...hours.map((one) => one.calls))
  // A whole day's hours are still read on a telephone's screen.
  const size = Math.max(12, hours.length * 1.25)
  picture.setAttribute("viewBox", `0 0 ${hours.length * WIDE} ${WORDS + size * 1.25}`)
  picture.replaceChildren(...hours.flatMap((one, place) => {
    const height = HIGH * one.calls / most
    const name = shape("text", { x: place * WIDE + 20, y: WORDS + size, "font-size": size, "text-anchor": "middle" })
    name.textContent = one.hour
    return [shape("rect", { x: place * WIDE + 6, y: FOOT - height, width: 28, height }), name]
  }))
}

function shape(kind, sides) {
  const made = document.createElementNS(SVG, kind)
  for (const [name, value] of Object.entries(sides)) made.setAttribute(name, value)
  return made
}

function row(one, heads) {
  const mean = one.answered ? (one.waited / one.answered).toFixed(1) : "–"
  const line = document.createElement("tr")
  line.className = "govuk-table__row"
  const head = cell("th", one.hour, "govuk-table__header", heads[0])
  head.scope = "row"
  const figures = [one.calls, one.queued, one.answered, one.called_back, one.abandoned, one.soon, mean]
  line.append(head, ...figures.map((figure, n) => cell("td", figure, "govuk-table__cell", heads[n + 1])))
  return line
}

// A telephone's screen shows the word of the column before each figure.
function cell(kind, words, name, head) {
  const made = document.createElement(kind)
  made.className = name
  made.dataset.head = head
  made.textContent = words
  return made
}
