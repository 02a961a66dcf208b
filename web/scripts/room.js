// The room as a citizen or a counter has it.
import { relayTold } from "./video/relay.js"
import { room } from "./video/room.js"

const part = document.querySelector("[data-room]")
const words = JSON.parse(part.dataset.words)
const { post } = room({ part, words, told: ({ relay }) => shows(relay) })
const shows = relayTold(part.querySelector("[data-relay-told]"), { words, post })

// A counter's session says who of the visitors' own it was; leaving asks once more by its own button.
const [leave, sure, stay] = ["leave", "leave-sure", "leave-stay"].map((name) => part.querySelector(`[data-${name}]`))
leave.addEventListener("click", () => { leave.hidden = true; sure.hidden = false; stay.focus() })
stay.addEventListener("click", () => { sure.hidden = true; leave.hidden = false; leave.focus() })
