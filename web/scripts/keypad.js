// Keys of the keyboard press those of the telephone, while the focus is among them. The page works without it.
for (const pad of document.querySelectorAll("[data-keypad]")) {
  pad.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return
    if (event.target.matches("input, select, audio")) return
    const key = [...pad.querySelectorAll("button")].find((button) => button.value === event.key && /^[0-9*#]$/.test(event.key))
    if (!key) return
    event.preventDefault()
    key.click()
  })
}

// Where something is to be typed one can type at once. The browser itself goes to where the address points, and
// has done so when the page has loaded.
const typed = document.querySelector("#now #typed")
if (typed) addEventListener("load", () => setTimeout(() => typed.focus()))

// What is said now is heard in one piece: the end of a prompt begins the next, once somebody has begun the first.
const said = [...document.querySelectorAll(".now audio")]
said.forEach((one, at) => one.addEventListener("ended", () => said[at + 1]?.play()))
