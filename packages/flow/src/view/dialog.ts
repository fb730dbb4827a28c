/** The bank's page above the shop's: a modal dialog, in the browser's top layer, that keeps the focus and gives it back. */
import type { RootModel, ViewActions } from './model.ts'
import { createIcon } from './drawings.ts'
import { element } from './element.ts'

export interface DialogView {
  update(model: RootModel): void
  close(): void
}

/** Opens in `root`. Esc, like its button, is the shopper's wish to cancel: whether it closes is the model's word. */
export function createDialog(root: HTMLElement, actions: ViewActions): DialogView {
  let open: { dialog: HTMLDialogElement; frame: HTMLIFrameElement; say(model: RootModel): void } | undefined

  function update(model: RootModel): void {
    if (open?.frame !== model.overlay?.frame) close()
    if (model.overlay && !open) show(model.overlay.frame)
    open?.say(model)
  }

  function show(frame: HTMLIFrameElement): void {
    const title = element('h2', { class: 'title', id: 'overlay-title' })
    const words = element('span')
    const cancel = element('button', { class: 'cancel', type: 'button' }, createIcon('close').element, words)
    cancel.addEventListener('click', () => actions.cancelOverlay())
    const waiting = element('span')
    const loading = element('p', { class: 'loading' }, createIcon('spinner').element, waiting)
    const bar = element('header', { class: 'bar' }, title, cancel)
    const body = element('div', { class: 'body' }, loading, frame)
    const dialog = element('dialog', { class: 'overlay', 'aria-labelledby': title.id }, bar, body)
    // The focus begins at the title, so that it is read out; not at the button that gives up.
    title.tabIndex = -1
    title.autofocus = true
    dialog.addEventListener('cancel', (event) => {
      event.preventDefault()
      actions.cancelOverlay()
    })
    // Asked twice, a browser closes without leave.
    dialog.addEventListener('close', () => {
      if (open?.dialog === dialog) actions.cancelOverlay()
    })
    root.append(dialog)
    open = {
      dialog,
      frame,
      say({ overlay, text }) {
        title.textContent = overlay?.title ?? ''
        words.textContent = overlay?.cancelLabel ?? ''
        waiting.textContent = text('sluice.challenge.loading')
        // Not while the shop's page has taken us out of its document.
        if (!dialog.open && dialog.isConnected) dialog.showModal()
      },
    }
  }

  function close(): void {
    const last = open
    open = undefined
    last?.dialog.close()
    last?.dialog.remove()
  }

  return { update, close }
}
