// Listening without leaving the page: "calling your phone…" until it is so, and this page as telephone where there is no other.
import { put } from "./lasting.js"

const line = document.querySelector("[data-calling]")
const words = line && JSON.parse(line.dataset.words)
const said = line?.querySelector("[data-calling-said]"), offer = line?.querySelector("[data-calling-page]")
const telephone = document.querySelector("[data-telephone-on]")
const THERE = ["listen", "whisper", "join"]
// What was asked for last: whose talk, by which form and button, and how it stood with it before.
let asked = null, standing = [], wanted = null

function tell(text, offers = false) {
  put(said, text)
  offer.hidden = !offers || !telephone || telephone.hidden
}

const mine = (phone) => standing.find((one) => one.login === line.dataset.me && one.agent === phone)?.is

async function ask(form, submitter, path) {
  const one = asked = { phone: decodeURIComponent(path.split("/").at(-2)), form, submitter, before: "", is: "" }
  one.before = mine(one.phone)
  tell(words.calling)
  const sent = { method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(new FormData(form, submitter)) }
  const answer = await fetch(path, sent).catch(() => null)
  const told = answer?.ok ? await answer.json().catch(() => null) : null
  if (asked !== one || one.is) return  // it stands otherwise by now, and that is shown
  if (!told) { asked = null; tell(words.failed); return }
  if (!told.calling) asked = null
  wanted = told.offers ? one : null
  tell(told.said, told.offers)
}

// How it stands by Asterisk's word: whatever the page said before is over with it.
export function showStanding(board, now) {
  standing = now
  if (!line || !asked) return
  const is = mine(asked.phone)
  if (is === asked.is || (!asked.is && is === asked.before && !THERE.includes(is) && is !== "ringing")) return
  const was = asked.is
  asked.is = is
  if (is) tell(words.own[is].replace("{phone}", asked.phone), is === "unreachable")
  else if (THERE.includes(was)) tell(words.over)
}

if (line) {
  document.addEventListener("submit", (event) => {
    const { submitter, target } = event
    const path = submitter?.getAttribute("formaction") || target.getAttribute("action") || ""
    if (event.defaultPrevented || !path.endsWith("/supervise")) return  // a page that is the telephone sends it itself
    event.preventDefault()
    ask(target, submitter, path)
  })
  offer.addEventListener("click", () => {
    wanted ??= asked
    telephone.click()
  })
  document.addEventListener("telephone-ready", () => {
    const one = wanted
    wanted = asked = null
    tell("")
    if (one?.form.isConnected) one.form.requestSubmit(one.submitter)
  })
}
