/** The bank's page above the shop's: a modal dialog, in the browser's top layer, that keeps the focus and gives it back. */
import type { RootModel, ViewActions } from './model.ts'
import { drawIn } from './drawings.ts'
import { make } from './place.ts'

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
    const title = make('h2', 'title')
    const words = document.createElement('span')
    const icon = document.createElement('i')
    icon.dataset['icon'] = 'close'
    const cancel = make('button', 'cancel', icon, words) as HTMLButtonElement
    cancel.type = 'button'
    cancel.onclick = () => actions.cancelOverlay()
    const spinner = make('i', 'waiting')
    spinner.dataset['icon'] = 'spinner'
    const waiting = make('p', 'loading', spinner, document.createElement('span'))
    const body = make('div', 'body', waiting, frame)
    const dialog = make('dialog', 'overlay', make('header', 'bar', title, cancel), body) as HTMLDialogElement
    title.id = 'overlay-title'
    // The focus begins at the title, so that it is read out; not at the button that gives up.
    title.tabIndex = -1
    title.autofocus = true
    dialog.setAttribute('aria-labelledby', title.id)
    dialog.oncancel = (event) => {
      event.preventDefault()
      actions.cancelOverlay()
    }
    // Asked twice, a browser closes without leave.
    dialog.onclose = () => {
      if (open?.dialog === dialog) actions.cancelOverlay()
    }
    drawIn(dialog)
    root.append(dialog)
    if (root.isConnected) dialog.showModal()
    open = {
      dialog,
      frame,
      say({ overlay, text }) {
        title.textContent = overlay?.title ?? ''
        words.textContent = overlay?.cancelLabel ?? ''
        ;(waiting.lastChild as HTMLElement).textContent = text('sluice.challenge.loading')
        if (!dialog.open && root.isConnected) dialog.showModal()
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
