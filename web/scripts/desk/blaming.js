// What the server says is wrong with a form of the desk: each fault at its field, and the cursor in the first of them.

// Tells whether every fault stands at a field; else somebody has to read the sentence of them all.
export function blames(form, faults = {}) {
  for (const old of form.querySelectorAll("[data-blame]")) old.remove()
  for (const field of form.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid")
    field.classList.remove("govuk-input--error")
    describe(field, described(field).filter((id) => !id.startsWith("blame-")))
  }
  const fields = Object.keys(faults).map((name) => [...form.querySelectorAll(`[name="${name}"]`)].find((one) => one.type !== "hidden"))
  const texts = Object.values(faults)
  fields.forEach((field, n) => { if (field) blame(field, texts[n]) })
  fields.find(Boolean)?.focus()
  return fields.length > 0 && fields.every(Boolean)
}

function blame(field, text) {
  const line = Object.assign(document.createElement("p"), { className: "govuk-error-message", id: `blame-${field.id}`, textContent: text })
  line.dataset.blame = ""
  const legend = ["radio", "checkbox"].includes(field.type) && field.closest("fieldset")?.querySelector("legend")
  if (legend) legend.after(line)
  else field.before(line)
  field.setAttribute("aria-invalid", "true")
  field.classList.add("govuk-input--error")
  describe(field, [...described(field), line.id])
}

const described = (field) => (field.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean)

function describe(field, ids) {
  if (ids.length) field.setAttribute("aria-describedby", ids.join(" "))
  else field.removeAttribute("aria-describedby")
}
