/**
 * Loads the component's script into a page, for shops that use npm: same function, error and codes as the official
 * loader. A script that the page brought along itself wins, and then nothing is loaded.
 *
 * Where the script comes from is said once, by `configure()`, in the shop's own code. No address is built in, and
 * nothing else may name one: not the session, not the options, not `environment`.
 */
import { CheckoutLoaderErrorType, CheckoutLoaderIntegrationErrorCode } from './types/enums.js'
import type { CheckoutWebComponents, Options, WindowCheckoutWebComponents } from './types/index.ts'

/**
 * Path of the script below the address of an installation's API. The official package names a whole address here; an
 * installation has its own, so ours names none.
 */
export const CDN_URL = '/flow/index.js'

/** After this the script is given up. */
const TIMEOUT_MS = 30_000

export interface LoaderSettings {
  /**
   * Where the installation serves the script, for example `https://pay.example.com/flow/index.js`. On a page that
   * requires Trusted Types, a `TrustedScriptURL`.
   */
  scriptUrl: string | { toString(): string }
  /** Subresource Integrity of exactly that script, `sha384-…`. To be used with the address of one version. */
  integrity?: string
  /** The nonce of the page's Content Security Policy. */
  nonce?: string
}

export type CheckoutLoaderErrorOptions = {
  type: CheckoutLoaderErrorType
  code: CheckoutLoaderIntegrationErrorCode
  message: string
}

/** `message` is `[Integration]: <text> [<code>]`. */
export class CheckoutLoaderError extends Error {
  type: CheckoutLoaderErrorType
  code: CheckoutLoaderIntegrationErrorCode

  constructor({ type, code, message }: CheckoutLoaderErrorOptions) {
    super(`[${type}]: ${message} [${code}]`)
    this.name = 'CheckoutLoaderError'
    this.type = type
    this.code = code
  }
}

let settings: LoaderSettings | undefined

/** The script on its way, shared by all calls until it has come or failed. */
let loading: Promise<WindowCheckoutWebComponents> | undefined

/** Says where the script is, before the first `loadCheckoutWebComponents()`. */
export function configure(given: LoaderSettings): void {
  settings = given
}

/**
 * An instance of the component; the script is loaded first if the page does not have it yet. After a failure the next
 * call begins anew.
 *
 * Rejects with a `CheckoutLoaderError` when there is no browser or the script cannot be had, and with a
 * `CheckoutError` when the component refuses the options.
 */
export async function loadCheckoutWebComponents(options: Options): Promise<CheckoutWebComponents> {
  if (typeof window === 'undefined' || typeof document === 'undefined') {
    throw loaderError(CheckoutLoaderIntegrationErrorCode.BrowserEnvironmentRequired, 'A browser is required')
  }
  const begin = globalOfPage() ?? (await sharedScript())
  return begin(options)
}

function globalOfPage(): WindowCheckoutWebComponents | undefined {
  return (window as { CheckoutWebComponents?: WindowCheckoutWebComponents }).CheckoutWebComponents
}

function sharedScript(): Promise<WindowCheckoutWebComponents> {
  loading ??= loadScript().finally(() => {
    loading = undefined
  })
  return loading
}

function loadScript(): Promise<WindowCheckoutWebComponents> {
  const { ScriptFailed, ScriptTimedOut, CheckoutWebComponentInstanceNotOnWindow } = CheckoutLoaderIntegrationErrorCode
  return new Promise((resolve, reject) => {
    if (settings === undefined) {
      reject(loaderError(ScriptFailed, 'No script to load: call configure({ scriptUrl }) first'))
      return
    }
    const script = scriptTag(settings)
    const fail = (code: CheckoutLoaderIntegrationErrorCode, text: string): void => {
      clearTimeout(timer)
      script.remove()
      reject(loaderError(code, text))
    }
    const timer = setTimeout(() => fail(ScriptTimedOut, 'The script did not load in time'), TIMEOUT_MS)
    script.addEventListener('error', () => fail(ScriptFailed, 'The script could not be loaded'))
    script.addEventListener('load', () => {
      const loaded = globalOfPage()
      if (loaded === undefined) {
        fail(CheckoutWebComponentInstanceNotOnWindow, 'The script did not set window.CheckoutWebComponents')
        return
      }
      clearTimeout(timer)
      resolve(loaded)
    })
    document.head.append(script)
  })
}

function scriptTag({ scriptUrl, integrity, nonce }: LoaderSettings): HTMLScriptElement {
  const script = document.createElement('script')
  script.async = true
  if (integrity !== undefined) {
    script.integrity = integrity
    // Integrity of another origin's script is only checked when it was asked for without cookies.
    script.crossOrigin = 'anonymous'
  }
  if (nonce !== undefined) {
    script.nonce = nonce
  }
  // A TrustedScriptURL has to arrive as the object it is; the declarations of the DOM know only the string.
  script.src = scriptUrl as string
  return script
}

function loaderError(code: CheckoutLoaderIntegrationErrorCode, message: string): CheckoutLoaderError {
  return new CheckoutLoaderError({ type: CheckoutLoaderErrorType.Integration, code, message })
}
