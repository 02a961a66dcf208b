// Calls that 1999 places. From the desk, whose page is a telephone and is not left; where the record is, is said.
import { blames } from "./desk/blaming.js"
import { seekOne } from "./desk/seeking.js"

const desk = document.querySelector("[data-desk]")

for (const form of desk.querySelectorAll("[data-placing]")) {
  if (form.matches("[data-seek]")) seekOne(form, JSON.parse(form.dataset.words), form.elements.matter)
  const said = form.querySelector("[data-placing-said]")
  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    const button = form.querySelector("button:not([type])")
    button.disabled = true
    blames(form)
    said.textContent = form.dataset.rings
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        headers: { Accept: "application/json", "X-csrf": desk.dataset.csrf },
        body: new URLSearchParams(new FormData(form)),
      })
      const told = await answer.json()
      said.textContent = told.said ?? (blames(form, told.fields) ? "" : told.fault)
      if (told.address) {
        const link = document.createElement("a")
        Object.assign(link, { href: told.address, target: "_blank", className: "govuk-link", textContent: form.dataset.record })
        said.append(" ", link)
      }
    } catch {
      said.textContent = form.dataset.failed
    }
    button.disabled = false
  })
}

// Calls that were answered since this page was loaded can be chosen too.
for (const choice of desk.querySelectorAll("[data-calls]")) {
  choice.addEventListener("focus", () => {
    const known = new Set([...choice.options].map((one) => one.value))
    for (const form of document.querySelectorAll("[data-close]")) {
      if (!known.has(form.dataset.close)) choice.add(new Option(form.querySelector("legend").textContent, form.dataset.close))
    }
  })
}
