// Calls that nobody has said what for: sent one by one; the list itself is the server's.
import { forget, keep, restore } from "./drafts.js"

export function closing({ desk, find, post, tell }) {
  function closable() {
    for (const form of desk.querySelectorAll("[data-close]")) {
      const draft = `close:${form.dataset.close}`
      restore(form, draft)
      form.oninput = () => keep(form, draft)
      form.onsubmit = (event) => { event.preventDefault(); close(form, draft) }
    }
  }

  async function close(form, draft) {
    const chosen = [...new FormData(form)]
    try {
      tell((await post(`/desk/call/${encodeURIComponent(form.dataset.close)}/service`, chosen)).said)
      for (const id of [draft, form.dataset.close]) forget(id)
      look()
    } catch (error) {
      document.activeElement.blur()
      await look()  // what is missing may have come up since, such as the reason of a transfer by keys
      const here = [...desk.querySelectorAll("[data-close]")].find((one) => one.dataset.close === form.dataset.close) ?? form
      tell(error.message, here.querySelector("[data-fault]"))
      here.querySelector("input").focus()
    }
  }

  async function look() {
    const answer = await fetch("/desk").catch(() => null)
    if (!answer?.ok) return
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-open]")
    if (fresh) { bring(find("open"), [...fresh.children]); closable() }
  }

  // What somebody fills in stays as it is, with the cursor in it; others are brought up to date, with what was filled in.
  // Who closed a call reads on at the list.
  function bring(here, fresh) {
    const same = (one, list) => [...list].find((other) => other.dataset.close === one.dataset.close)
    const isHere = [...here.children].some((one) => !same(one, fresh) && one.contains(document.activeElement))
    for (const one of [...here.children]) {
      const newer = same(one, fresh)
      if (!newer) one.remove()
      else if (!one.contains(document.activeElement)) one.replaceWith(newer)
    }
    if (isHere) find("open-head").focus()
    fresh.forEach((one, n) => { if (!same(one, here.children)) here.insertBefore(one, here.children[n] ?? null) })
  }

  closable()
  return { look }
}
