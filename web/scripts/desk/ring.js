// A ring as phones in Taiwan ring: a second of sound, two of silence.
import { sounds, stops } from "./sounds.js"

export const ONE_RING = { on: 1, every: 3, times: 1 }
const RING = { ...ONE_RING, times: 40 }

// Where the browser lets no sound out yet, the page says so when it comes back on duty (duty.js).
export const ring = (bell) => ({ start: () => sounds(bell, RING).catch(() => {}), stop: () => stops(bell) })
