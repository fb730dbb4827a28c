/** What the compiler sees without a test: our module stands where the newest official one was expected. */
import type * as official from '@checkout.com/checkout-web-components'
import type * as ours from '../../src/index.ts'

declare const module: typeof ours

/**
 * `CDN_URL` is a literal, and the address of somebody else: see our loader. `default` is no export of theirs: the compiler
 * adds it to every CommonJS package.
 */
export const stands: Omit<typeof official, 'CDN_URL' | 'default'> = module
