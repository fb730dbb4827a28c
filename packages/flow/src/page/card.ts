/** The card form: its frames on the page, what they tell, and what a shop may set about it. Also the CVV alone. */
import { inheritedAppearance } from '../common/appearance.ts'
import type { CardFormState, CardMetadata, FieldName, FromFields } from '../common/messages.ts'
import { optionName } from '../common/schemes.ts'
import type { CardModel, FrameModel } from '../view/model.ts'
import type { Gate } from './callbacks.ts'
import { createFrame, createLink, type Link, uuid } from './link.ts'
import type { Method, MethodHost } from './methods.ts'
import type { Runtime } from './runtime.ts'

const BLANK: CardFormState = { valid: false, empty: true }

/** Names of the frames in the per-field layout, which test suites of shops look for. */
const FRAME_NAMES = {
  name: 'cardholder-name',
  number: 'card-number',
  expiry: 'card-expiry-date',
  cvv: 'card-cvv',
  card: 'card',
} as const

/** Keys of what a frame is called for those who hear the page. */
const FRAME_TITLES = {
  name: 'card.card_holder_name',
  number: 'card.card_number',
  expiry: 'card.expiry_date',
  cvv: 'card.security_code',
  card: 'sluice.card_details',
} as const

/** A frame of the form, as the view is told it, and the channel to it. */
interface Part extends FrameModel {
  fields: FieldName[]
  link: Link
  failed: boolean
}

/** @param name `card`, or `card_cvv` for a form of one field that is only tokenized */
export function createCard(name: string, runtime: Runtime, host: MethodHost): Method {
  const { keeper } = runtime
  const { options } = host
  const cvvOnly = name === 'card_cvv'
  const form = uuid()
  const fields = cvvOnly ? (['cvv'] as FieldName[]) : fieldsOf(options)

  let parts: Part[] = []
  let state = BLANK
  let locked = false
  let metadata: CardMetadata | undefined
  /** What the shop said of the leading digits; a card is judged before it is paid with. */
  let verdict: Promise<Gate> = Promise.resolve({ open: true })
  /** The shop's refusal of these leading digits, as the shopper reads it. */
  let refusal: string | undefined
  let chosen: string | undefined
  let agreed = false
  let stop: (() => void) | undefined

  const settings = () => runtime.methods()?.find(({ type }) => type === 'card') ?? {}
  const stores = () => (settings() as { store_payment_details?: unknown }).store_payment_details

  function open() {
    if (stop) return
    stop = runtime.listen({ form: onForm, bin: onBin, restarted, changed: retitle })
    const { cardholderName } = options.data
    keeper.send({
      type: 'open-form',
      form,
      options: {
        fields,
        ...(cardholderName !== undefined && { cardholderName }),
        ...(options.acceptedCardSchemes && { acceptedCardSchemes: options.acceptedCardSchemes }),
        ...(options.acceptedCardTypes && { acceptedCardTypes: options.acceptedCardTypes }),
        ...(cvvOnly && { cvvLength: options.cardCvvLength }),
      },
    })
    const perField = cvvOnly || (options.cardLayout ?? runtime.settings.cardLayout) === 'per-field'
    parts = perField ? fields.map((field) => createPart(field, [field])) : [createPart('card', fields)]
    retitle()
    addEventListener('online', retry)
  }

  function close() {
    if (!stop) return
    removeEventListener('online', retry)
    stop()
    stop = undefined
    for (const { link } of parts) link.close()
    parts = []
    state = BLANK
    forgetBin()
    keeper.send({ type: 'close-form', form, forget: 'card' })
  }

  function createPart(part: FrameModel['part'], shown: FieldName[]): Part {
    const element = createFrame(FRAME_NAMES[part])
    const model: Part = {
      element,
      part,
      fields: shown,
      ready: false,
      failed: false,
      link: createLink(
        element,
        runtime.frameUrl('fields'),
        runtime.settings.frames,
        () => ({
          type: 'sluice:connect',
          role: 'fields',
          instance: runtime.id,
          form,
          fields: shown,
          appearance: appearance(),
        }),
        {
          connected: () => locked && model.link.send({ type: 'lock', locked }),
          message: (message) => onFields(model, message as FromFields),
          failed() {
            model.failed = true
            host.changed()
          },
        },
      ),
    }
    return model
  }

  /** Frames that did not come are loaded again: because the shopper wants it, or the browser is online again. */
  function retry() {
    for (const part of parts.filter(({ failed }) => failed)) {
      part.failed = false
      part.link.reload()
    }
  }

  function onFields(part: Part, message: FromFields) {
    if (message.type === 'ready') part.ready = true
    if (message.type === 'ready' || message.type === 'resize') {
      part.height = Math.min(Math.max(message.height, 0), 2000)
      host.changed()
    } else if (message.type === 'enter') host.pressed()
    else if (message.type === 'orphan') {
      // The keeper was slower than it waits for, or is on its way back.
      part.ready = false
      part.link.reload()
    }
  }

  function onForm(which: string, now: CardFormState) {
    if (which !== form) return
    if (now.bin !== state.bin) forgetBin()
    state = now
    host.changed()
  }

  function forgetBin() {
    metadata = undefined
    chosen = undefined
    refusal = undefined
    verdict = Promise.resolve({ open: true })
  }

  function refuse() {
    if (refusal !== undefined) keeper.send({ type: 'refuse-card', form, message: refusal })
  }

  function onBin(which: string, found: CardMetadata) {
    if (which !== form) return
    metadata = found
    const mine = host.binChanged(found, isAccepted(found))
    verdict = mine
    void mine.then((gate) => {
      if (gate.open || verdict !== mine) return
      refusal = gate.message ?? runtime.texts()?.text('payment.declined.card_not_supported') ?? ''
      refuse()
      host.changed()
    })
  }

  /** By the shop's lists, of either brand; the form itself tells the shopper. */
  function isAccepted({ scheme, local_schemes = [], card_type }: CardMetadata): boolean {
    const { acceptedCardSchemes: schemes, acceptedCardTypes: types } = options
    return (
      (!schemes || [scheme, ...local_schemes].some((one) => schemes.includes(optionName(one)))) &&
      (!types || card_type === undefined || types.includes(optionName(card_type)))
    )
  }

  function restarted() {
    const hadSome = !state.empty
    state = BLANK
    for (const part of parts) {
      part.ready = false
      part.link.reload()
    }
    if (hadSome) host.lost()
    host.changed()
  }

  function retitle() {
    for (const { element, part } of parts) {
      const title = runtime.texts()?.text(FRAME_TITLES[part])
      if (title && element.title !== title) element.title = title
    }
  }

  /** Tokens first; then whatever the page's own style sheets say at our place in it. */
  function appearance() {
    const element = host.element()
    return element ? inheritedAppearance(element) : runtime.appearance
  }

  async function check(): Promise<boolean> {
    const { valid, wrong } = await keeper.ask({ what: 'check', form, reveal: true })
    if (wrong) focus(wrong)
    return valid && (await verdict).open
  }

  /**
   * The page gives its focus away, and the frame passes it on. A frame that took it by itself could come before the
   * browser has told it that the focus had gone to the pay button, and would believe that it has it still. A frame that
   * has it is left alone: it would lose it for a moment.
   */
  function focus(field: FieldName) {
    const part = parts.find((one) => one.fields.includes(field))
    if (!part) return
    if ((part.element.getRootNode() as ShadowRoot).activeElement !== part.element) part.element.focus()
    part.link.send({ type: 'focus', field })
  }

  async function tokenize(wanted?: unknown): Promise<object> {
    const token = await keeper.ask({ what: 'tokenize', form, ...multiUse(wanted) })
    if (cvvOnly) return { type: name, data: token }
    return {
      type: name,
      data: token,
      ...(metadata && { cardMetadata: metadata }),
      ...(chosen && { preferred_scheme: chosen }),
    }
  }

  return {
    id: `${name}-${form}`,
    type: name,
    label: cvvOnly ? 'card.security_code' : 'card',
    needsButton: !cvvOnly,
    isReady: () => parts.length > 0 && parts.every((part) => part.ready),
    isBroken: () => parts.some((part) => part.failed),
    retry,
    isValid: () => state.valid && refusal === undefined,
    card: cardModel,
    savesCards: () => stores() === 'enabled' || stores() === 'collect_consent',
    open,
    close,
    check,
    tokenize,
    payment: () => ({
      form,
      ...((agreed || stores() === 'enabled') && { store: true }),
      ...(chosen && { preferredScheme: chosen }),
    }),
    lock(now) {
      if (now === locked) return
      locked = now
      for (const { link } of parts) link.send({ type: 'lock', locked })
    },
    chooseScheme(scheme) {
      chosen = scheme
      host.changed()
    },
    consent(checked) {
      agreed = checked
      host.changed()
    },
    restyle() {
      for (const { link } of parts) link.send({ type: 'appearance', appearance: appearance() })
    },
  }

  function cardModel(): CardModel {
    const { scheme, localSchemes = [] } = state
    const { scheme_choice_enabled: mayChoose, card_schemes: all } = settings() as Record<string, unknown>
    const accepted = options.acceptedCardSchemes
    const schemes = cvvOnly || !Array.isArray(all) ? [] : all.map((one) => optionName(String(one)))
    const brands = scheme ? [...new Set([scheme, ...localSchemes].map(optionName))] : []
    return {
      frames: parts,
      schemes: accepted ? schemes.filter((one) => accepted.includes(one)) : schemes,
      ...(scheme && { detected: optionName(scheme) }),
      ...(brands.length > 1 && mayChoose !== false && { choice: { schemes: brands, ...(chosen && { chosen }) } }),
      ...(!cvvOnly && stores() === 'collect_consent' && { consent: { checked: agreed } }),
      locked,
    }
  }
}

function fieldsOf({ displayCardholderName: name, displayCvv }: MethodHost['options']): FieldName[] {
  return [
    ...(name === 'top' ? (['name'] as const) : []),
    'number',
    'expiry',
    ...(displayCvv === 'hidden' ? [] : (['cvv'] as const)),
    ...(name === 'bottom' ? (['name'] as const) : []),
  ]
}

/** A token for several uses needs both options; anything else is a single-use token, with a warning. */
function multiUse(options: unknown): { maxUsageAttempts?: number; retrieveIdentifier?: string } {
  const { maxUsageAttempts: uses, retrieveIdentifier: id } = (options ?? {}) as Record<string, unknown>
  if (uses === undefined && id === undefined) return {}
  if (Number.isInteger(uses) && Number(uses) >= 2 && Number(uses) <= 5 && typeof id === 'string' && id !== '') {
    return { maxUsageAttempts: Number(uses), retrieveIdentifier: id }
  }
  console.warn('tokenize: maxUsageAttempts (2 to 5) and retrieveIdentifier only work together; made a single-use token')
  return {}
}
