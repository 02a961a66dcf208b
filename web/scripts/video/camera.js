// The camera and microphone of this device, or an error whose `what` says what a person can do about it, and a still
// photograph at the camera's full resolution.
const PICTURE = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } }
const FULL = { width: { ideal: 8192 }, height: { ideal: 8192 } }
const REASONS = {
  NotAllowedError: "refused", SecurityError: "refused",
  NotFoundError: "absent", OverconstrainedError: "absent",
  NotReadableError: "busy", AbortError: "busy",
}
const JPEG = ["image/jpeg", 0.92]

const lacking = (what) => Object.assign(new Error(what), { what })

// A microphone is asked for only where sound is wanted, and its absence keeps no picture back. `id`: a camera of several.
export async function camera({ sound = false, id = "" } = {}) {
  const devices = navigator.mediaDevices
  if (!devices?.getUserMedia || !globalThis.RTCPeerConnection) throw lacking("unable")
  try {
    return await devices.getUserMedia({ video: id ? { ...PICTURE, deviceId: { ideal: id } } : PICTURE, audio: sound })
  } catch ({ name }) {
    if (sound) return camera({ id })
    throw lacking(REASONS[name] ?? "busy")
  }
}

// A Blob; the video goes on meanwhile.
export async function photograph(stream) {
  const [track] = stream?.getVideoTracks() ?? []
  if (!track || track.readyState !== "live") throw lacking("absent")
  return (await shutter(track).catch(() => null)) ?? grab(track)
}

async function shutter(track) {
  if (!globalThis.ImageCapture) return null
  const device = new ImageCapture(track)
  const { imageWidth, imageHeight } = await device.getPhotoCapabilities()
  return device.takePhoto({ imageWidth: imageWidth.max, imageHeight: imageHeight.max })
}

// Where a browser cannot take a photograph: one frame of the same camera, as large as it gives one.
async function grab(track) {
  const full = track.clone()
  const picture = Object.assign(document.createElement("video"), { muted: true, srcObject: new MediaStream([full]) })
  try {
    await full.applyConstraints(FULL).catch(() => undefined)
    await picture.play()
    const paper = Object.assign(document.createElement("canvas"), { width: picture.videoWidth, height: picture.videoHeight })
    paper.getContext("2d").drawImage(picture, 0, 0)
    return await new Promise((done) => paper.toBlob(done, ...JPEG))
  } finally {
    picture.srcObject = null
    full.stop()
  }
}
