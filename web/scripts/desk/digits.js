// Digits: while the cursor is in a part that counts its choices, and in no text, a digit chooses what bears it.
const TEXT = 'input:not([type="checkbox"], [type="radio"], [type="range"]), textarea, select, [contenteditable]'
const isThere = (one) => one.checkVisibility() && !one.disabled

export function digits(root) {
  root.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return
    if (!/^\d$/.test(event.key) || event.target.matches(TEXT)) return
    for (let part = event.target.closest("[data-digits]"); part; part = part.parentElement.closest("[data-digits]")) {
      const chosen = [...part.querySelectorAll(`[data-digit="${event.key}"]`)].find(isThere)
      if (!chosen) continue
      event.preventDefault()
      chosen.click()
      return
    }
  })
}
