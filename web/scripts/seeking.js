// Pages on which somebody is found by name while one types; without a script they ask to choose in the next sending.
import { seekOne } from "./desk/seeking.js"

for (const form of document.querySelectorAll("form[data-seek]")) {
  if (form.querySelector("[data-seek-chosen]")) seekOne(form, JSON.parse(form.dataset.words), form.elements.matter)
}
