/** The frame that nests a bank's page above the shop's. */
import type { FromChallenge } from '../common/messages.ts'
import { isWebAddress } from '../common/web-address.ts'
import { createFrame, createLink } from './link.ts'
import type { Runtime } from './runtime.ts'

export interface Challenge {
  /** To be placed by the view. */
  readonly iframe: HTMLIFrameElement
  readonly paymentId: string
  /** It is being found out whether it may be closed. */
  closing: boolean
  close(): void
}

export interface ChallengeEvents {
  paymentId: string
  /** The bank is done; the page belongs to this address of the shop now. */
  ended(url: string): void
  failed(): void
  closed(): void
}

/** @param url `action.url` of the answer */
export function openChallenge(runtime: Runtime, url: string, on: ChallengeEvents): Challenge {
  const iframe = createFrame('challenge')
  iframe.allow = 'payment *; publickey-credentials-get *'
  const link = createLink(
    iframe,
    runtime.frameUrl('challenge'),
    runtime.settings.frames,
    () => ({ type: 'sluice:connect', role: 'challenge', instance: runtime.id, url }),
    {
      connected() {},
      message(message) {
        const heard = message as FromChallenge
        if (heard.type === 'ended' && isWebAddress(heard.url)) on.ended(heard.url)
      },
      failed: on.failed,
    },
  )
  return {
    iframe,
    paymentId: on.paymentId,
    closing: false,
    close() {
      on.closed()
      link.close()
    },
  }
}
