// What is only like what was asked for: folded away below what is it, open where there is nothing else.
export function folded(entries, words, isOpen, count = entries.length) {
  if (!entries.length) return []
  const whole = Object.assign(document.createElement("details"), { className: "govuk-details", open: isOpen })
  const head = Object.assign(document.createElement("summary"), { className: "govuk-details__summary" })
  const text = words.similar.replace("{count}", count)
  head.append(Object.assign(document.createElement("span"), { className: "govuk-details__summary-text", textContent: text }))
  const body = Object.assign(document.createElement("div"), { className: "govuk-details__text" })
  body.append(...entries)
  whole.append(head, body)
  return [whole]
}
