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
      tell(error.message, form.querySelector("[data-fault]"))
      form.querySelector("input").focus()
    }
  }

  async function look() {
    const answer = await fetch("/desk").catch(() => null)
    if (!answer?.ok) return
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-open]")
    if (fresh) { bring(find("open"), [...fresh.children]); closable() }
  }

  // What somebody fills in stays as it is, with the cursor in it; who closed a call reads on at the list.
  function bring(here, fresh) {
    const same = (one, list) => [...list].some((other) => other.dataset.close === one.dataset.close)
    const isHere = [...here.children].some((one) => !same(one, fresh) && one.contains(document.activeElement))
    for (const one of [...here.children]) if (!same(one, fresh)) one.remove()
    if (isHere) find("open-head").focus()
    fresh.forEach((one, n) => { if (!same(one, here.children)) here.insertBefore(one, here.children[n] ?? null) })
  }

  closable()
  return { look }
}
