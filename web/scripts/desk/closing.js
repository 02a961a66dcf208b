// Calls that nobody has said what for. The one that just ended stands on top with the cursor in it, closed by digits and
// Enter; older ones are one line below, which opens. The lists are the server's, sent one by one.
import { forget, keep, restore } from "./drafts.js"
import { load } from "./loading.js"

const TRIES = 6, AGAIN = 1000

export function closing({ find, post, tell, words, done, current }) {
  const [top, older, says, list] = ["wrap", "older", "older-says", "open"].map(find)
  let latest = "", wanted = false, looking = 0

  const all = () => [...top.querySelectorAll("[data-close]"), ...list.querySelectorAll("[data-close]")]
  const formOf = (id) => all().find((one) => one.dataset.close === id)

  function closable(form) {
    const draft = `close:${form.dataset.close}`
    restore(form, draft)
    form.oninput = () => keep(form, draft)
    form.onsubmit = (event) => { event.preventDefault(); close(form, draft) }
  }

  // A digit chooses a service. 0 says that there was none and leads to the grounds, where it chooses one of them.
  function keys(event, form) {
    const { key, target } = event
    if (!form || event.altKey || event.ctrlKey || event.metaKey || target.matches("button, summary")) return
    const { ground } = form.elements
    if (key === "Enter") form.requestSubmit()
    else if (key === "0") none(form, ground)
    else if (!/^\d$/.test(key)) return
    else if (target === ground) choose(ground, Number(key))
    else form.querySelector(`[data-digit="${key}"]`)?.click()
    event.preventDefault()
    keep(form, `close:${form.dataset.close}`)
  }

  function none(form, ground) {
    for (const box of form.querySelectorAll('input[name="service"]')) box.checked = false
    choose(ground, 1)
    ground.focus()
  }

  const choose = (ground, place) => { if (ground.options[place]) ground.selectedIndex = place }

  async function close(form, draft) {
    const { close: id } = form.dataset
    try {
      tell((await post(`/desk/call/${encodeURIComponent(id)}/service`, [...new FormData(form)])).said)
      for (const one of [draft, id, `book:${id}`]) forget(one)
      const wasTop = top.contains(form)
      if (wasTop) latest = ""
      form.remove()
      arrange()
      done(wasTop)
      look()
    } catch (error) {
      document.activeElement.blur()
      await look()  // what is missing may have come up since, such as the reason of a transfer by keys
      const here = formOf(id) ?? form
      tell(error.message, here.querySelector("[data-fault]"))
      here.querySelector("input").focus()
    }
  }

  async function look() {
    const answer = await load("/desk/open")
    if (!answer?.ok) return false
    const sent = Object.assign(document.createElement("template"), { innerHTML: await answer.text() })
    const fresh = sent.content.querySelector("[data-open]")
    if (fresh) { bring([...fresh.querySelectorAll("[data-close]")]); list.dataset.more = fresh.dataset.more; arrange() }
    return true
  }

  // What somebody fills in stays as it is, with the cursor in it; others are brought up to date, with what was filled in.
  function bring(fresh) {
    const ids = new Set(fresh.map((one) => one.dataset.close))
    for (const one of all()) if (!ids.has(one.dataset.close)) one.remove()
    for (const one of fresh) {
      const here = formOf(one.dataset.close)
      if (here?.contains(document.activeElement)) continue
      closable(one)
      if (here) here.replaceWith(one)
      else list.append(one)
    }
  }

  // The call that just ended on top, the others in their order below.
  function arrange() {
    const form = latest && formOf(latest)
    for (const one of [...top.querySelectorAll("[data-close]")]) if (one !== form) list.prepend(one)
    if (form && !top.contains(form)) top.append(form)
    top.hidden = !form
    const below = [...list.querySelectorAll("[data-close]")]
    for (const one of below) one.hidden = one.dataset.close === current()
    if (form) form.hidden = false
    const count = below.filter((one) => !one.hidden).length + Number(list.dataset.more)
    older.hidden = !count
    says.textContent = words.older.replace("{count}", count)
    if (form && wanted) { wanted = false; form.querySelector("input").focus() }
  }

  // The talk is over: its form on top as soon as the record has it, and the cursor in its first box. A form that was sent
  // during the talk does not know yet what was done in it; it serves only if nothing newer comes.
  async function wraps(id, isNow = true) {
    if (latest !== id) { latest = id; wanted = isNow }
    clearTimeout(looking)
    for (let n = 0; n < TRIES && latest === id; n += 1) {
      if (await look() && formOf(id)) return
      await new Promise((later) => { looking = setTimeout(later, AGAIN) })
    }
    arrange()
  }

  // Another call comes: what is not closed yet is one of the older ones.
  function over() {
    latest = ""
    wanted = false
    arrange()
  }

  top.addEventListener("keydown", (event) => keys(event, top.querySelector("[data-close]")))
  list.addEventListener("keydown", (event) => keys(event, event.target.closest("[data-close]")))
  for (const form of all()) closable(form)
  arrange()
  return { look, wraps, over }
}
