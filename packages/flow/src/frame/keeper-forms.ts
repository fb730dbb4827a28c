/** The card forms of one keeper, and what is found out about the cards typed into them. */
import type { CardFormOptions, CardFormState, CardMetadata, FromKeeper, ToKeeper } from '../common/messages.ts'
import type { CardForm } from './desk.ts'
import type { ServerCalls } from './server-calls.ts'

type FormMessage = Exclude<ToKeeper, { type: 'ask' }>

export interface Forms {
  find(id: string): CardForm | undefined
  receive(message: FormMessage): void
  /** What the lookup of this form's leading eight digits answered. */
  metadata(id: string): CardMetadata | undefined
}

/**
 * @param create makes a form of its options: `createCardForm`
 * @param lookUp asks for the metadata of eight leading digits
 * @param tell what the page is to know
 */
export function keepForms(
  create: (options: CardFormOptions) => CardForm,
  lookUp: ServerCalls['cardMetadata'],
  tell: (message: FromKeeper) => void,
): Forms {
  const forms = new Map<string, { form: CardForm; metadata?: CardMetadata | undefined }>()
  const known = new Map<string, CardMetadata>()

  function open(id: string, options: CardFormOptions): void {
    const earlier = forms.get(id)
    // Opened anew after it was left: what the shopper may still find there stays.
    if (earlier && JSON.stringify(earlier.form.options) === JSON.stringify(options)) {
      tell({ type: 'form', form: id, state: earlier.form.state() })
      return
    }
    const form = create(withExpiry(options))
    forms.set(id, { form })
    let bin: string | undefined
    form.onChange((state) => {
      if (forms.get(id)?.form !== form) return
      tell({ type: 'form', form: id, state })
      if (state.bin === bin) return
      bin = state.bin
      if (bin !== undefined) void learn(id, form, bin)
    })
    tell({ type: 'form', form: id, state: form.state() })
  }

  /** The latest digits win; a lookup that fails holds nobody up. */
  async function learn(id: string, form: CardForm, bin: string): Promise<void> {
    const metadata = known.get(bin) ?? (await ask(bin))
    const kept = forms.get(id)
    if (kept?.form !== form || form.state().bin !== bin) return
    kept.metadata = metadata ?? ownWord(bin, form.state())
    form.learn(kept.metadata)
    tell({ type: 'bin', form: id, metadata: kept.metadata })
  }

  async function ask(bin: string): Promise<CardMetadata | undefined> {
    const heard = await lookUp(bin)
    if (heard?.status !== 200 || !isMetadata(heard.body)) return undefined
    known.set(bin, heard.body)
    return heard.body
  }

  function close(id: string, forget: 'card' | 'all'): void {
    forms.get(id)?.form.forget(forget)
    if (forget === 'all') forms.delete(id)
  }

  return {
    find: (id) => forms.get(id)?.form,
    metadata: (id) => forms.get(id)?.metadata,
    receive(message) {
      if (message.type === 'open-form') open(message.form, message.options)
      else if (message.type === 'close-form') close(message.form, message.forget)
      else if (message.type === 'spend-form') forms.get(message.form)?.form.spend()
      else if (message.type === 'refuse-card') forms.get(message.form)?.form.refuse(message.message)
    },
  }
}

/** Alone, the validity of a number would tell a page, digit by digit, more of it than it may know. */
function withExpiry(options: CardFormOptions): CardFormOptions {
  const { fields } = options
  return !fields.includes('number') || fields.includes('expiry')
    ? options
    : { ...options, fields: [...fields, 'expiry'] }
}

/** What the digits alone say. */
function ownWord(bin: string, { scheme }: CardFormState): CardMetadata {
  return { bin, scheme: scheme ?? '' }
}

function isMetadata(body: unknown): body is CardMetadata {
  const { bin, scheme } = (body ?? {}) as Partial<CardMetadata>
  return typeof bin === 'string' && typeof scheme === 'string'
}
