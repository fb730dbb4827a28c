/**
 * The challenge: a document of our origin that nests the bank's page, so that a shop's CSP names one host. It ends when
 * our own page, inside it, says where the shopper belongs now.
 */
import type { FromChallenge } from '../common/messages.ts'
import { isWebAddress } from '../common/web-address.ts'
import { connectFromPage, metaContent } from './connect.ts'

/** What such a page tells this document. */
interface Returned {
  type: 'sluice:returned'
  url: string
}

void connectFromPage('challenge').then(({ start, port }) => {
  const tell = (message: FromChallenge) => port.postMessage(message)
  if (!isWebAddress(start.url)) return
  const bank = document.createElement('iframe')
  bank.title = start.title ?? document.title
  bank.allow = 'payment *; publickey-credentials-get *'
  bank.src = start.url

  window.addEventListener('message', ({ origin, source, data }: MessageEvent<unknown>) => {
    // Back from a bank's page on the API's origin, or from a challenge that we hold ourselves on this one.
    if ((origin !== metaContent('sluice-api') && origin !== location.origin) || !isReturned(data)) return
    if (isInside(source, bank.contentWindow)) tell({ type: 'ended', url: data.url })
  })
  document.body.append(bank)
})

function isReturned(data: unknown): data is Returned {
  const { type, url } = (data ?? {}) as Partial<Returned>
  return type === 'sluice:returned' && isWebAddress(url)
}

/** The frame itself, or one that the bank nests in it. Windows of other origins are no `instanceof` ours. */
function isInside(source: MessageEventSource | null, frame: Window | null): boolean {
  let each: Window | null = source && 'parent' in source ? source : null
  for (; each && each !== each.parent; each = each.parent) if (each === frame) return true
  return false
}
