/**
 * What 3-D Secure asks of the shopper's browser before he pays: the page of his card's issuer, opened in a hidden frame
 * here as soon as eight digits are known. It has ten seconds; who presses Pay earlier waits for the rest of them.
 */
import type { BrowserData } from '@sluice/sealing/payload'
import { isWebAddress } from '../common/web-address.ts'
import type { HttpAnswer } from './server-calls.ts'

type Sealed = NonNullable<BrowserData['three_ds']>

/** `POST /frame/3ds/prepare`, where there is a method page. */
interface Prepared {
  threeDSServerTransID: string
  prepared?: string
  methodUrl?: string
  methodData?: string
}

const METHOD_MS = 10_000

/** What `method-page.ts` opens. */
export interface MethodPage {
  url: string
  /** Form member `threeDSMethodData`. */
  data: string
  transId: string
  /** When it is given up, milliseconds. */
  withinMs: number
}

export interface ThreeDs {
  /** Eight digits are known: what may take its time begins. */
  begin(bin: string): void
  /** What is sealed with a card that begins with these digits; each preparation is good for one attempt. */
  take(bin: string): Promise<Sealed | undefined>
}

/**
 * @param prepare asks the server
 * @param openMethodPage whether the issuer's page said in time that it is done
 */
export function prepareThreeDs(
  prepare: (bin: string) => Promise<HttpAnswer | undefined>,
  openMethodPage: (method: MethodPage) => Promise<boolean>,
): ThreeDs {
  const begun = new Map<string, Promise<Sealed | undefined>>()

  async function run(bin: string): Promise<Sealed | undefined> {
    const heard = await prepare(bin)
    const {
      threeDSServerTransID: transId,
      prepared,
      methodUrl: url,
      methodData: data,
    } = (heard?.body ?? {}) as Prepared
    // A payment does not wait for it: the issuer will know less of this browser.
    if (heard?.status !== 200 || prepared === undefined) return undefined
    if (url === undefined || data === undefined || !isWebAddress(url)) return { prepared, completion: 'U' }
    const done = openMethodPage({ url, data, transId, withinMs: METHOD_MS })
    // Its module may hang as well as the page.
    const late = new Promise<false>((resolve) => setTimeout(resolve, METHOD_MS, false))
    return { prepared, completion: (await Promise.race([done, late])) ? 'Y' : 'N' }
  }

  function begin(bin: string): Promise<Sealed | undefined> {
    const known = begun.get(bin)
    if (known) return known
    const running = run(bin)
    begun.set(bin, running)
    return running
  }

  return {
    begin: (bin) => void begin(bin),
    async take(bin) {
      const found = await begin(bin)
      begun.delete(bin)
      return found
    },
  }
}
