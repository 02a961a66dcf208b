// Makes the design system's components work, and adds what every page may use. Pages work without it.
import { initAll } from "govuk-frontend"
import "./alerts.js"
import "./choices.js"

document.body.classList.add("js-enabled", ..."noModule" in HTMLScriptElement.prototype ? ["govuk-frontend-supported"] : [])
initAll()

// A choice that sends its form by itself, where the form says so; the button stays for those without scripts.
for (const form of document.querySelectorAll("form[data-sends-itself]")) {
  form.addEventListener("change", () => form.requestSubmit())
}

// The menu is long: on a narrow screen it opens on demand, on a wide one it is always there.
const narrow = matchMedia("(max-width: 48em)")
for (const menu of document.querySelectorAll("details[data-closed-when-narrow]")) {
  const fit = () => { menu.open = !narrow.matches }
  narrow.addEventListener("change", fit)
  fit()
}

// After an error the summary is where one reads on (the design system moves the focus there); after a deed, the notice.
document.querySelector("[data-said]")?.focus()
