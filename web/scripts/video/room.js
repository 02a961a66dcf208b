// The room of a session, the same for both sides: the other's picture large and one's own small, the time that is left by
// the server's clock, what is written, the photograph. What is written goes on whatever becomes of the picture.
import { asking } from "./asking.js"
import { chat } from "./chat.js"
import { devices } from "./devices.js"
import { VideoLink } from "./media.js"
import { onePage } from "./one_page.js"
import { photographing } from "./photographing.js"
import { timeLeft } from "./time_left.js"

const FLASH = 3000, BUZZ = [300, 150, 300], LARGE = "video:large"
// So long something that is sent may be under way: on a network that went away without a word a request never ends.
const SMALL = 8_000, PHOTO = 60_000
// TURN's credentials of a page hold an hour (hotline/video/turn.py): who waited longer than this gets new ones.
const FRESH = 20 * 60_000

// Whatever the other side sent: what is no message of a browser is nothing, and stops no page.
function understood(signal) {
  try { return JSON.parse(signal) } catch { return null }
}

// `told` hears each answer of the server, `over` the one in which the session has ended.
export function room({ part, words, told = () => {}, over = () => {} }) {
  const find = (name) => part.querySelector(`[data-${name}]`)
  const [head, says, notice, trouble, theirs, mine, picture] = ["head", "says", "notice", "trouble", "theirs", "mine", "picture"].map(find)
  const { path, text, sound, polite } = part.dataset
  const seen = Number(part.dataset.last), title = document.title, left = timeLeft(find("left")), enlarges = find("press-large")
  let link = null, stands = "", ready = null, given = 0

  const write = (place, said) => { if (place.textContent !== said) place.textContent = said }
  const tells = (said) => write(trouble, said)
  const own = devices({ find, words, isHeard: sound === "yes", tells, changed: shows })
  const written = chat({ find, words, post, trouble: tells })
  const still = photographing({ find, words, take: own.take, sends: (image) => post("photo", { image }), sent: () => written.notes(words.photoSent), tells })
  const asks = asking(`${path}/state`, { told: hears, silent, refused })

  // Why it was not taken; empty where it was.
  async function post(what, fields = {}, again = true) {
    const body = new FormData()
    for (const [name, value] of Object.entries(fields)) body.append(name, value)
    const signal = AbortSignal.timeout(fields.image ? PHOTO : SMALL)
    const answer = await fetch(`${path}/${what}`, { method: "POST", redirect: "manual", headers: { "X-csrf": part.dataset.csrf }, body, signal }).catch(() => null)
    if (answer?.ok) { asks.ask(); return "" }
    if (answer?.status === 400 && again && await isGivenAnew()) return post(what, fields, false)
    return (await answer?.json().catch(() => null))?.fault || words.notSent
  }

  // What this page was given is that of before: somebody signed in or out beside it in this browser, or much time passed.
  async function isGivenAnew() {
    const page = await fetch(location.href, { signal: AbortSignal.timeout(SMALL) }).then((answer) => answer.text()).catch(() => "")
    const fresh = new DOMParser().parseFromString(page, "text/html").querySelector("[data-room]")
    if (fresh?.dataset.path !== path) return false
    for (const name of ["csrf", "ice"]) part.dataset[name] = fresh.dataset[name]
    given = performance.now()
    for (const field of part.querySelectorAll('input[name="csrf"]')) field.value = fresh.dataset.csrf
    return true
  }

  // --- How it stands ---------------------------------------------------------------------------------------

  function hears(one) {
    if (one.state !== stands) turns(one)
    write(head, one.head)
    write(says, one.says)
    left.sets(one.left)
    if (one.notice !== notice.textContent) warns(one.notice)
    written.opens(one.open)
    written.shows(one.messages)
    for (const { kind, number, mine: isMine, signal } of one.messages) {
      if (kind === "signal" && !isMine && number > seen) link?.receive(understood(signal))
    }
    told(one)
  }

  function turns(one) {
    const before = stands
    stands = part.dataset.state = one.state
    document.title = `${one.head} – ${title}`
    if (stands === "active") begins()
    if (before) flash()
    if (one.isOver) ends(one)
  }

  // What would be heard elsewhere is seen here, and felt where the device lies in a hand.
  function warns(said) {
    write(notice, said)
    notice.hidden = !said
    if (said) flash()
  }

  function flash() {
    part.classList.remove("flash")
    void part.offsetWidth  // so that it begins anew
    part.classList.add("flash")
    navigator.vibrate?.(BUZZ)
    setTimeout(() => part.classList.remove("flash"), FLASH)
  }

  function silent(long) {
    part.classList.toggle("cut-off", long > 0)
    tells(long ? words.away : "")
  }

  function refused(status, why) {
    stops()
    part.dataset.state = "gone"
    write(head, status === 401 ? words.signedOut : why || words.gone)
    write(says, "")
    find("leads-on").hidden = false
    head.focus()
  }

  function ends(one) {
    asks.end()
    stops()
    written.clear()
    find("leads-on").hidden = false
    over(one)
    head.focus()
  }

  function stops() {
    link?.close()
    link = null
    own.close()
    theirs.srcObject = mine.srcObject = null
    mine.hidden = true
    left.sets(null)
    written.opens(false)
  }

  // --- The picture -----------------------------------------------------------------------------------------

  // The camera is asked for while one waits: who is let in is seen at once.
  const prepares = () => ready ??= text === "yes" ? own.without() : own.open()

  async function begins() {
    await prepares()
    if (performance.now() - given > FRESH) await isGivenAnew()
    if (link || stands !== "active") return
    link = new VideoLink({ iceServers: JSON.parse(part.dataset.ice), polite: polite === "yes", send: signals })
    link.addEventListener("remote", ({ detail }) => { theirs.srcObject = detail })
    link.addEventListener("state", ({ detail }) => { part.dataset.picture = detail; write(picture, words.pictures[detail] ?? "") })
    link.addEventListener("fault", ({ detail }) => tells(words.faults[detail.what] ?? ""))
    link.open(own.stream())
    asks.hurry()
  }

  async function signals(_kind, message) {
    asks.hurry()
    const why = await post("message", { kind: "signal", text: JSON.stringify(message) })
    if (why) throw new Error(why)
  }

  function shows(stream, isSeen, isHeard) {
    mine.srcObject = isSeen ? stream : null
    mine.hidden = !isSeen
    theirs.muted = !isHeard
    still.opens(isSeen)
    link?.use(stream)
  }

  // --- Its size, and the one page that has it ----------------------------------------------------------------

  function enlarge(is) {
    part.classList.toggle("large", is)
    enlarges.setAttribute("aria-pressed", String(is))
    localStorage.setItem(LARGE, is ? "yes" : "")
  }

  function elsewhere(said) {
    write(head, said)
    find("press-here").hidden = false
    find("press-here").focus()
  }

  enlarges.addEventListener("click", () => enlarge(!part.classList.contains("large")))
  enlarge(Boolean(localStorage.getItem(LARGE)))
  onePage(`video:${path}`, find("press-here"), {
    begins() { prepares(); asks.ask() },
    waits() { elsewhere(words.elsewhere) },
    gone() { asks.end(); stops(); elsewhere(words.taken) },
  })
  return { post, find, tells, stream: own.stream }
}
