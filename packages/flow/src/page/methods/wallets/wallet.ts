/**
 * Apple Pay, Google Pay and PayPal as methods: a button of their own, which opens a sheet or a window within the click, as
 * browsers want it. Everything that could say no comes afterwards, and closes it again.
 */
import { type PaymentMethod, paymentMethod } from '@sluice/core/payment-methods'
import { element, say } from '../../../view/element.ts'
import formStyles from '../../../view/form/form.css?inline'
import { methodMark } from '../../../view/form/method-marks.ts'
import { placeInOrder } from '../../../view/place.ts'
import type { Sheet } from '../../methods.ts'
import type { ShownStep } from '../../steps.ts'
import type { FormHost, MethodForm } from '../forms.ts'
import { appleWallet } from './apple.ts'
import { createWalletButton } from './button.ts'
import { googleWallet } from './google.ts'
import walletStyles from './wallet.css?inline'
import { openWindow, type PartnerWindow } from './window.ts'

/** How long a partner's news may take. By then the server asks him itself, as it does once in a second. */
const NEWS_MS = 1200

/** A wallet of this device, as far as the form needs it. */
export interface DeviceWallet {
  available(): Promise<boolean>
  /** Opens the sheet; called within a click. */
  begin(): Sheet
}

/** @param name `applepay`, `googlepay`, or a method of the kind `sdk` */
export function createWalletForm(name: string, host: FormHost): MethodForm {
  const { runtime } = host
  const row = paymentMethod(name) as PaymentMethod
  const device = name === 'applepay' ? appleWallet(host) : name === 'googlepay' ? googleWallet(host) : undefined
  const { element: button, update } = createWalletButton(name, row.label, host.options)
  const words = element('span')
  const waiting = element('p', { class: 'waits', role: 'status' }, words)
  const cancel = element('button', { type: 'button', class: 'retry' })
  const form = element('div', { class: 'collect' }, button)
  let sheet: Sheet | undefined
  let beside: PartnerWindow | undefined
  let usable: boolean | undefined
  let shown: ShownStep | undefined

  button.addEventListener('click', () => {
    if (isLost()) reopen()
    else if (button.getAttribute('aria-disabled') !== 'true') host.begin()
  })
  cancel.addEventListener('click', () => host.cancel())
  void available().then((found) => {
    usable = found
    host.changed()
  })

  async function available(): Promise<boolean> {
    return device ? await device.available() : true
  }

  /** Within the click: nothing may be waited for before it. */
  function open(): boolean {
    if (usable !== true) return false
    if (device) sheet = device.begin()
    else {
      beside = openWindow(name)
      const mine = beside
      sheet = {
        agree: async () => ({ open: true, pays: {} }),
        // While the payment waits for the window, it stays.
        close: (succeeded) => void (succeeded || mine.close()),
      }
    }
    return true
  }

  function follow(step: ShownStep | undefined) {
    if (step?.paymentId === shown?.paymentId) return
    shown = step
    if (!step) {
      beside?.close()
      beside = undefined
    } else if (beside) show(beside)
  }

  function show(window: PartnerWindow) {
    if (shown?.next.type === 'approve_in_window') window.show(shown.next, () => void closed(shown))
  }

  /** By the partner, since the shopper has decided, which may not have reached us yet; or by him, who has not. */
  async function closed(step: ShownStep | undefined) {
    await host.look()
    await new Promise((resolve) => setTimeout(resolve, NEWS_MS))
    await host.look()
    if (shown === step) host.cancel()
  }

  /** The payment waits for a window that this page knows nothing of: it was loaded anew. Only a click opens another. */
  function isLost(): boolean {
    return shown?.next.type === 'approve_in_window' && !beside
  }

  function reopen() {
    beside = openWindow(name)
    show(beside)
    host.changed()
  }

  return {
    element: form,
    mark: methodMark(name, row.kind),
    css: formStyles + walletStyles,
    label: row.label,
    ownButton: true,
    needsButton: () => false,
    isValid: (step) => step === undefined && usable === true,
    check: open,
    refuse: () => false,
    code: () => undefined,
    typed: () => ({}),
    state: () => (usable === undefined ? 'loading' : 'ready'),
    retry() {},
    available,
    isHidden: () => usable === false,
    sheet: () => sheet,
    draw({ step, locked }) {
      follow(step)
      const texts = runtime.texts()
      if (texts) {
        update(texts)
        say(words, texts.text('pay_button.payment_processing'))
        say(cancel, texts.text('sluice.challenge.cancel'))
      }
      button.setAttribute('aria-disabled', `${locked && !isLost()}`)
      placeInOrder(form, step ? [waiting, isLost() && button, cancel] : [button])
    },
  }
}
