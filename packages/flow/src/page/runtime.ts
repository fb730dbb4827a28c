/** What all components of one instance share. */
import type { CardFormState, CardMetadata, Refusal, SessionFacts } from '../common/messages.ts'
import type { FrameAppearance } from '../common/appearance.ts'
import type { Texts } from '../common/texts.ts'
import type { Keeper } from './keeper.ts'
import type { SessionKey, SessionMethod } from './session.ts'
import type { Settings } from './settings.ts'

export interface Runtime {
  readonly settings: Settings
  /** What the shop passed; read through `resolveOptions` only. */
  readonly options: unknown
  /** Names this instance, to its frames and in errors. */
  readonly id: string
  /** Absent in sessionless mode. */
  readonly sessionKey: SessionKey | undefined
  readonly keeper: Keeper
  readonly appearance: FrameAppearance
  /** What the shop wants texts to be, by locale and key. */
  readonly translations: Record<string, Record<string, string>>
  /** Who knows where a payment stands. Of a sessionless one: a keeper of the session that the shop's server made. */
  sessionKeeper(): Keeper
  /** Sessionless: from now on it is about this session. */
  adopt(key: SessionKey): void
  /** `ps_…`: the session given, or the one that the shop's server made. */
  sessionId(): string | undefined
  /** Address of one of our documents. */
  frameUrl(document: 'fields' | 'challenge'): string

  /** Undefined until the keeper has answered. */
  session(): SessionFacts | undefined
  /** The session's methods; undefined until they are known, of session or token. Sessionless: none. */
  methods(): SessionMethod[] | undefined
  /** What the shopper is shown: minor units, ISO 4217. */
  displayed(): { amount?: number; currency?: string }
  texts(): (Texts & { dir: 'ltr' | 'rtl' }) | undefined
  /** Methods are known, or there is trouble. */
  whenKnown(): Promise<void>
  /** Why there is nothing to show, at the moment. */
  trouble(): { refusal: Refusal; final: boolean } | undefined

  /** Tries again to have what there is trouble with. */
  retry(): void

  /** Only one component of an instance pays at a time. `false` when another one does. */
  claim(): boolean
  release(): void
  /** A component has paid the session: the others of this instance hear of it. */
  paid(): void

  /** Called at every change of the above; returns how to stop. */
  listen(listener: RuntimeListener): () => void
}

export interface RuntimeListener {
  /** Session, texts, amount or trouble. */
  changed?(): void
  /** The keeper had to start over: nothing typed is left. */
  restarted?(): void
  form?(form: string, state: CardFormState): void
  bin?(form: string, metadata: CardMetadata): void
}
