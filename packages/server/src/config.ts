/** Every setting once. Nothing else reads `process.env`. */

export interface Config {
  mode: 'sandbox' | 'production'
  /** Address all listeners bind. */
  listen: string
  /** Port of each listener; the API's is `SLUICE_PORT`, the others follow it. */
  ports: { api: number; frames: number; simulator: number; shop: number; dashboard: number }
  /** The origin under which the outside world reaches each listener, without a trailing slash. */
  urls: { api: string; frames: string; simulator: string; shop: string; dashboard: string }
  /** Further `Host` names to answer for, beside localhost, *.localhost and loopback literals. */
  hosts: readonly string[]
  dataDir: string
  /** PostgreSQL to use; unset = the embedded one in `dataDir`. */
  databaseUrl: string | undefined
  /** Connections of the pool that serves requests. */
  databaseConnections: number
  /** 32 bytes, base64: the root of all other keys. Unset in sandbox = made once and kept in `dataDir`. */
  masterKey: string | undefined
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
  limits: {
    /** Requests a second of one secret key or OAuth client, and of one address that uses a public key. */
    perKeyPerSecond: number
    perAddressPerSecond: number
    bodyBytes: number
    submitBodyBytes: number
    headerBytes: number
    jsonDepth: number
    jsonKeys: number
    headersTimeoutMs: number
    requestTimeoutMs: number
    connections: number
  }
  /** Answer 422 `locale_invalid` to a `locale` on submit, as the reference does, instead of ignoring it. */
  strictLocale: boolean
  /** Refuse free text that holds what looks like a card number. */
  refuseCardNumbersInText: boolean
}
