// A promise to call back: registered in the talk, and at once among the open ones of this caller.
import { people } from "./progress.js"

export function promising({ find, words, does, extension, card, kept }) {
  const [form, whose] = ["callback", "for"].map(find)

  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    const told = Object.fromEntries(new FormData(form))
    if (!await does("callback", { ...told, extension: told.extension || extension() }, undefined, { form })) return
    form.reset()
    kept()
    card()
  })

  return {
    sought: (rungs) => people(whose, rungs, words),
    asks: () => find("matter").focus(),
    clear() { form.reset(); people(whose, [], words) },
  }
}
