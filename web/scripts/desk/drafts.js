// What is typed in a call stays with the call: a page that dies or is loaded anew gives it back.
import { forget as drop, leave } from "./left.js"

const KEY = (id) => `draft:${id}`

const named = (root) => [...root.querySelectorAll("input[name], select[name], textarea[name]")]
const isBox = (field) => field.type === "checkbox" || field.type === "radio"

export function keep(root, id) {
  if (!id) return
  const fields = named(root).filter((field) => isBox(field) ? field.checked : field.value)
  const told = fields.map((field) => [field.name, field.value, isBox(field)])
  leave(KEY(id), JSON.stringify(told))
}

export function restore(root, id) {
  const kept = JSON.parse(sessionStorage.getItem(KEY(id)) || "[]")
  for (const [name, value, box] of kept) {
    for (const field of named(root).filter((one) => one.name === name)) {
      if (!box) field.value = value
      else if (field.value === value) field.checked = true
    }
  }
  return kept.length > 0
}

export const forget = (id) => drop(KEY(id))
