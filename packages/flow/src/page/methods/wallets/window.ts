/** A partner's own window beside the shop. A browser opens one only in the moment of a click, so it is opened empty. */
import type { NextStep } from '@sluice/core/next-step'

export interface PartnerWindow {
  /** Goes where the payment is approved; where no window could be opened, the shop's page goes there itself. */
  show(step: Extract<NextStep, { type: 'approve_in_window' }>, closed: () => void): void
  /** Closes it where the partner was not shown yet. */
  close(): void
}

/** Whether it is still there can only be asked. */
const LOOK_MS = 400
const FEATURES = 'popup,width=460,height=720'

export function openWindow(name: string): PartnerWindow {
  const opened = window.open('about:blank', `sluice-${name}`, FEATURES)
  let timer: ReturnType<typeof setInterval> | undefined

  return {
    show({ url, redirect_url }, closed) {
      if (!opened || opened.closed) {
        if (opened) return closed()
        location.assign(redirect_url)
        return
      }
      // Else the partner's page could lead the shop's anywhere. From here on only the partner or the shopper closes it.
      opened.opener = null
      opened.location.href = url
      timer = setInterval(() => {
        if (!opened.closed) return
        clearInterval(timer)
        closed()
      }, LOOK_MS)
    },
    close() {
      clearInterval(timer)
      opened?.close()
    },
  }
}
