/**
 * The npm package: everything the official package exports, by the same names, so that a shop changes the name of the
 * import and adds one call of `configure()`. Besides, `handleReturn()` reads the address a shopper comes back to.
 */
import type { handleReturn } from './page/return.ts'

export {
  CDN_URL,
  CheckoutLoaderError,
  type CheckoutLoaderErrorOptions,
  configure,
  type LoaderSettings,
  loadCheckoutWebComponents,
} from './loader.ts'
export { handleReturn } from './page/return.ts'
export * from './types/enums.js'
export type * from './types/index.ts'

/** What `handleReturn()` found. */
export type ReturnFacts = NonNullable<ReturnType<typeof handleReturn>>
