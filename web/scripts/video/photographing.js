// A photograph of a document: taken, looked at, and only then shown to the other side. Without a camera a file is chosen.
export function photographing({ find, words, take, sends, sent, tells }) {
  const [button, dialog, canvas, file] = ["press-photo", "shot", "shot-picture", "shot-file"].map(find)
  const [send, again, cancel] = ["shot-send", "shot-again", "shot-cancel"].map(find)
  let image = null, hasCamera = false

  async function shoot() {
    if (!hasCamera) { file.click(); return }
    show(await take().catch(() => null))
  }

  async function show(taken) {
    const bitmap = taken && await createImageBitmap(taken).catch(() => null)
    if (!bitmap) { tells(words.noPhoto); return }
    image = taken
    canvas.width = bitmap.width
    canvas.height = bitmap.height
    canvas.getContext("2d").drawImage(bitmap, 0, 0)
    again.hidden = !hasCamera
    if (!dialog.open) dialog.showModal()
    send.focus()
  }

  async function sendIt() {
    send.disabled = true
    const why = await sends(image)
    send.disabled = false
    dialog.close()
    tells(why)
    if (!why) sent()
  }

  dialog.addEventListener("close", () => { image = null; canvas.width = canvas.height = 0; button.focus() })
  button.addEventListener("click", shoot)
  again.addEventListener("click", shoot)
  send.addEventListener("click", sendIt)
  cancel.addEventListener("click", () => dialog.close())
  file.addEventListener("change", () => { if (file.files[0]) show(file.files[0]); file.value = "" })
  return { opens(is) { hasCamera = is } }
}
